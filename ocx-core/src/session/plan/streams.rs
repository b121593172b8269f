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
