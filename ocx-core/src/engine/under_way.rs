//! A command of the engine that is being carried out.

use std::{sync::Arc, time::Instant};

use super::process::Captured;
use crate::{
    error_chain::in_full,
    report::{EventKind, Reporter},
    runtime::{Failure, RuntimeError},
};

/// More of what a command complained about is not told of.
const LONGEST_COMPLAINT: usize = 2000;

/// A command that was told about, until its end is told, too. One that is dropped was given up.
#[derive(Debug)]
#[must_use = "its end is to be told"]
pub(super) struct UnderWay {
    reporter: Arc<dyn Reporter>,
    line: String,
    began: Instant,
}

impl UnderWay {
    /// A command that begins now.
    pub(super) fn begin(reporter: &Arc<dyn Reporter>, line: String) -> Self {
        reporter.report(EventKind::EngineCommand { line: &line }.into());
        Self {
            reporter: Arc::clone(reporter),
            line,
            began: Instant::now(),
        }
    }

    /// It has ended like this.
    pub(super) fn ended(self, failure: Option<&str>) {
        let ended = EventKind::EngineCommandEnded {
            line: &self.line,
            took: self.began.elapsed(),
            failure,
        };
        self.reporter.report(ended.into());
    }

    /// It has ended, and this is what came of it.
    pub(super) fn ended_with(self, result: Result<&Captured, &RuntimeError>) {
        let failure = match result {
            Ok(captured) => captured
                .failure
                .as_ref()
                .map(|failure| complaint(failure, &captured.stderr)),
            Err(error) => Some(in_full(error)),
        };
        self.ended(failure.as_deref());
    }
}

/// How a command failed, and the end of what it said about that.
fn complaint(failure: &Failure, stderr: &[u8]) -> String {
    let begin = stderr.len().saturating_sub(LONGEST_COMPLAINT);
    let said = String::from_utf8_lossy(&stderr[begin..]);
    match said.trim() {
        "" => failure.to_string(),
        said => format!("{failure}: {said}"),
    }
}
