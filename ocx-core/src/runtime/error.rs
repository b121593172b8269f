//! What can go wrong with an engine.

use std::fmt;

use camino::Utf8PathBuf;

use crate::image::ImageReference;

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
        engine: &'static str,
        /// What it said.
        #[source]
        source: CommandError,
    },
    /// The engine is there, but the user may not use it.
    #[error("permission to use {engine} was denied")]
    Denied {
        /// The engine.
        engine: &'static str,
        /// What it said.
        #[source]
        source: CommandError,
    },
    /// An image that must be there is not.
    #[error("image `{image}` is not in the local storage of {engine}")]
    ImageNotFound {
        /// The engine.
        engine: &'static str,
        /// The image.
        image: String,
    },
    /// An image could not be built.
    #[error("could not build image `{image}`")]
    BuildFailed {
        /// The image.
        image: ImageReference,
        /// What the engine said.
        #[source]
        source: CommandError,
    },
    /// An image could not be fetched.
    #[error("could not pull image `{image}`")]
    PullFailed {
        /// The engine.
        engine: &'static str,
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
        engine: &'static str,
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
        engine: &'static str,
        /// What it said.
        #[source]
        source: CommandError,
    },
    /// An answer could not be understood.
    #[error("could not understand what `{command}` printed")]
    UnexpectedOutput {
        /// The command.
        command: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine cannot do this, or ocx cannot do it with this engine.
    #[error("{feature} does not work with {engine}")]
    Unsupported {
        /// The engine.
        engine: &'static str,
        /// What was asked for.
        feature: String,
        /// What to do instead.
        remedy: String,
    },
    /// A signal arrived while the engine was at work; what it was doing has been stopped.
    #[error("interrupted")]
    Interrupted {
        /// The signal's number.
        signal: i32,
    },
}

/// A command of an engine that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    /// The command, quoted for a shell, without secret values.
    pub command: String,
    /// How it failed.
    pub failure: Failure,
    /// The end of what it wrote to standard error; empty if that went to the caller's own.
    pub stderr: String,
}

impl std::error::Error for CommandError {}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.command, self.failure)?;
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
    /// It could not be started, or talking to it failed.
    Io(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exited with status {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
            Self::Io(message) => write!(f, "could not be run: {message}"),
        }
    }
}
