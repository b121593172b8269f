//! The settings file of a project that begins.
//!
//! The comments are those of `default.toml`, so that there is one place to keep them true.

use super::BaseChoice;
use crate::settings::{DEFAULTS, KEYS};

const HEAD: &str = "\
# Settings of ocx for this project. Your own, for all projects, go to ~/.config/ocx/ocx.toml.
# `ocx config --sources` shows all settings in effect, and where each value is from.
#
# What is commented out is not set: it stands for the default, or for an example of what could be.
# The agent cannot change this file, and it may only make the sandbox tighter.
";

/// How a key stands in the file.
enum Row {
    /// With this value, as TOML.
    Set(&'static str, String),
    /// Commented out, as `default.toml` has it.
    Unset(&'static str),
    /// Commented out, with this value, as TOML.
    Example(&'static str, String),
}

/// The text of `ocx.toml` for a choice of base.
pub(super) fn settings_file(choice: &BaseChoice) -> String {
    let mut text = HEAD.to_owned();
    for (title, rows) in [
        ("Base image", base_rows(choice)),
        ("opencode", vec![Row::Unset("opencode_version")]),
        (
            "Container",
            vec![
                Row::Unset("memory"),
                Row::Unset("cpus"),
                Row::Unset("network"),
                Row::Unset("read_only"),
            ],
        ),
        (
            "Files and environment",
            vec![example("env"), example("forbidden_paths")],
        ),
    ] {
        text.push_str(&format!("\n## {title}\n"));
        for row in rows {
            text.push('\n');
            text.push_str(&shown(&row));
        }
    }
    text
}

fn base_rows(choice: &BaseChoice) -> Vec<Row> {
    let (image, dockerfile, template) = match choice {
        BaseChoice::Default => (None, None, None),
        BaseChoice::Image(image) => (Some(image), None, None),
        BaseChoice::Dockerfile { dockerfile, image } => (Some(image), Some(dockerfile), None),
        BaseChoice::Template {
            template,
            dockerfile,
            image,
        } => (Some(image), Some(dockerfile), Some(template)),
    };
    let row = |key, value: Option<String>| match value {
        Some(value) => Row::Set(key, quoted(&value)),
        None => Row::Unset(key),
    };
    let mut rows = vec![
        row("custom_base_image", image.map(ToString::to_string)),
        row(
            "custom_base_dockerfile",
            dockerfile.map(ToString::to_string),
        ),
    ];
    if let BaseChoice::Image(_) = choice {
        rows.push(Row::Unset("base_pull"));
    }
    if let Some(template) = template {
        rows.push(Row::Example(
            "custom_base_build_args",
            format!("{{ BASE = {} }}", quoted(template.base())),
        ));
    } else if dockerfile.is_some() {
        rows.push(Row::Unset("custom_base_build_args"));
    }
    rows
}

fn example(key: &'static str) -> Row {
    let known = KEYS.iter().find(|known| known.name == key);
    Row::Example(key, known.map_or("", |known| known.example).to_owned())
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn shown(row: &Row) -> String {
    match row {
        Row::Set(key, value) => format!("{}{key} = {value}\n", comment(key)),
        Row::Example(key, value) => format!("{}# {key} = {value}\n", comment(key)),
        Row::Unset(key) => format!("{}# {}\n", comment(key), default_line(key)),
    }
}

/// The line of `default.toml` with the key, without the mark of a comment.
fn default_line(key: &str) -> &'static str {
    DEFAULTS
        .lines()
        .map(uncommented)
        .find(|line| is_of(line, key))
        .unwrap_or_default()
}

/// The comment above that line.
fn comment(key: &str) -> String {
    let mut comment = String::new();
    for line in DEFAULTS.lines() {
        if is_of(uncommented(line), key) {
            break;
        }
        if line.starts_with("# ") {
            comment.push_str(&format!("{line}\n"));
        } else {
            comment.clear();
        }
    }
    comment
}

fn uncommented(line: &str) -> &str {
    line.strip_prefix("# ").unwrap_or(line)
}

fn is_of(line: &str, key: &str) -> bool {
    line.strip_prefix(key)
        .is_some_and(|rest| rest.starts_with(" = "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        project::sandbox::Sandbox,
        scaffold::{DockerfilePath, Template, base_image_name, scaffold},
        settings::{Loaded, load},
    };

    fn choices() -> Vec<BaseChoice> {
        let image = || base_image_name("/home/ann/My Shop".into());
        let dockerfile: DockerfilePath = "a \"quoted\" \\ dir/Dockerfile".parse().unwrap();
        let mut choices = vec![
            BaseChoice::Default,
            BaseChoice::Image("ghcr.io/acme/app:2".parse().unwrap()),
            BaseChoice::Dockerfile {
                dockerfile,
                image: image(),
            },
        ];
        choices.extend(Template::ALL.map(|template| BaseChoice::Template {
            template,
            dockerfile: DockerfilePath::default(),
            image: image(),
        }));
        choices
    }

    /// What comes of the text as a project's settings.
    fn loaded(text: &str) -> Loaded {
        let sandbox = Sandbox::new();
        sandbox.write("home/work/app/ocx.toml", text);
        let project = sandbox.project();
        load(&sandbox.host, &project, &[]).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    #[test]
    fn it_loads_and_says_what_was_chosen() {
        for choice in choices() {
            let loaded = loaded(&settings_file(&choice));
            assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
            let settings = loaded.settings;
            let (image, dockerfile) = match choice {
                BaseChoice::Default => (None, None),
                BaseChoice::Image(image) => (Some(image), None),
                BaseChoice::Dockerfile { dockerfile, image }
                | BaseChoice::Template {
                    dockerfile, image, ..
                } => (Some(image), Some(dockerfile.as_path().to_owned())),
            };
            assert_eq!(settings.custom_base_image, image);
            assert_eq!(settings.custom_base_dockerfile, dockerfile);
        }
    }

    #[test]
    fn what_is_commented_out_may_be_set_by_a_project() {
        for choice in choices() {
            let is_setting = |line: &str| KEYS.iter().any(|key| is_of(line, key.name));
            let text: String = settings_file(&choice)
                .lines()
                .map(uncommented)
                .filter(|line| is_setting(line))
                .map(|line| format!("{line}\n"))
                .collect();
            assert!(text.lines().count() >= 9, "{text}");
            // Both examples at once would give the Dockerfile's image the name of another.
            loaded(
                &text
                    .replace("ruby:3.3", "team")
                    .replace("ghcr.io/acme/app:2", "team"),
            );
        }
    }

    #[test]
    fn every_key_has_its_comment() {
        let text = settings_file(&BaseChoice::Default);
        let mut seen = BTreeSet::new();
        for line in text.lines().map(uncommented) {
            if let Some(key) = KEYS.iter().find(|key| is_of(line, key.name)) {
                assert!(comment(key.name).len() > 20, "{}", key.name);
                seen.insert(key.name);
            }
        }
        assert!(seen.len() >= 9, "{seen:?}");
    }

    #[test]
    fn the_files_of_a_template() {
        let choice = BaseChoice::Template {
            template: Template::Rails,
            dockerfile: DockerfilePath::default(),
            image: base_image_name("/home/ann/shop".into()),
        };
        insta::assert_snapshot!(scaffold(&choice)[1].text);
    }
}
