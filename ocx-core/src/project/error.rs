//! Why no project could be found.

use std::io;

use camino::Utf8PathBuf;

use super::{ConfigFileProblem, Refusal};

/// Why no project could be found.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The directory was given as an empty text.
    #[error("the path of the project directory is empty")]
    EmptyPath,
    /// The directory does not exist.
    #[error("the project directory {path} does not exist")]
    Missing {
        /// The directory, absolute.
        path: Utf8PathBuf,
    },
    /// It is something else than a directory.
    #[error("{path} is not a directory")]
    NotADirectory {
        /// The path, absolute.
        path: Utf8PathBuf,
    },
    /// A file or directory could not be looked at.
    #[error("could not look at {path}")]
    Unreadable {
        /// The path.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory may not be a project.
    #[error("{root} cannot be a project: {refusal}")]
    Refused {
        /// The directory.
        root: Utf8PathBuf,
        /// Why.
        refusal: Refusal,
    },
    /// Two configuration files in one directory.
    #[error("both {toml} and {json} exist; ocx reads one of them only")]
    TwoConfigFiles {
        /// The one.
        toml: Utf8PathBuf,
        /// The other.
        json: Utf8PathBuf,
    },
    /// The project's configuration file is somebody else's.
    #[error(
        "{path} belongs to user ID {owner}, neither to you nor to root, so its settings are not followed"
    )]
    ForeignConfigFile {
        /// The file.
        path: Utf8PathBuf,
        /// Its owner.
        owner: u32,
    },
}

impl From<ConfigFileProblem> for ProjectError {
    fn from(problem: ConfigFileProblem) -> Self {
        match problem {
            ConfigFileProblem::Two { toml, json } => Self::TwoConfigFiles { toml, json },
            ConfigFileProblem::Unreadable { path, source } => Self::Unreadable { path, source },
        }
    }
}
