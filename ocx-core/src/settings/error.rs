//! Why settings could not be loaded.

use std::io;

use camino::Utf8PathBuf;

use super::{
    DevcontainerError, Loosening, NotTrusted, Origin, Passage, SyntaxProblem, passage::line_phrase,
    read::quoted, syntax::Diagnosis,
};
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
    #[error("{at}: {problem}")]
    Syntax {
        /// Where.
        at: Box<Passage>,
        /// The setting whose value is meant, if it is known.
        key: Option<&'static str>,
        /// What is wrong.
        problem: SyntaxProblem,
    },
    /// A key that ocx does not know.
    #[error("{} {}{}{}", unknown(key, *form), origin.phrase(), line_phrase(at.as_deref()), suggest(*suggestion))]
    UnknownKey {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: String,
        /// What it is given.
        form: UnknownForm,
        /// The nearest known key, if one is near.
        suggestion: Option<&'static str>,
        /// The place in the file, if it stands in one.
        at: Option<Box<Passage>>,
    },
    /// A value that does not fit its key.
    #[error("setting `{key}` {}{}: found {found}, expected {expected}", origin.phrase(), line_phrase(at.as_deref()))]
    Value {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: &'static str,
        /// What was found, in words; never a secret.
        found: String,
        /// What was expected, in words.
        expected: String,
        /// The place in the file, if it stands in one.
        at: Option<Box<Passage>>,
    },
    /// A setting for which all layers count was to have its default.
    #[error("setting `{key}` {} cannot be unset: what protects files or hosts counts wherever it is set", origin.phrase())]
    NotUnset {
        /// The key.
        key: &'static str,
        /// Who wants it.
        origin: Origin,
    },
    /// A project's file asks for what no project may decide.
    #[error("{loosening}, and a project may not decide that")]
    Refused {
        /// What it asks for.
        loosening: Box<Loosening>,
        /// The user's global file, where the key may stand.
        global_file: Utf8PathBuf,
        /// The variable that may set it.
        variable: &'static str,
        /// The place in the file, if it is known.
        at: Option<Box<Passage>>,
    },
    /// A project's file asks for less isolation, and nobody has approved of that.
    #[error(transparent)]
    NotTrusted(#[from] NotTrusted),
    /// A `devcontainer.json` is to be followed and cannot be.
    #[error(transparent)]
    Devcontainer(#[from] DevcontainerError),
}

/// What an unknown key is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownForm {
    /// A value.
    Value,
    /// A table, such as a section of a TOML file.
    Table,
}

impl SettingsError {
    /// The place in a settings file that it is about, if it is about one.
    #[must_use]
    pub fn passage(&self) -> Option<&Passage> {
        match self {
            Self::Syntax { at, .. } => Some(at),
            Self::UnknownKey { at, .. } | Self::Value { at, .. } | Self::Refused { at, .. } => {
                at.as_deref()
            }
            _ => None,
        }
    }

    /// What is wrong, for whoever shows the [`passage`](Self::passage) below it: without file and line, if
    /// there is one.
    #[must_use]
    pub fn headline(&self) -> String {
        match self {
            Self::Syntax { problem, .. } => problem.to_string(),
            Self::UnknownKey {
                key,
                form,
                suggestion,
                at: Some(_),
                ..
            } => format!("{}{}", unknown(key, *form), suggest(*suggestion)),
            Self::Value {
                key,
                found,
                expected,
                at: Some(_),
                ..
            } => format!("setting `{key}`: found {found}, expected {expected}"),
            error => error.to_string(),
        }
    }
}

impl From<Diagnosis> for SettingsError {
    fn from(diagnosis: Diagnosis) -> Self {
        Self::Syntax {
            at: Box::new(diagnosis.at),
            key: diagnosis.key.map(|key| key.name),
            problem: diagnosis.problem,
        }
    }
}

fn unknown(key: &str, form: UnknownForm) -> String {
    match form {
        UnknownForm::Value => format!("unknown setting {}", quoted(key)),
        UnknownForm::Table => format!("unknown table {}", quoted(key)),
    }
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
