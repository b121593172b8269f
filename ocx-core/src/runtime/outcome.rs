//! How a contained program ended.

use super::CommandError;

/// The end of a container's run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunOutcome {
    /// How the program ended.
    pub exit: Exit,
    /// Whether the program was started at all.
    pub started: Started,
    /// What it wrote to standard output, if that was captured.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error, if that was captured.
    pub stderr: Vec<u8>,
}

/// Whether a program that seems to have ended with some code was ever started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// It was: the code is its own.
    Yes,
    /// Its container was. The code is the program's own, or that of an init process or engine which
    /// could not execute the program.
    Perhaps,
    /// The code may be the engine's own, and the engine has no record of what it did. The error is
    /// the one that it would be then.
    Unknown(CommandError),
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With an exit code. A program killed by signal N inside a container ends with 128 + N.
    Code(u8),
    /// A signal made ocx stop the container.
    Interrupted {
        /// The signal's number.
        signal: i32,
    },
}

/// What became of an image that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is not there any more.
    Gone,
    /// It has a name, so it stays.
    Named,
    /// Something needs it, such as a container or an image that was built on it.
    Refused,
}

impl Exit {
    /// The exit code that a shell would show.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Interrupted { signal } => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }

    /// Whether the program ended well.
    #[must_use]
    pub fn success(self) -> bool {
        self == Self::Code(0)
    }
}

/// What came of asking for a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnsuredNetwork {
    /// There was none, and now there is.
    Made,
    /// It was there.
    There,
    /// None is needed: in the engine's own network containers do not reach each other either.
    NotNeeded,
}
