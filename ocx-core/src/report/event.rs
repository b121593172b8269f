//! Events.

use std::{fmt, time::Duration};

use super::{Notice, Step};
use crate::image::ImageReference;

/// Something worth telling the user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// What it belongs to, by which the events of several sessions at once are told apart; `None` for
    /// what belongs to neither a session nor a build.
    pub activity: Option<&'a Activity>,
    /// What happened.
    pub kind: EventKind<'a>,
}

/// What an event belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Activity {
    /// A session, by its ID, which is also the end of its container's name. What is built for it
    /// belongs to it as well.
    Session(String),
    /// A build on this base.
    Build(ImageReference),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// A step begins that may take noticeable time.
    StepBegan(&'a Step),
    /// It has ended, well or not.
    StepEnded(&'a Step),
    /// A fact that the user should know.
    Notice(&'a Notice),
    /// A download begins.
    DownloadStarted {
        /// What is downloaded, such as `opencode-linux-x64 1.18.33`.
        title: &'a str,
        /// Its size in bytes, where the server says.
        total: Option<u64>,
    },
    /// More of the current download has arrived.
    DownloadProgress {
        /// Bytes received so far.
        received: u64,
    },
    /// The current download has ended, well or not.
    DownloadFinished,
    /// A line that an engine printed while it built or fetched an image.
    EngineOutput {
        /// The line, without its end.
        line: &'a str,
    },
    /// The engine has printed all that it had to say about an image that it built or fetched.
    EngineOutputEnded {
        /// Whether it did what it was to do.
        went_well: bool,
    },
    /// What a caller shows of its own has to be gone now: a session's program is about to get the caller's
    /// streams, or those that were asked for.
    ProgramBegins,
    /// A line that a session's program printed, if its output was asked for as
    /// [`Output::Lines`](crate::spec::Output::Lines).
    ProgramOutput {
        /// Where it was printed.
        stream: OutputStream,
        /// The line, without its end.
        line: &'a str,
    },
    /// A container engine's command is about to run.
    EngineCommand {
        /// The command, quoted for a shell, without secret values.
        line: &'a str,
    },
    /// It has ended. (One that was given up is not told of again.)
    EngineCommandEnded {
        /// The command, as it was told when it began.
        line: &'a str,
        /// How long it took.
        took: Duration,
        /// How it failed, with the end of what it said about that; `None` if it went well. A program in a
        /// container that ends with another code than 0 makes its engine's command end so, too.
        failure: Option<&'a str>,
    },
    /// A changing engine command that a dry run leaves out.
    PlannedCommand {
        /// The command, quoted for a shell, without secret values.
        line: &'a str,
    },
}

impl<'a> From<EventKind<'a>> for Event<'a> {
    fn from(kind: EventKind<'a>) -> Self {
        Self {
            activity: None,
            kind,
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            EventKind::StepBegan(step) => step.fmt(f),
            EventKind::StepEnded(step) => write!(f, "ended: {step}"),
            EventKind::Notice(notice) => match notice.severity() {
                super::Severity::Note => notice.fmt(f),
                super::Severity::Warning => write!(f, "warning: {notice}"),
            },
            EventKind::DownloadStarted { title, .. } => write!(f, "downloading {title}"),
            EventKind::DownloadProgress { received } => write!(f, "{received} bytes received"),
            EventKind::DownloadFinished => f.write_str("the download has ended"),
            EventKind::EngineOutput { line } | EventKind::ProgramOutput { line, .. } => {
                f.write_str(line)
            }
            EventKind::ProgramBegins => f.write_str("the program begins"),
            EventKind::EngineOutputEnded { went_well: true } => f.write_str("the engine is done"),
            EventKind::EngineOutputEnded { went_well: false } => f.write_str("the engine gave up"),
            EventKind::EngineCommand { line } => write!(f, "$ {line}"),
            EventKind::EngineCommandEnded { line, failure, .. } => match failure {
                None => write!(f, "ended: {line}"),
                Some(failure) => write!(f, "failed: {line}: {failure}"),
            },
            EventKind::PlannedCommand { line } => f.write_str(line),
        }
    }
}

/// Where a program prints to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}
