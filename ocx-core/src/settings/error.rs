//! Why settings could not be loaded.

use std::io;

use camino::Utf8PathBuf;

use super::{DevcontainerError, Loosening, NotTrusted, Origin, read::quoted};
use crate::project::ConfigFileProblem;

/// Why settings could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Two configuration files in one directory.
    #[error("both {toml} and {json} exist; ocx reads one of them only")]
    TwoFiles {
        /// The one.
        toml: Utf8PathBuf,
        /// The other.
        json: Utf8PathBuf,
    },
    /// A configuration file could not be read.
    #[error("could not read {path}")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The user's own configuration file may be somebody else's word.
    #[error(
        "{path} may be written by every user of this machine (mode {mode:04o}), so it is not followed"
    )]
    WritableByAll {
        /// The file.
        path: Utf8PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The user's own configuration file is somebody else's.
    #[error("{path} belongs to the user with ID {owner}, so it is not followed")]
    Foreign {
        /// The file.
        path: Utf8PathBuf,
        /// Who owns it, or a link there.
        owner: u32,
    },
    /// A configuration file is not well-formed.
    #[error("{path}, line {line}, column {column}: {message}")]
    Syntax {
        /// The file.
        path: Utf8PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A key that ocx does not know.
    #[error("unknown setting {} {}{}", quoted(key), origin.phrase(), suggest(*suggestion))]
    UnknownKey {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: String,
        /// The nearest known key, if one is near.
        suggestion: Option<&'static str>,
    },
    /// A value that does not fit its key.
    #[error("setting `{key}` {}: found {found}, expected {expected}", origin.phrase())]
    Value {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: &'static str,
        /// What was found, in words; never a secret.
        found: String,
        /// What was expected, in words.
        expected: String,
    },
    /// A project's file asks for what no project may decide.
    #[error("{loosening}, and a project may not decide that")]
    Refused {
        /// What it asks for.
        loosening: Loosening,
        /// The user's global file, where the key may stand.
        global_file: Utf8PathBuf,
        /// The variable that may set it.
        variable: &'static str,
    },
    /// A project's file asks for less isolation, and nobody has approved of that.
    #[error(transparent)]
    NotTrusted(#[from] NotTrusted),
    /// A `devcontainer.json` is to be followed and cannot be.
    #[error(transparent)]
    Devcontainer(#[from] DevcontainerError),
}

fn suggest(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |key| format!(", did you mean `{key}`?"))
}

impl From<ConfigFileProblem> for SettingsError {
    fn from(problem: ConfigFileProblem) -> Self {
        match problem {
            ConfigFileProblem::Two { toml, json } => Self::TwoFiles { toml, json },
            ConfigFileProblem::Unreadable { path, source } => Self::Read { path, source },
        }
    }
}
