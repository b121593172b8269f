//! Where a program reads from and prints to.

use crate::{
    host::Host,
    spec::{Output, Stdin, Terminal},
};

/// Where a program reads from and prints to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Streams {
    /// Its input.
    pub stdin: Stdin,
    /// Its output.
    pub output: Output,
}

impl Streams {
    /// The caller's own.
    pub(crate) const INHERITED: Self = Self {
        stdin: Stdin::Inherit,
        output: Output::Inherit,
    };

    /// Whether the program gets a terminal: if both are the caller's, and are one.
    #[must_use]
    pub(crate) fn terminal(self, host: &Host) -> Terminal {
        if self == Self::INHERITED {
            host.terminals.for_program()
        } else {
            Terminal::Piped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::sandbox::Sandbox;

    #[test]
    fn a_terminal_needs_the_callers_own_at_both_ends() {
        let mut host = Sandbox::new().host;
        let captured = Streams {
            output: Output::Capture,
            ..Streams::INHERITED
        };
        let without_input = Streams {
            stdin: Stdin::Null,
            ..Streams::INHERITED
        };
        assert_eq!(Streams::INHERITED.terminal(&host), Terminal::Piped);
        (host.terminals.stdin, host.terminals.stdout) = (true, true);
        assert_eq!(Streams::INHERITED.terminal(&host), Terminal::Interactive);
        for streams in [captured, without_input] {
            assert_eq!(streams.terminal(&host), Terminal::Piped, "{streams:?}");
        }
    }
}
