//! What runs in a session.

use crate::ops::{SessionError, session::program_start::Presence};
use crate::{base::BaseProbe, image::ImageReference};

/// What runs in a session's container.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Program {
    /// opencode with these arguments; without any, its terminal interface.
    Opencode(Vec<String>),
    /// The shell of the base image.
    Shell,
    /// Another program with its arguments.
    Command(Vec<String>),
}

impl Program {
    /// opencode with these arguments; without any, its terminal interface.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocx_core::Program;
    ///
    /// let task = Program::opencode(["run", "fix the tests"]);
    /// let terminal = Program::opencode::<String>([]);
    /// ```
    pub fn opencode<T: Into<String>>(args: impl IntoIterator<Item = T>) -> Self {
        Self::Opencode(args.into_iter().map(Into::into).collect())
    }

    /// Another program with its arguments. A command without a program is an error when it is to run.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocx_core::Program;
    ///
    /// let tests = Program::command(["make", "test"]);
    /// let args: Vec<String> = std::env::args().skip(1).collect();
    /// let whatever = Program::command(args);
    /// ```
    pub fn command<T: Into<String>>(command: impl IntoIterator<Item = T>) -> Self {
        Self::Command(command.into_iter().map(Into::into).collect())
    }

    pub(in crate::ops) fn presence(&self) -> Presence {
        match self {
            Self::Opencode(_) => Presence::Certain,
            Self::Shell | Self::Command(_) => Presence::Uncertain,
        }
    }

    /// The same, if it can run at all.
    pub(in crate::ops) fn checked(&self) -> Result<&Self, SessionError> {
        match self {
            Self::Command(command) if command.first().is_none_or(String::is_empty) => {
                Err(SessionError::EmptyCommand)
            }
            _ => Ok(self),
        }
    }

    /// Program and arguments in a container of `image`, on a base of which `probe` tells.
    pub(in crate::ops) fn command_in(
        &self,
        probe: &BaseProbe,
        image: &ImageReference,
    ) -> Result<Vec<String>, SessionError> {
        match self {
            Self::Opencode(args) => Ok(opencode_command(args)),
            Self::Command(command) => Ok(command.clone()),
            Self::Shell => match &probe.shell {
                Some(shell) => Ok(vec![shell.to_string()]),
                None => Err(SessionError::NoShell {
                    image: image.clone(),
                }),
            },
        }
    }
}

/// opencode and its arguments.
pub(super) fn opencode_command(args: &[String]) -> Vec<String> {
    let args = args.iter().cloned();
    ["opencode".to_owned()].into_iter().chain(args).collect()
}
