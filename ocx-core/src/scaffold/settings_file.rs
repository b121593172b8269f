//! The settings file of a project that begins.
//!
//! The comments are those of `default.toml`, so that there is one place to keep them true.

use std::{collections::BTreeMap, fmt};

use super::{BaseChoice, Setup};
use crate::{
    port_forward::ForwardedPort,
    printable,
    settings::{DEFAULTS, KEYS},
};

const HEAD: &str = "\
# Settings of ocx for this project. Your own, for all projects, go to ~/.config/ocx/ocx.toml.
# `ocx config --sources` shows all settings in effect, and where each value is from.
#
# What is commented out is not set: it stands for the default, or for an example of what could be.
# What loosens the sandbox has no effect here until you agree to it (`ocx trust`), and neither has what the
# agent changes: it can write to this file, and you are shown what it wrote.
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

/// The text of `ocx.toml` for a setup.
pub(super) fn settings_file(setup: &Setup) -> String {
    let mut text = HEAD.to_owned();
    let mut container = vec![
        Row::Unset("memory"),
        Row::Unset("cpus"),
        Row::Unset("network"),
        Row::Unset("read_only"),
    ];
    if !setup.ports.is_empty() {
        container.push(Row::Set("ports", port_list(&setup.ports)));
    } else if !setup.offered_ports.is_empty() {
        container.push(Row::Example("ports", port_list(&setup.offered_ports)));
    }
    let env = match setup.env.is_empty() {
        true => example("env"),
        false => Row::Set("env", table(&setup.env)),
    };
    for (title, rows) in [
        ("Base image", base_rows(setup)),
        ("opencode", vec![Row::Unset("opencode_version")]),
        ("Container", container),
        (
            "Files and environment",
            vec![env, example("forbidden_paths")],
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

fn base_rows(setup: &Setup) -> Vec<Row> {
    let (image, dockerfile) = match &setup.base {
        BaseChoice::Default => (None, None),
        BaseChoice::Image(image) => (Some(image), None),
        BaseChoice::Dockerfile { dockerfile, image }
        | BaseChoice::Template {
            dockerfile, image, ..
        }
        | BaseChoice::Extension {
            dockerfile, image, ..
        } => (Some(image), Some(dockerfile)),
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
    if let BaseChoice::Image(_) = setup.base {
        rows.push(Row::Unset("base_pull"));
    }
    if let Some(base) = setup.template_base() {
        rows.push(Row::Example(
            "custom_base_build_args",
            format!("{{ BASE = {} }}", quoted(&base)),
        ));
    } else if dockerfile.is_some() {
        rows.push(match setup.build_args.is_empty() {
            true => Row::Unset("custom_base_build_args"),
            false => Row::Set("custom_base_build_args", table(&setup.build_args)),
        });
        if let Some(target) = &setup.target {
            rows.push(Row::Set("custom_base_target", quoted(target)));
        }
        if let Some(context) = &setup.context {
            rows.push(Row::Set("custom_base_context", quoted(context.as_str())));
        }
    }
    if setup.devcontainer.is_some() {
        rows.push(Row::Example("custom_base_devcontainer", "true".to_owned()));
    }
    rows
}

/// A table in one line.
fn table<K: fmt::Display>(entries: &BTreeMap<K, String>) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(name, value)| {
            let name = name.to_string();
            let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            let name = match !name.is_empty() && name.bytes().all(is_bare) {
                true => name,
                false => quoted(&name),
            };
            format!("{name} = {}", quoted(value))
        })
        .collect();
    format!("{{ {} }}", entries.join(", "))
}

fn port_list(ports: &[ForwardedPort]) -> String {
    let ports: Vec<String> = ports
        .iter()
        .map(|port| match *port == ForwardedPort::same(port.inside) {
            true => port.to_string(),
            false => quoted(&port.to_string()),
        })
        .collect();
    format!("[{}]", ports.join(", "))
}

fn example(key: &'static str) -> Row {
    let known = KEYS.iter().find(|known| known.name == key);
    Row::Example(key, known.map_or("", |known| known.example).to_owned())
}

fn quoted(text: &str) -> String {
    printable::toml_string(text)
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
            let loaded = loaded(&settings_file(&choice.clone().into()));
            assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
            let settings = loaded.settings;
            let (image, dockerfile) = match choice {
                BaseChoice::Default => (None, None),
                BaseChoice::Image(image) => (Some(image), None),
                BaseChoice::Dockerfile { dockerfile, image }
                | BaseChoice::Template {
                    dockerfile, image, ..
                }
                | BaseChoice::Extension {
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
            let text: String = settings_file(&choice.clone().into())
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
        let text = settings_file(&BaseChoice::Default.into());
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
    fn everything_else_that_a_project_says() {
        let mut setup = Setup::new(BaseChoice::Dockerfile {
            dockerfile: DockerfilePath::default(),
            image: base_image_name("/home/ann/shop".into()),
        });
        let odd = "a \"b\" 'c' \\ \n\t\u{202e}\u{9b} = # ü";
        setup.target = Some("dev \"x\"".to_owned());
        setup.context = Some("a \"b\" \\ ü".into());
        for name in ["A", "b-c", "ü.\"x", "9"] {
            setup.build_args.insert(name.to_owned(), odd.to_owned());
            setup.env.insert(name.parse().unwrap(), odd.to_owned());
        }
        setup.offered_ports = vec!["3000".parse().unwrap(), "8080:80".parse().unwrap()];
        let text = settings_file(&setup);
        assert!(text.contains("\n# ports = [3000, \"8080:80\"]\n"), "{text}");
        assert!(!text.contains('\u{202e}'));
        let settings = loaded(&text).settings;
        assert_eq!(settings.custom_base_build_args, setup.build_args);
        assert_eq!(settings.custom_base_target, setup.target);
        assert_eq!(settings.custom_base_context, setup.context);
        assert_eq!(settings.env, setup.env);
        assert_eq!(settings.ports, []);

        setup.ports = std::mem::take(&mut setup.offered_ports);
        let text = settings_file(&setup);
        assert!(text.contains("\nports = [3000, \"8080:80\"]\n"), "{text}");
        assert_eq!(
            setup.clone().without_open_ports().offered_ports,
            setup.ports
        );
    }

    #[test]
    fn the_files_of_a_template() {
        let choice = BaseChoice::Template {
            template: Template::Rails,
            dockerfile: DockerfilePath::default(),
            image: base_image_name("/home/ann/shop".into()),
        };
        insta::assert_snapshot!(scaffold(&choice.into())[1].text);
    }
}
