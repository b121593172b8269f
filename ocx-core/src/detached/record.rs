//! What is written down of a detached session.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where the streams of a detached session's program lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetachedStreams {
    /// To a terminal of its own, which others can attach to.
    Terminal,
    /// From nowhere, and into a file.
    File,
}

/// A detached session, as it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DetachedRun {
    /// The session's ID.
    pub session: String,
    /// Canonical root of its project.
    pub project: Utf8PathBuf,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Where its streams lead.
    pub streams: DetachedStreams,
    /// When it began.
    pub began: Timestamp,
}

impl DetachedRun {
    /// A session that begins now.
    #[must_use]
    pub fn new(
        session: String,
        project: Utf8PathBuf,
        command: Vec<String>,
        streams: DetachedStreams,
    ) -> Self {
        Self {
            session,
            project,
            command,
            streams,
            began: Timestamp::now(),
        }
    }
}

/// How a detached session ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DetachedEnd {
    /// The exit code: the program's own, or ocx's if there is an error.
    pub code: u8,
    /// When it ended.
    pub ended: Timestamp,
}

impl DetachedEnd {
    /// It ended now, with this code.
    #[must_use]
    pub fn now(code: u8) -> Self {
        Self {
            code,
            ended: Timestamp::now(),
        }
    }
}

/// What has become of a detached session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetachedState {
    /// The process that runs it lives.
    Runs,
    /// It has ended.
    Ended(DetachedEnd),
    /// The process that ran it was killed, or the host went down.
    Lost,
}
