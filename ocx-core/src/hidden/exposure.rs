//! How something that is hidden came to be seen.

use std::fmt;

use camino::Utf8PathBuf;

/// How something that is hidden came to be seen, or could have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Exposure {
    /// Another file or directory is in the place of one that was covered, which takes the cover away.
    Replaced {
        /// The path.
        path: Utf8PathBuf,
    },
    /// A covered file was given another name.
    Linked {
        /// The path that is covered.
        path: Utf8PathBuf,
    },
    /// Something appeared that was not there when the session began.
    Appeared {
        /// The path.
        path: Utf8PathBuf,
    },
    /// The engine made the container without a cover, or with something over it.
    NotCovered {
        /// The path.
        path: Utf8PathBuf,
    },
    /// It cannot be told: no process of the running session is seen on this machine.
    Unseen,
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced { path } => write!(
                f,
                "`{path}` was replaced while it was hidden, and the new one is not covered"
            ),
            Self::Linked { path } => {
                write!(f, "`{path}` was given another name while it was hidden")
            }
            Self::Appeared { path } => write!(
                f,
                "`{path}` is to be hidden, and was not there when the session began"
            ),
            Self::NotCovered { path } => {
                write!(f, "the engine did not cover `{path}`, which is to be hidden")
            }
            Self::Unseen => f.write_str(
                "whether what is to be hidden is covered cannot be told: the session's processes are not on this machine",
            ),
        }
    }
}
