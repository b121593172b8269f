//! What to type when the settings, or the directory that they are of, are not as they should be.

use camino::Utf8Path;
use ocx_core::{
    printable,
    project::ProjectError,
    settings::{EditError, Key, Loosening, SettingsError},
};

use crate::{devcontainer_hints, hints::hints, trust_hints};

/// Hints for settings that could not be loaded.
pub(crate) fn of(error: &SettingsError) -> Vec<String> {
    match error {
        SettingsError::Refused {
            loosening: Loosening { key, .. },
            global_file,
            variable,
        } => vec![format!(
            "if you want that, set it yourself: `{key}` in {global_file}, the variable {variable}, or `--set {key}=…`"
        )],
        SettingsError::TwoFiles { toml, json } => of_two_files(toml, json),
        SettingsError::NotTrusted(error) => trust_hints::of_settings(error),
        SettingsError::WritableByAll { path, .. } => vec![format!(
            "look at what is in it, and then: `chmod o-w {}`",
            printable::shell_word(path.as_str())
        )],
        SettingsError::Devcontainer(error) => devcontainer_hints::of(error),
        SettingsError::UnknownKey { .. } => {
            hints(["`ocx config` lists all settings, `ocx help settings` explains them"])
        }
        SettingsError::Syntax { path, .. } if path.extension() == Some("toml") => hints([
            "a text stands in quotes, `custom_base_image = \"ruby:3.3\"`; `ocx help settings` has an example of each setting",
        ]),
        SettingsError::Value { key, .. } => of_value(key),
        _ => Vec::new(),
    }
}

/// A value that would do.
fn of_value(key: &str) -> Vec<String> {
    let example = Key::find(key).map(|key| {
        format!(
            "for example `{} = {}`; `ocx help settings` has more",
            key.name, key.example
        )
    });
    example.into_iter().collect()
}

/// Which of two files to remove. `ocx config set` writes to the one in TOML, and only that has comments.
fn of_two_files(toml: &Utf8Path, json: &Utf8Path) -> Vec<String> {
    let json = printable::shell_word(json.as_str());
    vec![format!(
        "keep {toml}: take over what only the other one sets, and then `rm {json}`"
    )]
}

/// Hints for settings that could not be changed.
pub(crate) fn of_edit(error: &EditError) -> Vec<String> {
    match error {
        EditError::Json { path } => vec![format!(
            "edit it, or write the same in {} and remove it; `ocx config` prints its settings in that form",
            path.with_extension("toml")
        )],
        EditError::Link { .. } | EditError::Dialect { .. } => hints(["edit the file by hand"]),
        _ => Vec::new(),
    }
}

/// Hints for a directory that is no project.
pub(crate) fn of_project(error: &ProjectError) -> Vec<String> {
    match error {
        ProjectError::TwoConfigFiles { toml, json } => of_two_files(toml, json),
        ProjectError::Refused { .. }
        | ProjectError::Missing { .. }
        | ProjectError::NotADirectory { .. }
        | ProjectError::EmptyPath => {
            hints(["go into the directory of a project, or name it: `ocx --workspace DIRECTORY …`"])
        }
        _ => Vec::new(),
    }
}
