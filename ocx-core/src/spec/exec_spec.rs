//! What an engine is asked to run in a container that is there.

use camino::Utf8PathBuf;

use super::{ContainerId, Environment, Output, Stdin, Terminal, UserMapping};

/// A program to be run in a running container, in the foreground.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecSpec {
    /// The container.
    pub container: ContainerId,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Absolute path of the working directory.
    pub working_directory: Utf8PathBuf,
    /// Variables on top of the container's own.
    pub environment: Environment,
    /// Who the program runs as, as the container's own program does.
    pub user: UserMapping,
    /// Whether the program gets a terminal.
    pub terminal: Terminal,
    /// Where the program's input comes from.
    pub stdin: Stdin,
    /// Where the program's output goes.
    pub output: Output,
}

impl ExecSpec {
    /// A program without input, whose output is captured.
    #[must_use]
    pub fn new(container: ContainerId, command: Vec<String>, user: UserMapping) -> Self {
        Self {
            container,
            command,
            working_directory: "/".into(),
            environment: Environment::new(),
            user,
            terminal: Terminal::Piped,
            stdin: Stdin::Null,
            output: Output::Capture,
        }
    }
}
