//! `--interactive` and `--tty`.

use crate::{
    engine::Invocation,
    spec::{Stdin, Terminal},
};

/// Adds the flags of a program that has the caller's terminal, or reads the caller's standard input.
///
/// One that reads nothing is not given an input that ends at once: the end can come before the container has
/// begun, is then lost (containerd's `stdinCloser`; seen with Docker 26.1), and a program that reads to the end
/// waits for ever. Without the flag engines give it `/dev/null`.
pub(super) fn add_terminal(invocation: &mut Invocation, terminal: Terminal, stdin: Stdin) {
    if terminal == Terminal::Interactive || stdin == Stdin::Inherit {
        invocation.arg("--interactive");
    }
    if terminal == Terminal::Interactive {
        invocation.arg("--tty");
        // Engines swallow Ctrl-P, the first half of their default detach keys; opencode uses it.
        // `ctrl-@` is a NUL byte, which no key that opencode knows sends.
        invocation.option("--detach-keys", "ctrl-@,ctrl-@");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_given_to_what_reads_one() {
        let flags = |terminal, stdin| {
            let mut invocation = Invocation::change("docker".into(), &["run"]);
            add_terminal(&mut invocation, terminal, stdin);
            invocation.args[1..].join(" ")
        };
        assert_eq!(flags(Terminal::Piped, Stdin::Null), "");
        assert_eq!(flags(Terminal::Piped, Stdin::Inherit), "--interactive");
        for stdin in [Stdin::Null, Stdin::Inherit] {
            let flags = flags(Terminal::Interactive, stdin);
            assert!(flags.starts_with("--interactive --tty "), "{flags}");
        }
    }
}
