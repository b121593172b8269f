//! `--interactive` and `--tty`.

use crate::{engine::Invocation, spec::Terminal};

/// Adds the flags of a program that reads the caller's standard input.
pub(super) fn add_terminal(invocation: &mut Invocation, terminal: Terminal) {
    invocation.arg("--interactive");
    if terminal == Terminal::Interactive {
        invocation.arg("--tty");
        // Engines swallow Ctrl-P, the first half of their default detach keys; opencode uses it.
        // `ctrl-@` is a NUL byte, which no key that opencode knows sends.
        invocation.option("--detach-keys", "ctrl-@,ctrl-@");
    }
}
