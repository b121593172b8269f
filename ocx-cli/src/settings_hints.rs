//! What to type when the settings, or the directory that they are of, are not as they should be.

use camino::Utf8Path;
use ocx_core::{
    printable,
    project::ProjectError,
    settings::{EditError, Key, Passage, SettingsError, SyntaxProblem, UnknownForm},
};

use crate::{devcontainer_hints, hints::hints, trust_hints};

/// Hints for settings that could not be loaded.
pub(crate) fn of(error: &SettingsError) -> Vec<String> {
    match error {
        SettingsError::Refused {
            loosening,
            global_file,
            variable,
            ..
        } => {
            let key = loosening.key;
            vec![format!(
                "if you want that, set it yourself: `{key}` in {global_file}, the variable {variable}, or `--set {key}=…`"
            )]
        }
        SettingsError::TwoFiles { toml, json } => of_two_files(toml, json),
        SettingsError::NotTrusted(error) => trust_hints::of_settings(error),
        SettingsError::WritableByAll { path, .. } => vec![format!(
            "look at what is in it, and then: `chmod o-w {}`",
            printable::shell_word(path.as_str())
        )],
        SettingsError::Devcontainer(error) => devcontainer_hints::of(error),
        SettingsError::NotUnset { key, .. } => vec![format!(
            "`ocx config --sources` shows where it is set; `ocx config unset {key}` takes it out of your own file"
        )],
        SettingsError::UnknownKey {
            form: UnknownForm::Table,
            suggestion: None,
            ..
        } => hints([
            "settings stand at the top of the file, in no table; `ocx help settings` has an example of each",
        ]),
        SettingsError::UnknownKey { .. } => {
            hints(["`ocx config` lists all settings, `ocx help settings` explains them"])
        }
        SettingsError::Syntax { at, key, problem } => of_syntax(at, *key, problem),
        SettingsError::Value { key, .. } => of_value(key),
        _ => Vec::new(),
    }
}

/// What to write in place of a line that is no TOML or JSON.
fn of_syntax(at: &Passage, key: Option<&str>, problem: &SyntaxProblem) -> Vec<String> {
    let meant = at.excerpt.as_ref().map(|excerpt| excerpt.marked.as_str());
    match (problem, key, meant) {
        (SyntaxProblem::Unquoted, Some(key), Some(word)) if meant != Some(key) => vec![format!(
            "`{key} = {}`; `ocx config set` gets the quotes right by itself",
            printable::toml_string(word)
        )],
        (SyntaxProblem::NoValue, None, _) => hints([
            "each line is a setting and its value, such as `memory = \"4g\"`; `ocx help settings` has an example of each",
        ]),
        (_, Some(key), _) => of_value(key),
        _ if at.path.extension() == Some("toml") => hints([
            "texts stand in quotes, lists in `[…]`, tables in `{…}`; `ocx help settings` has an example of each setting",
        ]),
        _ => hints([
            "JSON has a comma between two settings and none behind the last, names and texts in double quotes, and no comments",
        ]),
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
