//! What can go wrong with an engine.

use std::{fmt, time::Duration};

use camino::Utf8PathBuf;

use super::{BuildObstacle, CommandLine, EngineName};
use crate::{build_log::FailedStep, image::ImageReference};

/// Why an engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The engine's program is not there.
    #[error("`{program}` is not installed")]
    NotInstalled {
        /// The program that was looked for.
        program: Utf8PathBuf,
    },
    /// The program is there, but nothing answers it.
    #[error("{engine} does not answer")]
    Unreachable {
        /// The engine.
        engine: EngineName,
        /// What it said.
        #[source]
        source: CommandError,
    },
    /// A command took so long that it was ended.
    #[error("{engine} does not answer in time")]
    TimedOut {
        /// The engine.
        engine: EngineName,
        /// The command, and how long it was given.
        #[source]
        source: CommandError,
    },
    /// The engine is there, but the user may not use it.
    #[error("permission to use {engine} was denied")]
    Denied {
        /// The engine.
        engine: EngineName,
        /// What it said.
        #[source]
        source: CommandError,
    },
    /// An image that must be there is not.
    #[error("image `{image}` is not in the local storage of {engine}")]
    ImageNotFound {
        /// The engine.
        engine: EngineName,
        /// The image.
        image: String,
    },
    /// An image could not be built.
    #[error("could not build image `{image}`")]
    BuildFailed {
        /// The image.
        image: ImageReference,
        /// What keeps the engine from building anything, if that was found.
        obstacle: Option<Box<BuildObstacle>>,
        /// What the engine said.
        #[source]
        source: CommandError,
    },
    /// An image could not be fetched.
    #[error("could not pull image `{image}`")]
    PullFailed {
        /// The engine.
        engine: EngineName,
        /// The image.
        image: ImageReference,
        /// What the engine said.
        #[source]
        source: CommandError,
    },
    /// A container could not be started.
    #[error("{engine} could not start the container")]
    StartFailed {
        /// The engine.
        engine: EngineName,
        /// What it said.
        #[source]
        source: CommandError,
    },
    /// A command could not be run at all.
    #[error("a command of the engine could not be run")]
    CommandNotRun {
        /// Why not.
        #[source]
        source: CommandError,
    },
    /// Any other command failed.
    #[error("{engine} failed")]
    CommandFailed {
        /// The engine.
        engine: EngineName,
        /// What it said.
        #[source]
        source: CommandError,
    },
    /// An answer could not be understood.
    #[error("could not understand what `{}` printed", .source.command)]
    UnexpectedOutput {
        /// The command, why not, and what it printed.
        #[source]
        source: UnexpectedAnswer,
    },
    /// The engine, or the command that talks to it, is older than what ocx needs.
    #[error("{program} {version} is too old: ocx needs {oldest} or later")]
    TooOld {
        /// The engine.
        engine: EngineName,
        /// What is too old.
        program: &'static str,
        /// Its version.
        version: String,
        /// The oldest that will do.
        oldest: String,
    },
    /// The engine cannot do this, or ocx cannot do it with this engine.
    #[error("{feature} does not work with {engine}")]
    Unsupported {
        /// The engine.
        engine: EngineName,
        /// What was asked for.
        feature: String,
        /// What to do instead.
        remedy: String,
    },
    /// The network of the sessions could not be made.
    #[error("{engine} could not make the network in which sessions do not reach each other")]
    NetworkNotMade {
        /// The engine.
        engine: EngineName,
        /// What the engine said.
        #[source]
        source: CommandError,
    },
    /// There is a network with the name of that of the sessions, and containers reach each other in it.
    #[error(
        "the network `{name}` of {engine} is not one in which sessions do not reach each other"
    )]
    NetworkNotApart {
        /// The engine.
        engine: EngineName,
        /// The network.
        name: String,
    },
    /// The values of a container's variables could not be written down for the engine's program.
    #[error("cannot write variables of the container into `{directory}`")]
    VariablesFile {
        /// Where the file should have been.
        directory: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another engine's own failure, one that is not driven through a command.
    #[error("{engine} failed")]
    Other {
        /// The engine.
        engine: EngineName,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A signal arrived while the engine was at work; what it was doing has been stopped.
    #[error("interrupted")]
    Interrupted {
        /// The signal's number.
        signal: i32,
    },
}

impl RuntimeError {
    /// The error of a command that failed for no reason that ocx knows.
    pub(crate) fn command_failed(engine: EngineName, source: CommandError) -> Self {
        Self::CommandFailed { engine, source }
    }

    /// The error of a command that printed something else than expected.
    pub(crate) fn unexpected(
        command: impl Into<CommandLine>,
        printed: &[u8],
        reason: &dyn fmt::Display,
    ) -> Self {
        Self::UnexpectedOutput {
            source: UnexpectedAnswer {
                command: command.into(),
                reason: reason.to_string(),
                beginning: beginning(printed),
            },
        }
    }
}

/// How much of an answer goes into an error.
const BEGINNING: usize = 400;

/// The beginning of what a command printed, without what a terminal would obey.
fn beginning(printed: &[u8]) -> String {
    let text = String::from_utf8_lossy(printed);
    let mut kept: String = text
        .trim()
        .chars()
        .map(|character| match character {
            '\n' | '\t' => character,
            _ if character.is_control() => char::REPLACEMENT_CHARACTER,
            _ => character,
        })
        .take(BEGINNING)
        .collect();
    if kept.chars().count() < text.trim().chars().count() {
        kept.push('…');
    }
    kept
}

/// An answer that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnexpectedAnswer {
    /// The command that printed it.
    pub command: CommandLine,
    /// Why not.
    pub reason: String,
    /// The beginning of what was printed.
    pub beginning: String,
}

impl std::error::Error for UnexpectedAnswer {}

impl fmt::Display for UnexpectedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        if self.beginning.is_empty() {
            return f.write_str("; it printed nothing");
        }
        write!(f, "; it printed\n{}", self.beginning)
    }
}

/// A command of an engine that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    /// The command. What is made of the error for people names it in brief.
    pub command: CommandLine,
    /// How it failed.
    pub failure: Failure,
    /// The end of what it printed; empty if that went to the caller's own standard error.
    pub stderr: String,
    /// Whether that was told line by line while it ran.
    pub told: bool,
    /// The step of a build in which it failed, as far as what it printed tells. For people only.
    pub step: Option<Box<FailedStep>>,
}

impl CommandError {
    /// The command in brief and how it failed, without what it printed.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self {
            command, failure, ..
        } = self;
        match &self.step {
            Some(step) => format!("`{}` failed: `{command}` {failure}", step.step.instruction),
            None => format!("`{command}` {failure}"),
        }
    }
}

impl std::error::Error for CommandError {}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        if !self.stderr.trim().is_empty() {
            write!(f, "\n{}", self.stderr.trim_end())?;
        }
        Ok(())
    }
}

/// How a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It ended with this code.
    Code(i32),
    /// It was ended by this signal.
    Signal(i32),
    /// It was ended after this time.
    TimedOut(Duration),
    /// It could not be started, or talking to it failed.
    Io(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exited with status {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
            Self::TimedOut(limit) => write!(f, "took longer than {} seconds", limit.as_secs()),
            Self::Io(message) => write!(f, "could not be run: {message}"),
        }
    }
}
