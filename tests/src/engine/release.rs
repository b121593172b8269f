//! Debian releases that newer engines come from.

use camino::Utf8PathBuf;

use crate::{cache, run_id::RunId};

/// A Debian release whose engines run beside this machine's own, in a root of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Debian 13.
    Trixie,
    /// What will be the next release. It moves: nothing may depend on its versions.
    Testing,
}

impl Release {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Trixie, Self::Testing];

    /// Its name in Debian's archive.
    #[must_use]
    pub fn suite(self) -> &'static str {
        match self {
            Self::Trixie => "trixie",
            Self::Testing => "testing",
        }
    }

    /// Its files, which are shared by all runs and never written to.
    #[must_use]
    pub fn files(self) -> Utf8PathBuf {
        cache::directory("releases").join(self.suite())
    }

    /// Where a run keeps what belongs to the running root: its changed files, and the file with the
    /// number of the process that holds its mount namespace.
    #[must_use]
    pub fn directory(self, run: &RunId) -> Utf8PathBuf {
        Utf8PathBuf::from(format!("/tmp/{run}-{}", self.suite()))
    }
}
