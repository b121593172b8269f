//! That somebody asked for a session's end, so that what runs it need not take that for the program's own.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::{project_store::ProjectStore, session_files::LOCK};
use crate::disk::{is_file_name, is_lock_held, write_atomically};

const MARK: &str = "stopped";

/// The file `sessions/<session>.stopped` of a project's store. Never mounted.
fn mark(sessions: &Utf8Path, session: &str) -> Utf8PathBuf {
    sessions.join(format!("{session}.{MARK}"))
}

/// Writes down that a session that runs is about to be stopped. Without it, or for a session of another
/// user, its ocx tells the end as the program's.
pub(crate) fn mark_as_stopped(state_dir: &Utf8Path, project: &str, session: &str) {
    let Some(sessions) = ProjectStore::sessions_dir_of(state_dir, project) else {
        return;
    };
    // Only what runs a session removes the mark again.
    if is_file_name(session) && is_lock_held(&sessions.join(format!("{session}.{LOCK}"))) {
        let _ = write_atomically(&mark(&sessions, session), b"", 0o600);
    }
}

/// Whether that is written down.
pub(crate) fn is_marked_as_stopped(store: &ProjectStore, session: &str) -> bool {
    mark(&store.sessions_dir(), session).exists()
}

/// Takes it back.
pub(super) fn remove_mark(store_sessions: &Utf8Path, session: &str) {
    let _ = fs::remove_file(mark(store_sessions, session));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{ProjectStore, SessionFiles, remove_leftovers};

    #[test]
    fn only_what_runs_is_marked_and_nothing_stays() {
        let (_guard, store) = ProjectStore::temporary();
        let project = store.directory().file_name().unwrap();
        let state = store.directory().parent().unwrap().parent().unwrap();
        let stop = |session: &str| mark_as_stopped(state, project, session);
        for session in ["none", "../none", ""] {
            stop(session);
        }
        assert_eq!(store.sessions_dir().read_dir_utf8().unwrap().count(), 0);

        let container = "ocx-x".parse().unwrap();
        let files = SessionFiles::begin(&store, "abc", &container).unwrap();
        assert!(!is_marked_as_stopped(&store, "abc"));
        stop("abc");
        assert!(is_marked_as_stopped(&store, "abc"));
        drop(files);
        assert_eq!(store.sessions_dir().read_dir_utf8().unwrap().count(), 0);

        // One that died while it was stopped.
        let files = SessionFiles::begin(&store, "abc", &container).unwrap();
        stop("abc");
        let lock = store.sessions_dir().join("abc.lock");
        let text = fs::read(&lock).unwrap();
        drop(files);
        fs::write(&lock, text).unwrap();
        fs::write(mark(&store.sessions_dir(), "abc"), "").unwrap();
        stop("abc");
        remove_leftovers(&store).unwrap();
        assert_eq!(store.sessions_dir().read_dir_utf8().unwrap().count(), 0);
    }
}
