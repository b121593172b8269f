//! Why what must not be seen cannot be hidden.

use camino::Utf8PathBuf;

/// Why what must not be seen cannot be hidden.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HiddenError {
    /// A name that is not UTF-8 cannot be given to an engine.
    #[error("`{path}` is to be hidden, and its name is not UTF-8")]
    Name {
        /// The path, as far as it can be shown.
        path: String,
    },
    /// A mount would show it elsewhere in the container.
    #[error("`{hidden}` is to be hidden, and a mount shows it at `{target}`")]
    Shown {
        /// What is to be hidden.
        hidden: Utf8PathBuf,
        /// Where the mount lies in the container.
        target: Utf8PathBuf,
    },
    /// A mount lies in a directory that is hidden, where there is no place for it.
    #[error("`{hidden}` is to be hidden, and a mount lies in it, at `{target}`")]
    MountWithin {
        /// What is to be hidden.
        hidden: Utf8PathBuf,
        /// Where the mount lies in the container.
        target: Utf8PathBuf,
    },
    /// A session cannot do without it.
    #[error("`{hidden}` is to be hidden, and ocx guards it in sessions")]
    Guarded {
        /// What is to be hidden.
        hidden: Utf8PathBuf,
    },
    /// More paths would have to be covered than an engine mounts in sensible time.
    #[error("{found} paths are to be hidden, and {most} at most can be")]
    TooManyPaths {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// More files would have to be looked through.
    #[error(
        "more than {most} files would have to be looked through for what is to be hidden in `{root}`"
    )]
    TooManyFiles {
        /// The directory.
        root: Utf8PathBuf,
        /// How many there may be.
        most: usize,
    },
}
