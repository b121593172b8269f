//! The page with all settings is made of the table of keys, of the comments on the defaults, and of what
//! becomes of values in a project's file.

use std::{collections::BTreeMap, env, fmt::Write as _, fs, sync::LazyLock};

use camino::Utf8Path;
use ocx_core::{
    Host, Project, Settings,
    host::HostUser,
    settings::{DEFAULTS, KEYS, Key, Kind, SettingsError},
};
use regex::Regex;
use serde_json::Value;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md");
/// The JSON schema, for those who have no ocx at hand.
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.schema.json");
/// As for snapshots: with the value `always` the page is written anew.
const UPDATE: &str = "INSTA_UPDATE";

const BEGINNING: &str = "\
# All settings

Settings stand in `ocx.toml` (or `ocx.json`): your own in `~/.config/ocx`, a project's in its top directory. From the lowest to the highest precedence: ocx's defaults, your own file, the project's file, variables, flags. Each setting has a variable (`memory` has `OCX_MEMORY`) and a flag (`--set memory=4g`); `--unset memory` lets it have its default for one run. `ocx config` shows what is in effect, `ocx config --sources` where it is set, `ocx config list` only what is set, `ocx config set KEY VALUE` changes your own file, `ocx config edit` opens it in your editor, and `ocx config schema` is a JSON schema for [editors](editors.md#settings-in-an-editor), also as [a file](settings.schema.json).

A project's file comes with the project, and the agent can write to it. So each setting says what it may do there:

- **like yours**: it has its effect.
- **within your limits**: what makes the sandbox weaker than you have it has no effect until you agree, by `ocx trust`. The rest has its effect.
- **with your word only**: it has no effect until you agree, by `ocx trust`. Some values, such as mounts of the system's directories, no project gets: set them in your own file.

This page is made from the code.
";

/// What a setting may do in a project's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InProject {
    Free,
    Limited,
    Agreed,
}

impl InProject {
    fn words(self) -> &'static str {
        match self {
            Self::Free => "like yours",
            Self::Limited => "within your limits",
            Self::Agreed => "with your word only",
        }
    }
}

/// A comment of the defaults, and the settings below it.
#[derive(Debug, Default)]
struct Paragraph {
    text: String,
    keys: Vec<(&'static Key, Option<&'static str>)>,
}

#[derive(Debug)]
struct Section {
    title: &'static str,
    paragraphs: Vec<Paragraph>,
}

/// What the file of defaults holds.
fn sections() -> Vec<Section> {
    let (_, text) = DEFAULTS.split_once("\n## ").expect("there are sections");
    text.split("\n## ")
        .map(|section| {
            let (title, rest) = section.split_once('\n').expect("there is more");
            let (title, of_all) = title.split_once("; ").unwrap_or((title, ""));
            let paragraphs = rest.split("\n\n").map(|text| paragraph(text, of_all));
            Section {
                title,
                paragraphs: paragraphs.filter(|it| !it.keys.is_empty()).collect(),
            }
        })
        .collect()
}

fn paragraph(text: &'static str, otherwise: &str) -> Paragraph {
    let mut paragraph = Paragraph::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let plain = line.strip_prefix("# ").unwrap_or(line);
        let known = plain.split_once(" = ").and_then(|(name, value)| {
            let key = Key::find(name)?;
            Some((key, (plain == line).then_some(value)))
        });
        match known {
            Some(key) => paragraph.keys.push(key),
            None => {
                paragraph.text.push_str(plain);
                paragraph.text.push(' ');
            }
        }
    }
    if paragraph.text.is_empty() {
        otherwise.clone_into(&mut paragraph.text);
    }
    paragraph
}

/// Values of all kinds, in TOML.
const VALUES: &[&str] = &[
    "true",
    "false",
    "0",
    "1",
    "0.5",
    "9999",
    "\"0\"",
    "\"1m\"",
    "\"9999g\"",
    "\"x\"",
    "\"none\"",
    "\"host\"",
    "\"filtered\"",
    "\"all\"",
    "\"common\"",
    "[]",
    "[\"x\"]",
    "[\"@models\", \"github.com\"]",
    "[\"~/x\"]",
    "{}",
    "{ A = \"x\" }",
    "{ HTTP_PROXY = \"x\" }",
    "{ nofile = 1 }",
    "{ nofile = 2 }",
    "[\"/opt/a\"]",
    "[\"/opt/a\", \"/opt/b\"]",
    "\"../x\"",
    "\"ruby:3.4\"",
    "\"1.18.33\"",
    "\"https://npm.example/\"",
];

/// A home with a project in it.
struct Place {
    _directory: tempfile::TempDir,
    host: Host,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("there is room");
        let home = Utf8Path::from_path(directory.path()).expect("it is UTF-8");
        let home = home.canonicalize_utf8().expect("it is there");
        fs::create_dir_all(home.join("app")).expect("it is ours");
        // Without one the setting that follows it would be an error.
        fs::write(
            home.join("app/.devcontainer.json"),
            r#"{"image": "debian"}"#,
        )
        .expect("it is ours");
        let user = HostUser {
            name: "ann".to_owned(),
            group: "ann".to_owned(),
            uid: std::os::unix::fs::MetadataExt::uid(&home.metadata().expect("it is there")),
            gid: 4321,
            groups: Vec::new(),
        };
        Self {
            _directory: directory,
            host: Host::new(user, home.clone(), home.join("app")),
        }
    }

    /// What becomes of these settings of the user's and of the project.
    fn settings(&self, of_user: &str, of_project: &str) -> Result<Settings, SettingsError> {
        for (directory, text) in [
            (&self.host.dirs.config, of_user),
            (&self.host.current_dir, of_project),
        ] {
            fs::create_dir_all(directory).expect("it is ours");
            fs::write(directory.join("ocx.toml"), text).expect("it is ours");
        }
        let project = Project::discover(&self.host, None).expect("it is a project");
        Settings::of_files(&self.host, &project).build()
    }

    /// Values of a key that change something, each with its line.
    fn lines(&self, key: &Key) -> Vec<(Value, String)> {
        let default = key.value(&self.settings("", "").expect("defaults are sound"));
        let usual = match key.name {
            "uid" => self.host.user.uid.into(),
            "opencode_config_dir" => self.host.home.join(".config/opencode").as_str().into(),
            _ => default.clone(),
        };
        let words = match key.kind {
            Kind::Choice(words) => words,
            _ => &[],
        };
        let words = words.iter().map(|word| format!("{word:?}"));
        let values = VALUES.iter().copied().chain([key.example]);
        values
            .map(str::to_owned)
            .chain(words)
            .filter_map(|value| {
                let line = format!("{} = {value}\n", key.name);
                let value = key.value(&self.settings(&line, "").ok()?);
                (value != default && value != usual).then_some((value, line))
            })
            .collect()
    }

    /// Whether a line has its effect in the project's file, beside others.
    fn counts(&self, (user, project): (&str, &str), of_user: &str, line: &str) -> Option<bool> {
        match self.settings(&format!("{user}{of_user}"), &format!("{project}{line}")) {
            Ok(_) => Some(true),
            Err(SettingsError::NotTrusted(_) | SettingsError::Refused { .. }) => Some(false),
            Err(_) => None,
        }
    }

    /// Over the defaults, and over what the user may have set.
    fn in_project(&self, key: &Key, default: Option<&str>) -> InProject {
        let lines = self.lines(key);
        assert!(!lines.is_empty(), "{}: no value was tried", key.name);
        // Some settings mean little without another one of the user's, or of the project's.
        let beside = match key.name {
            "custom_base_image" => ("", "custom_base_dockerfile = \"Dockerfile\"\n"),
            "network_allow" => ("network = \"filtered\"\n", ""),
            "clone_include" => ("workspace = \"clone\"\n", ""),
            _ => ("", ""),
        };
        let over_defaults = lines
            .iter()
            .flat_map(|(_, line)| [("", ""), beside].map(|beside| self.counts(beside, "", line)));
        let over_defaults = over_defaults.flatten();
        let over_others = lines.iter().flat_map(|(of_user, user_line)| {
            let others = lines.iter().filter(move |(value, _)| value != of_user);
            others.filter_map(move |(_, line)| self.counts(beside, user_line, line))
        });
        // Taking back what the user has set never gives a project more than it has anyway.
        let taken_back = lines.iter().filter_map(|(_, user_line)| {
            let line = format!("{} = {}\n", key.name, default?);
            self.counts(beside, user_line, &line)
                .filter(|counts| !counts)
        });
        let all: Vec<bool> = over_defaults.chain(over_others).chain(taken_back).collect();
        match (all.contains(&true), all.contains(&false)) {
            (_, false) => InProject::Free,
            (true, true) => InProject::Limited,
            (false, true) => InProject::Agreed,
        }
    }
}

/// What each setting may do there.
static IN_PROJECT: LazyLock<BTreeMap<&str, InProject>> = LazyLock::new(|| {
    let place = Place::new();
    let paragraphs = sections()
        .into_iter()
        .flat_map(|section| section.paragraphs);
    paragraphs
        .flat_map(|paragraph| paragraph.keys)
        .map(|(key, default)| (key.name, place.in_project(key, default)))
        .collect()
});

fn kind(key: &Key) -> String {
    let words = match key.kind {
        Kind::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
            return format!("One of {}", words.join(", "));
        }
        Kind::Boolean => return "`true` or `false`".to_owned(),
        Kind::Text => "A text",
        Kind::Path => "A path",
        Kind::Size => "A size",
        Kind::Integer => "A whole number",
        Kind::Number => "A number",
        Kind::Ports => "A port or a list of ports",
        Kind::TextList => "A list of texts",
        Kind::Paths => "A path or a list of paths",
        Kind::TextMap => "A table of texts",
        Kind::Mounts => "A list of mounts",
    };
    format!("{words}, such as `{}`", key.example)
}

/// The words of a comment, with what is code shown as code.
fn in_markdown(text: &str) -> String {
    let code = r#"`[^`]*`|\[[^\]]*\]|\{[^}]*\}|"[^"]*"|~/[\w./-]*\w|\bOCX_\w+"#;
    let code = Regex::new(code).expect("it is valid");
    code.replace_all(text.trim(), |found: &regex::Captures<'_>| {
        format!("`{}`", found[0].trim_matches('`'))
    })
    .into_owned()
}

fn page() -> String {
    let mut page = BEGINNING.to_owned();
    for section in sections() {
        let _ = write!(page, "\n## {}\n", section.title);
        for paragraph in section.paragraphs {
            let names: Vec<String> = paragraph
                .keys
                .iter()
                .map(|(key, _)| format!("`{}`", key.name))
                .collect();
            let text = in_markdown(&paragraph.text);
            let _ = write!(page, "\n### {}\n\n{text}\n\n", names.join(", "));
            for (key, default) in paragraph.keys {
                let of_key = match names.len() {
                    1 => String::new(),
                    _ => format!("`{}`: ", key.name),
                };
                let in_project = IN_PROJECT[key.name].words();
                let default = match default {
                    Some(value) => format!("`{value}` by default"),
                    None => "not set by default".to_owned(),
                };
                let kind = kind(key);
                let _ = writeln!(
                    page,
                    "- {of_key}{kind}; {default}; in a project's file: {in_project}."
                );
            }
        }
    }
    page
}

#[test]
fn it_has_all_settings_as_they_are() {
    let page = page();
    if env::var(UPDATE).is_ok_and(|value| value == "always") {
        fs::write(PAGE, &page).expect("the page can be written");
    }
    let kept = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        kept == page,
        "{PAGE} is not what the code says; {UPDATE}=always writes it anew"
    );
    for key in &KEYS {
        let heading = kept
            .lines()
            .filter(|line| line.starts_with("### "))
            .filter(|line| line.contains(&format!("`{}`", key.name)));
        assert_eq!(heading.count(), 1, "{}", key.name);
    }
}

#[test]
fn comments_say_what_a_project_may_not_do() {
    let paragraphs = sections()
        .into_iter()
        .flat_map(|section| section.paragraphs);
    let mut wrong = Vec::new();
    for paragraph in paragraphs {
        let text = &paragraph.text;
        let is_said = text.contains("User only") || text.contains("project's file");
        for (key, _) in &paragraph.keys {
            let in_project = IN_PROJECT[key.name];
            if is_said == (in_project == InProject::Free) {
                wrong.push(format!("{}: {in_project:?}: {text}", key.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_schema_beside_it_is_the_one_that_ocx_prints() {
    let schema = format!("{:#}\n", ocx_core::settings::json_schema());
    if env::var(UPDATE).is_ok_and(|value| value == "always") {
        fs::write(SCHEMA, &schema).expect("the schema can be written");
    }
    let published = fs::read_to_string(SCHEMA).expect("the schema can be read");
    assert_eq!(published, schema, "{UPDATE}=always writes it anew");
}
