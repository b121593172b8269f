//! Where the logs of sessions are.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    sync::Arc,
    time::SystemTime,
};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::{LogEntry, LogEvent, Recorder};
use crate::{
    disk::{is_lock_held, make_private_dir},
    error_kind::ErrorKind,
    report::Reporter,
    session::SessionId,
};

/// How many of sessions that have ended are kept.
const KEPT: usize = 50;

const EXTENSION: &str = "jsonl";

/// No line that ocx writes is longer.
const LONGEST_LINE: u64 = 1 << 20;

/// The logs of a user's sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLogs {
    directory: Utf8PathBuf,
}

/// The log of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionLog {
    /// The session's ID.
    pub session: SessionId,
    /// Canonical root of its project.
    pub project: Utf8PathBuf,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// When it began.
    pub began: Timestamp,
    /// Where it is.
    pub path: Utf8PathBuf,
}

/// What has become of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// The process that runs it lives.
    Runs,
    /// Its program has ended, with this exit code.
    Ended {
        /// The exit code.
        code: u8,
        /// When.
        at: Timestamp,
    },
    /// It failed.
    Failed {
        /// The kind of failure.
        kind: ErrorKind,
        /// The error and its causes.
        error: String,
        /// When.
        at: Timestamp,
    },
    /// The process that ran it was killed, or the host went down.
    Lost,
}

/// Why the log of a session cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionLogError {
    /// No session is called so, or there is none of the project.
    #[error("{}", match id {
        Some(id) => format!("no session has an ID that begins with `{id}`"),
        None => "this project has had no session".to_owned(),
    })]
    None {
        /// What was asked for, if something was.
        id: Option<String>,
    },
    /// More than one is called so.
    #[error("more than one session has an ID that begins with `{id}`")]
    Ambiguous {
        /// What was asked for.
        id: String,
    },
    /// It cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl SessionLogs {
    /// Those of the user with this [state directory](crate::host::Dirs::state).
    #[must_use]
    pub fn new(state: &Utf8Path) -> Self {
        Self {
            directory: state.join("session-logs"),
        }
    }

    /// All that are kept, the newest first.
    #[must_use]
    pub fn all(&self) -> Vec<SessionLog> {
        let mut all: Vec<SessionLog> = self
            .files()
            .filter_map(|(session, path)| read_head(session, path))
            .collect();
        all.sort_by(|a, b| {
            let newest_first = b.began.cmp(&a.began);
            newest_first.then_with(|| a.session.cmp(&b.session))
        });
        all
    }

    /// That of the session whose ID begins with `id`, of the project at `root` before those of others; or of
    /// the project's newest.
    ///
    /// # Errors
    ///
    /// If there is none, or more than one.
    pub fn find(&self, id: Option<&str>, root: &Utf8Path) -> Result<SessionLog, SessionLogError> {
        one_of(self.all(), id, root)
    }

    /// The same of sessions that run.
    ///
    /// # Errors
    ///
    /// If there is none, or more than one.
    pub fn find_running(
        &self,
        id: Option<&str>,
        root: &Utf8Path,
    ) -> Result<SessionLog, SessionLogError> {
        let mut running = self.all();
        running.retain(SessionLog::is_of_running);
        one_of(running, id, root)
    }

    /// Begins the log of a session, and removes the oldest of those that have ended. `None` if it cannot be
    /// written.
    pub(crate) fn begin(
        &self,
        session: &SessionId,
        project: &Utf8Path,
        command: Vec<String>,
        reporter: Arc<dyn Reporter>,
    ) -> Option<Recorder> {
        make_private_dir(&self.directory).ok()?;
        self.forget_the_oldest();
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.path(session))
            .ok()?;
        // Who looks whether it is held has it for a moment.
        file.lock().ok()?;
        let recorder = Recorder::new(file, reporter);
        let project = project.to_owned();
        recorder.write(LogEvent::Began { project, command });
        Some(recorder)
    }

    /// Goes on with the log of a session that another process runs; `None` if it has none.
    pub(crate) fn go_on(
        &self,
        session: &str,
        command: Vec<String>,
        reporter: Arc<dyn Reporter>,
    ) -> Option<Recorder> {
        let path = self.path(&session.parse().ok()?);
        let file = OpenOptions::new().append(true).open(path).ok()?;
        let recorder = Recorder::new(file, reporter);
        recorder.write(LogEvent::Inside { command });
        Some(recorder)
    }

    /// Removes those of a project that is gone. What fails is forgotten when others come.
    pub(crate) fn forget_project(&self, root: &Utf8Path) {
        let logs = self.all().into_iter();
        for log in logs.filter(|log| log.project == root && !log.is_of_running()) {
            let _ = fs::remove_file(log.path);
        }
    }

    fn path(&self, session: &SessionId) -> Utf8PathBuf {
        self.directory.join(format!("{session}.{EXTENSION}"))
    }

    fn files(&self) -> impl Iterator<Item = (SessionId, Utf8PathBuf)> {
        let entries = self.directory.read_dir_utf8().into_iter().flatten();
        entries.flatten().filter_map(|entry| {
            let path = entry.into_path();
            let is_log = path.extension() == Some(EXTENSION);
            let session = path.file_stem()?.parse().ok()?;
            is_log.then_some((session, path))
        })
    }

    /// By the time when something was written last, so that none has to be read.
    fn forget_the_oldest(&self) {
        let mut files: Vec<(SystemTime, Utf8PathBuf)> = self
            .files()
            .filter_map(|(_, path)| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
            .collect();
        if files.len() < KEPT {
            return;
        }
        files.sort_unstable_by(|a, b| b.cmp(a));
        for (_, path) in files.into_iter().skip(KEPT - 1) {
            if !is_lock_held(&path) {
                // What stays is removed by the next one.
                let _ = fs::remove_file(path);
            }
        }
    }
}

impl SessionLog {
    /// What is written in it so far, and what will be.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read(&self) -> Result<LogReader, SessionLogError> {
        let path = self.path.clone();
        match File::open(&path) {
            Ok(file) => Ok(LogReader {
                file: BufReader::new(file),
                path,
                rest: Vec::new(),
            }),
            Err(source) => Err(SessionLogError::Read { path, source }),
        }
    }

    /// Whether the process that runs the session lives.
    #[must_use]
    pub fn is_of_running(&self) -> bool {
        is_lock_held(&self.path)
    }

    /// What has become of the session.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub fn state(&self) -> Result<SessionState, SessionLogError> {
        // In this order: the end is written before the lock is given up.
        if self.is_of_running() {
            return Ok(SessionState::Runs);
        }
        let entries = self.read()?.entries()?;
        let end = entries
            .into_iter()
            .rev()
            .find_map(|LogEntry { at, event }| match event {
                LogEvent::Ended { code } => Some(SessionState::Ended { code, at }),
                LogEvent::Failed { kind, error } => Some(SessionState::Failed { kind, error, at }),
                _ => None,
            });
        Ok(end.unwrap_or(SessionState::Lost))
    }

    /// Waits until the process that runs the session has ended. Blocks this thread.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub fn wait(&self) -> Result<SessionState, SessionLogError> {
        let waited = File::open(&self.path).and_then(|file| file.lock_shared());
        waited.map_err(|source| SessionLogError::Read {
            path: self.path.clone(),
            source,
        })?;
        self.state()
    }
}

/// Reads a session's log, also while it is written.
#[derive(Debug)]
pub struct LogReader {
    file: BufReader<File>,
    path: Utf8PathBuf,
    /// The beginning of a line.
    rest: Vec<u8>,
}

impl LogReader {
    /// What was written since the last time. Lines that are not understood are left out: a newer ocx may
    /// have written them.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub fn entries(&mut self) -> Result<Vec<LogEntry>, SessionLogError> {
        let mut entries = Vec::new();
        loop {
            let line = (&mut self.file).take(LONGEST_LINE);
            let read = { line }.read_until(b'\n', &mut self.rest);
            match read {
                Err(source) => {
                    let path = self.path.clone();
                    return Err(SessionLogError::Read { path, source });
                }
                Ok(0) => return Ok(entries),
                Ok(_) if self.rest.ends_with(b"\n") => {
                    entries.extend(serde_json::from_slice::<LogEntry>(&self.rest).ok());
                    self.rest.clear();
                }
                Ok(_) => {}
            }
        }
    }
}

fn read_head(session: SessionId, path: Utf8PathBuf) -> Option<SessionLog> {
    let mut line = Vec::new();
    let file = BufReader::new(File::open(&path).ok()?);
    { file.take(LONGEST_LINE) }
        .read_until(b'\n', &mut line)
        .ok()?;
    let entry: LogEntry = serde_json::from_slice(&line).ok()?;
    let LogEvent::Began { project, command } = entry.event else {
        return None;
    };
    Some(SessionLog {
        session,
        project,
        command,
        began: entry.at,
        path,
    })
}

fn one_of(
    all: Vec<SessionLog>,
    id: Option<&str>,
    root: &Utf8Path,
) -> Result<SessionLog, SessionLogError> {
    let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|log| log.project == root);
    let Some(id) = id else {
        let newest = own.into_iter().next();
        return newest.ok_or(SessionLogError::None { id: None });
    };
    for some in [own, others] {
        let mut called = some
            .into_iter()
            .filter(|log| log.session.as_str().starts_with(id));
        match (called.next(), called.next()) {
            (Some(log), None) => return Ok(log),
            (Some(_), Some(_)) => return Err(SessionLogError::Ambiguous { id: id.to_owned() }),
            (None, _) => {}
        }
    }
    let id = Some(id.to_owned());
    Err(SessionLogError::None { id })
}

#[cfg(test)]
mod tests;
