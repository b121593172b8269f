//! Why a repository cannot be guarded.

use std::io;

use camino::Utf8PathBuf;

use crate::disk::PrivateDirError;

/// Why a repository cannot be guarded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitGuardError {
    /// A Git directory of the project cannot be read.
    #[error("the Git directories of `{path}` cannot be read")]
    Repository {
        /// The project's root.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What ocx keeps about the repository cannot be read or written.
    #[error("cannot use `{path}`")]
    State {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The directory that ocx keeps for the repository is unusable.
    #[error("the directory for what is known about repositories is unusable")]
    Directory(#[from] PrivateDirError),
}
