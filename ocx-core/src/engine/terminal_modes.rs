//! The modes of the caller's terminal, put back after a contained program used it.

use std::io;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The terminal's modes at some time; they are put back when this is dropped.
///
/// An engine's client does that itself, unless it is killed.
pub(super) struct TerminalModes(Option<Termios>);

impl TerminalModes {
    /// Remembers the modes of standard input, if that is a terminal.
    pub(super) fn remember() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }
}

impl Drop for TerminalModes {
    fn drop(&mut self) {
        if let Some(modes) = &self.0 {
            // There is nobody left to tell if it fails: the terminal is gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Drain, modes);
        }
    }
}
