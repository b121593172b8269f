//! Kinds of failures, for those who only have to tell them apart.

use serde::{Deserialize, Serialize};

/// What kind of failure an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The settings, or what they name, are wrong.
    Configuration,
    /// What was named is not there, such as a session.
    NotFound,
    /// opencode cannot run in the base image.
    UnusableBase,
    /// A registry cannot be reached, or did not answer as it should.
    Network,
    /// The engine is not installed, is too old, or does not answer.
    EngineUnavailable,
    /// The user may not use the engine.
    Denied,
    /// The engine could not do what it was asked.
    EngineFailed,
    /// A file cannot be read or written.
    File,
    /// Another session has what this one needs; it will be free later.
    InUse,
    /// The program in the container cannot be executed; a shell would end with this code.
    Program(u8),
    /// There was a request to end; a shell would show this code.
    Interrupted(u8),
    /// Nothing was done, since nothing was to be done.
    OnlyPlanned,
    /// What a session made conflicts with what the user has.
    Conflict,
    /// A time limit has passed.
    TimedOut,
    /// The session was stopped, since it did what it must not, or could see what it must not.
    Stopped,
    /// The system failed.
    System,
}
