//! What ocx has done for each session: its steps, the commands that it gave the engine with the time that
//! they took, and how it ended. Kept for a while after that, for who asks why a session was slow or failed.
//!
//! Each session has a file below ocx's state, for its user only and never mounted. The process that runs the
//! session holds a lock on it for as long as it lives, so that its end is known however it came. Secrets are
//! in there as little as in the events that it is made of.

mod entry;
mod recorder;
mod store;

pub use entry::{LogEntry, LogEvent};
pub(crate) use recorder::Recorder;
pub use store::{LogReader, SessionLog, SessionLogError, SessionLogs, SessionState};
