//! How ocx talks: what was asked for goes to standard output, everything else to standard error.

use std::io;

use serde_json::Value;

use crate::{failure::Failure, output};

/// How much is said besides the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    Quiet,
    Normal,
    Verbose,
}

/// The user at the other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ui {
    verbosity: Verbosity,
}

impl Ui {
    pub(crate) fn new(quiet: bool, verbose: bool) -> Self {
        Self {
            verbosity: match (quiet, verbose) {
                (true, _) => Verbosity::Quiet,
                (false, true) => Verbosity::Verbose,
                (false, false) => Verbosity::Normal,
            },
        }
    }

    /// Whether so much is to be said.
    pub(crate) fn says(self, at_least: Verbosity) -> bool {
        self.verbosity >= at_least
    }

    /// What is going on, or came of it.
    pub(crate) fn progress(self, message: &str) {
        if self.says(Verbosity::Normal) {
            output::progress(message);
        }
    }

    /// Something is worse than expected.
    pub(crate) fn warning(self, message: &str) {
        if self.says(Verbosity::Normal) {
            output::warning(message);
        }
    }

    /// The answer, to standard output. Who has seen enough of it, as `head` has, is no failure.
    pub(crate) fn answer(self, text: &str) -> Result<(), Failure> {
        written(output::answer(text))
    }

    /// The columns into which an answer has to fit, if it is for a terminal. Programs get a line for each
    /// thing, however long.
    pub(crate) fn width(self) -> Option<usize> {
        output::terminal_width()
    }

    /// A page of the guide, with its styles.
    pub(crate) fn page(self, text: &str) -> Result<(), Failure> {
        written(output::page(text))
    }

    /// The answer as JSON.
    pub(crate) fn json(self, value: &Value) -> Result<(), Failure> {
        written(output::json(value))
    }
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Output { source })
        }
        _ => Ok(()),
    }
}
