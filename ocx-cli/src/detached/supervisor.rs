//! The process that runs a session out of sight.

use std::{
    ffi::OsString,
    io,
    process::{Child, Command, ExitStatus, Stdio},
};

use ocx_core::{
    detached::{DetachedError, DetachedStore, DetachedStreams},
    ops::SessionId,
};
use rustix::process::{Pid, Signal, kill_process};

use super::Size;

/// A process of ocx's own that runs a session. It lives on when this value is dropped.
#[derive(Debug)]
pub(crate) struct Supervisor {
    process: Child,
}

impl Supervisor {
    /// Starts one for a session called `session`. `own` are ocx's flags as they were typed, `program` are
    /// opencode's arguments.
    ///
    /// # Errors
    ///
    /// If its output has no place to go, or ocx cannot be started once more.
    pub(crate) fn start(
        store: &DetachedStore,
        session: &SessionId,
        own: &[OsString],
        (streams, notify): (DetachedStreams, bool),
        program: &[String],
    ) -> Result<Self, DetachError> {
        let output = store.make_output(session)?;
        let start = || {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(own).arg(COMMAND).arg(session.as_str());
            if streams == DetachedStreams::Terminal {
                command.arg("--size");
                command.arg(Size::of_this_process().to_string());
            }
            if notify {
                command.arg("--notify");
            }
            command
                .arg("--")
                .args(program)
                .stdin(Stdio::null())
                .stdout(output.try_clone()?)
                .stderr(output)
                .spawn()
        };
        let process = start().map_err(|source| DetachError::Start { source })?;
        Ok(Self { process })
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.try_wait()
    }

    /// Has it stop the session and end. What it does on the way is not waited for.
    pub(crate) fn stop(&self) {
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
    }
}

/// The hidden command that such a process runs.
const COMMAND: &str = "detached-session";

/// Why a session could not be detached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DetachError {
    #[error(transparent)]
    Store(#[from] DetachedError),
    #[error("could not start another process of ocx")]
    Start {
        #[source]
        source: io::Error,
    },
    #[error("could not make a terminal for the session")]
    Terminal {
        #[source]
        source: io::Error,
    },
    #[error("interrupted before the session ran; it is stopped")]
    Interrupted,
    #[error("session {session} has ended already, with code {code}")]
    Ended {
        session: String,
        code: u8,
        said: String,
    },
    #[error("attaching needs a terminal, and this is none")]
    NoTerminal,
}
