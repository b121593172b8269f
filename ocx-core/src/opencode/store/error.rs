//! What can go wrong with the store.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::LocalBinaryError;
use crate::opencode::{Integrity, RegistryError};

/// Why a program could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The registry did not give it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What was downloaded is not what was published.
    #[error(
        "the tarball of {package} {version} from {url} has another checksum than it should: {actual} instead of {expected}"
    )]
    Checksum {
        /// The package.
        package: String,
        /// Its version.
        version: String,
        /// Where the tarball is from.
        url: String,
        /// The checksum it should have.
        expected: Integrity,
        /// The checksum it has.
        actual: Integrity,
    },
    /// The tarball's checksum is right, but not its content.
    #[error("could not unpack the tarball of {package} {version}")]
    Archive {
        /// The package.
        package: String,
        /// Its version.
        version: String,
        /// What is wrong with it.
        #[source]
        source: ArchiveProblem,
    },
    /// The cache directory cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A binary that the user gave cannot be used.
    #[error(transparent)]
    Local(#[from] LocalBinaryError),
}

impl FetchError {
    /// Whether the registry does not have what was asked for. Another build of the same version may
    /// be there: they are published at different times.
    #[must_use]
    pub fn is_not_published(&self) -> bool {
        matches!(self, Self::Registry(error) if error.is_not_published())
    }

    /// Whether the network or the server is to blame, so that it may work another time.
    #[must_use]
    pub fn is_network(&self) -> bool {
        matches!(self, Self::Registry(error) if error.is_network())
    }
}

/// What is wrong with a tarball.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveProblem {
    /// It ends too early or is no gzipped tar archive.
    #[error("it is damaged")]
    Damaged(#[source] io::Error),
    /// The program is not in it.
    #[error("there is no `{member}` in it")]
    Missing {
        /// The program's path.
        member: &'static str,
    },
    /// The program is a link, a directory or the like.
    #[error("`{member}` in it is not a regular file")]
    NotAFile {
        /// The program's path.
        member: &'static str,
    },
    /// It is larger than any sensible program.
    #[error("it is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
}

/// Why a file or directory of the cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// The disk or the user's share of it is full.
    #[error("no space is left to write {path}")]
    NoSpace {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Anything else.
    #[error("could not {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl CacheError {
    pub(super) fn new(action: &'static str, path: &Utf8Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::NoSpace { path, source }
            }
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }
}
