//! One line of a session's log.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    error_kind::ErrorKind,
    report::{EventKind, Notice, Severity},
};

/// Something that happened for a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LogEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: LogEvent,
}

impl LogEntry {
    pub(super) fn now(event: LogEvent) -> Self {
        let at = Timestamp::now();
        Self { at, event }
    }
}

/// What happened for a session. Names, paths and lines from outside are in there as they are;
/// [`crate::printable`] makes them fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LogEvent {
    /// It began.
    Began {
        /// Canonical root of its project.
        project: Utf8PathBuf,
        /// The program and its arguments.
        command: Vec<String>,
    },
    /// Another program is run in its container.
    Inside {
        /// The program and its arguments.
        command: Vec<String>,
    },
    /// A step that may take noticeable time began.
    Step {
        /// What it is.
        text: String,
    },
    /// A fact that the user was told.
    Note {
        /// The fact.
        text: String,
    },
    /// One that was told as a warning.
    Warning {
        /// The fact.
        text: String,
    },
    /// The engine was given a command.
    Engine {
        /// The command, quoted for a shell, without secret values.
        line: String,
    },
    /// The engine has carried it out, or has failed.
    EngineEnded {
        /// The command.
        line: String,
        /// How long that took.
        milliseconds: u64,
        /// Why it failed; `None` if it did not.
        failure: Option<String>,
    },
    /// All is prepared, and the program begins.
    Program,
    /// Its program has ended.
    Ended {
        /// Its exit code.
        code: u8,
    },
    /// It failed.
    Failed {
        /// The kind of failure.
        kind: ErrorKind,
        /// The error and its causes.
        error: String,
    },
}

impl LogEvent {
    /// What is kept of an event; `None` of those that are none of a session, too many, or somebody's login.
    pub(super) fn of(event: &EventKind<'_>) -> Option<Self> {
        Some(match event {
            EventKind::StepBegan(step) => Self::Step {
                text: step.to_string(),
            },
            // It is as good as a password for as long as the login lasts.
            EventKind::Notice(Notice::LoginUrl { .. }) => return None,
            EventKind::Notice(notice) => match notice.severity() {
                Severity::Note => Self::Note {
                    text: notice.to_string(),
                },
                Severity::Warning => Self::Warning {
                    text: notice.to_string(),
                },
            },
            EventKind::DownloadStarted { title, .. } => Self::Step {
                text: format!("downloading {title}"),
            },
            EventKind::EngineCommand { line } => Self::Engine {
                line: (*line).to_owned(),
            },
            EventKind::EngineCommandEnded {
                line,
                took,
                failure,
            } => Self::EngineEnded {
                line: (*line).to_owned(),
                milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                failure: failure.map(str::to_owned),
            },
            EventKind::ProgramBegins => Self::Program,
            EventKind::StepEnded(_)
            | EventKind::DownloadProgress { .. }
            | EventKind::DownloadFinished
            | EventKind::EngineOutput { .. }
            | EventKind::EngineOutputEnded { .. }
            | EventKind::ProgramOutput { .. }
            | EventKind::PlannedCommand { .. } => return None,
        })
    }
}
