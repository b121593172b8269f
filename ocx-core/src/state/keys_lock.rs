//! Keeps sessions that have their keys outside apart from those that have them inside.

use std::{
    fs::{File, TryLockError},
    io,
};

use camino::Utf8PathBuf;

use super::project_store::ProjectStore;
use crate::{
    disk::{PrivateDirError, make_private_dir, open_lock_file},
    settings::KeysPlace,
};

const DIRECTORY: &str = "keys-lock";
const GATE: &str = "gate";

/// Held by a session as long as it runs. All sessions of a project use one file of logins and one copy of
/// opencode's configuration, so one that has the keys in them would show them to one that has not.
///
/// Each place has a file whose shared lock its sessions hold, and whoever comes takes the gate while it
/// looks at the other's.
#[derive(Debug)]
#[must_use = "the other place is free again when this is dropped"]
pub(crate) struct KeysLock {
    _shared: File,
}

impl KeysLock {
    /// Takes the lock without waiting for other sessions to end.
    ///
    /// # Errors
    ///
    /// [`KeysLockError::OtherPlace`] while a session runs that has its keys in the other place.
    pub(crate) fn acquire(store: &ProjectStore, place: KeysPlace) -> Result<Self, KeysLockError> {
        let directory = store.directory().join(DIRECTORY);
        make_private_dir(&directory)?;
        let open = |name: &str| {
            let path = directory.join(name);
            let file = open_lock_file(&path).map_err(io_error(path.clone()));
            file.map(|file| (file, path))
        };
        let (gate, path) = open(GATE)?;
        gate.lock().map_err(io_error(path))?;
        let other = match place {
            KeysPlace::Inside => KeysPlace::Outside,
            KeysPlace::Outside => KeysPlace::Inside,
        };
        let (others, path) = open(&other.to_string())?;
        match others.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(KeysLockError::OtherPlace { running: other });
            }
            Err(TryLockError::Error(source)) => return Err(KeysLockError::Io { path, source }),
        }
        let (shared, path) = open(&place.to_string())?;
        shared.lock_shared().map_err(io_error(path))?;
        Ok(Self { _shared: shared })
    }
}

/// Why the lock cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysLockError {
    /// A session has its keys in the other place.
    #[error("a session of this project is running with its API keys {running}")]
    OtherPlace {
        /// Where they are.
        running: KeysPlace,
    },
    /// The directory of locks is unusable.
    #[error("the directory of locks is unusable")]
    Directory(#[from] PrivateDirError),
    /// A lock file cannot be used.
    #[error("cannot lock `{path}`")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn io_error(path: Utf8PathBuf) -> impl FnOnce(io::Error) -> KeysLockError {
    move |source| KeysLockError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_sessions_of_a_project_have_their_keys_in_one_place() {
        let (_guard, store) = ProjectStore::temporary();
        for (place, other) in [
            (KeysPlace::Inside, KeysPlace::Outside),
            (KeysPlace::Outside, KeysPlace::Inside),
        ] {
            let first = KeysLock::acquire(&store, place).unwrap();
            let second = KeysLock::acquire(&store, place).unwrap();
            drop(first);
            let refused = KeysLock::acquire(&store, other).unwrap_err();
            let expected =
                format!("a session of this project is running with its API keys {place}");
            assert_eq!(refused.to_string(), expected);
            drop(second);
            drop(KeysLock::acquire(&store, other).unwrap());
        }
    }
}
