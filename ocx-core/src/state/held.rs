//! Whether anybody is at work in the store of a project.

use std::fs::{File, TryLockError};

use camino::Utf8Path;

use crate::clones::CloneDir;

/// Whether a session of the project runs or begins, or somebody is at work on one of its clones, by the
/// locks in its store. Looking takes a lock from nobody. One that cannot be looked at is held.
pub(crate) fn is_held(store: &Utf8Path) -> bool {
    let sessions = store.join("sessions").read_dir_utf8();
    sessions.into_iter().flatten().flatten().any(|entry| {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        is_file && is_locked(entry.path())
    }) || CloneDir::all(store).iter().any(CloneDir::is_held)
}

fn is_locked(file: &Utf8Path) -> bool {
    match File::open(file).map(|file| file.try_lock_shared()) {
        Ok(Ok(())) => false,
        // Locks go with whoever held them.
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::ProjectStore;

    #[test]
    fn each_lock_of_a_session_counts() {
        let (_guard, store) = ProjectStore::temporary();
        let held = || is_held(store.directory());
        assert!(!held());
        let clone = CloneDir::new(store.directory(), "abc").make().unwrap();
        assert!(held());
        drop(clone);
        assert!(!held());
        let session = crate::disk::open_lock_file(&store.sessions_dir().join("a.lock")).unwrap();
        session.lock().unwrap();
        assert!(held());
        drop(session);
        assert!(!held());
    }
}
