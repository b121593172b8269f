//! Why the records of trust cannot be used.

use std::io;

use camino::Utf8PathBuf;

use crate::disk::PrivateDirError;

/// Why the records of trust cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The directory of the records is unusable.
    #[error("the directory of what is trusted is unusable")]
    Directory(#[from] PrivateDirError),
    /// A record cannot be read or written.
    #[error("could not use `{path}`, where it is kept what is trusted")]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Nothing is known about the trust in a project.
    #[error("nothing is kept about `{path}`")]
    NoRecord {
        /// The project's root.
        path: Utf8PathBuf,
    },
}
