//! Writing a session's log.

use std::{
    fs::File,
    io::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{LogEntry, LogEvent};
use crate::report::{Event, Reporter};

/// More of a session is not kept, but for how it ends: programs may be run in it for days.
const MOST: u64 = 1 << 20;

/// Writes down what happens, and hands it on. What cannot be written is left out: no session fails for it.
#[derive(Debug)]
pub(crate) struct Recorder {
    file: Mutex<File>,
    written: AtomicU64,
    reporter: Arc<dyn Reporter>,
}

impl Recorder {
    pub(super) fn new(file: File, reporter: Arc<dyn Reporter>) -> Self {
        let written = file.metadata().map_or(0, |metadata| metadata.len());
        Self {
            file: Mutex::new(file),
            written: AtomicU64::new(written),
            reporter,
        }
    }

    /// Writes something down, unless there is too much already.
    pub(crate) fn write(&self, event: LogEvent) {
        if self.written.load(Ordering::Relaxed) < MOST {
            self.append(event);
        }
    }

    /// Writes down how it ended.
    pub(crate) fn end(&self, event: LogEvent) {
        self.append(event);
    }

    fn append(&self, event: LogEvent) {
        let Ok(mut line) = serde_json::to_vec(&LogEntry::now(event)) else {
            return;
        };
        line.push(b'\n');
        self.written.fetch_add(line.len() as u64, Ordering::Relaxed);
        let file = self.file.lock();
        let mut file = file.unwrap_or_else(std::sync::PoisonError::into_inner);
        // In one call, so that lines of several processes do not get into each other.
        let _ = file.write_all(&line);
    }
}

impl Reporter for Recorder {
    fn report(&self, event: Event<'_>) {
        if let Some(event) = LogEvent::of(&event.kind) {
            self.write(event);
        }
        self.reporter.report(event);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::report::{EventKind, Silent};

    #[test]
    fn a_log_does_not_grow_for_ever_and_still_tells_the_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let recorder = Recorder::new(file.reopen().unwrap(), Arc::new(Silent));
        let line = "x".repeat(1000);
        for _ in 0..2000 {
            recorder.report(EventKind::EngineCommand { line: &line }.into());
        }
        recorder.end(LogEvent::Ended { code: 3 });
        let text = fs::read_to_string(file.path()).unwrap();
        assert!((1 << 20..(1 << 20) + 2000).contains(&text.len()));
        let last: LogEntry = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(last.event, LogEvent::Ended { code: 3 });
    }
}
