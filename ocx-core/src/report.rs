//! What the use cases tell while they work. The caller decides how to show it. Names, paths and lines
//! from outside are in there as they are; [`crate::printable`] makes them fit for a terminal.

use std::fmt;

/// Receives events; must not block for long.
pub trait Reporter: fmt::Debug + Send + Sync {
    /// Called for each event, in order.
    fn report(&self, event: Event<'_>);
}

/// Something worth telling the user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A step begins that may take noticeable time, such as `building team-tools`.
    Step {
        /// What is being done, as a present participle without a full stop.
        title: &'a str,
    },
    /// A fact the user should know but need not act on.
    Note {
        /// One sentence without a full stop.
        message: &'a str,
    },
    /// Something is worse than the user would expect.
    Warning {
        /// One sentence without a full stop.
        message: &'a str,
    },
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
    /// A changing engine command that a dry run leaves out.
    PlannedCommand {
        /// The command, quoted for a shell, without secret values.
        line: &'a str,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { title: text } | Self::Note { message: text } => f.write_str(text),
            Self::Warning { message } => write!(f, "warning: {message}"),
            Self::DownloadStarted { title, .. } => write!(f, "downloading {title}"),
            Self::DownloadProgress { received } => write!(f, "{received} bytes received"),
            Self::DownloadFinished => f.write_str("the download has ended"),
            Self::EngineOutput { line } | Self::ProgramOutput { line, .. } => f.write_str(line),
            Self::EngineCommand { line } => write!(f, "$ {line}"),
            Self::PlannedCommand { line } => f.write_str(line),
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

/// Drops every event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _event: Event<'_>) {}
}
