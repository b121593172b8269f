//! What sessions asked for, one line of JSON each.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    sync::{Mutex, PoisonError},
};

use camino::Utf8Path;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Event;

/// A file that has grown beyond this many bytes is laid aside when the next session begins.
const LARGEST: u64 = 4 << 20;

/// More is not written down of one session, which could ask for anything as often as it likes.
const MOST_OF_A_SESSION: usize = 20_000;

/// Something that a session asked of the network, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetworkRecord {
    /// When.
    pub at: Timestamp,
    /// The session's ID.
    pub session: String,
    /// The host and the port that were asked for, in one spelling.
    pub destination: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: NetworkOutcome,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
#[non_exhaustive]
pub enum NetworkOutcome {
    /// It was connected.
    Connected,
    /// It was refused.
    Refused {
        /// Why.
        reason: String,
    },
    /// It was allowed, but could not be reached.
    Failed {
        /// What went wrong.
        reason: String,
    },
    /// The connection has ended.
    Ended {
        /// Bytes that the session sent.
        sent: u64,
        /// Bytes that it received.
        received: u64,
    },
}

impl NetworkRecord {
    fn of(session: &str, event: &Event) -> Self {
        let (destination, outcome) = match event {
            Event::Connected { destination, .. } => (destination, NetworkOutcome::Connected),
            Event::Refused {
                destination,
                refusal,
            } => (
                destination,
                NetworkOutcome::Refused {
                    reason: refusal.to_string(),
                },
            ),
            Event::Failed {
                destination,
                problem,
            } => (
                destination,
                NetworkOutcome::Failed {
                    reason: problem.clone(),
                },
            ),
            Event::Closed {
                destination,
                sent,
                received,
            } => (
                destination,
                NetworkOutcome::Ended {
                    sent: *sent,
                    received: *received,
                },
            ),
        };
        Self {
            at: Timestamp::now(),
            session: session.to_owned(),
            destination: destination.to_string(),
            outcome,
        }
    }
}

/// Writes down what a session asks for.
#[derive(Debug)]
pub(crate) struct NetworkRecorder {
    session: String,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: fs::File,
    left: usize,
}

impl NetworkRecorder {
    /// Goes on with the file at `path`, which several sessions may write to.
    pub(crate) fn open(path: &Utf8Path, session: &str) -> io::Result<Self> {
        if fs::metadata(path).is_ok_and(|data| data.len() > LARGEST) {
            fs::rename(path, path.with_extension("old.jsonl"))?;
        }
        let file = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self {
            session: session.to_owned(),
            open: Mutex::new(Open {
                file,
                left: MOST_OF_A_SESSION,
            }),
        })
    }

    /// Writes an event down. A line that cannot be written, on a full disk say, is left out: nothing hangs
    /// on it.
    pub(crate) fn note(&self, event: &Event) {
        let Ok(mut line) = serde_json::to_vec(&NetworkRecord::of(&self.session, event)) else {
            return;
        };
        line.push(b'\n');
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.left > 0 {
            open.left -= 1;
            // In one piece, so that those of two sessions do not mix.
            let _ = open.file.write_all(&line);
        }
    }
}

/// The records in a file that is being written, and how many bytes of it they are. A line that is not
/// complete, or damaged, is no record.
pub(crate) fn records(bytes: &[u8]) -> (Vec<NetworkRecord>, usize) {
    let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
        return (Vec::new(), 0);
    };
    let lines = bytes[..end].split(|byte| *byte == b'\n');
    let records = lines.filter_map(|line| serde_json::from_slice(line).ok());
    (records.collect(), end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::{Destination, Refusal};

    fn refused() -> Event {
        Event::Refused {
            destination: Destination::parse("Evil.Example:443").unwrap(),
            refusal: Refusal::NotAllowed,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path())
            .unwrap()
            .join("log.jsonl");
        let recorder = NetworkRecorder::open(&path, "s1").unwrap();
        recorder.note(&refused());
        let other = NetworkRecorder::open(&path, "s2").unwrap();
        other.note(&Event::Closed {
            destination: Destination::parse("a.example:80").unwrap(),
            sent: 3,
            received: 5,
        });
        fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{ damaged\n{\"at\": \"2026-")
            .unwrap();
        let bytes = fs::read(&path).unwrap();
        let (found, read) = records(&bytes);
        let found: Vec<_> = found
            .iter()
            .map(|record| {
                (
                    record.session.as_str(),
                    record.destination.as_str(),
                    &record.outcome,
                )
            })
            .collect();
        let reason = "it is not allowed".to_owned();
        assert_eq!(
            found,
            [
                (
                    "s1",
                    "evil.example:443",
                    &NetworkOutcome::Refused { reason }
                ),
                (
                    "s2",
                    "a.example:80",
                    &NetworkOutcome::Ended {
                        sent: 3,
                        received: 5
                    }
                ),
            ]
        );
        assert!(bytes[read..].starts_with(b"{\"at\""));
    }

    #[test]
    fn a_session_does_not_fill_the_disk() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path())
            .unwrap()
            .join("log.jsonl");
        let recorder = NetworkRecorder::open(&path, "s").unwrap();
        for _ in 0..MOST_OF_A_SESSION + 10 {
            recorder.note(&refused());
        }
        assert_eq!(
            records(&fs::read(&path).unwrap()).0.len(),
            MOST_OF_A_SESSION
        );
        fs::write(&path, vec![b'x'; usize::try_from(LARGEST).unwrap() + 1]).unwrap();
        NetworkRecorder::open(&path, "s").unwrap().note(&refused());
        assert_eq!(records(&fs::read(&path).unwrap()).0.len(), 1);
        assert!(path.with_extension("old.jsonl").exists());
    }
}
