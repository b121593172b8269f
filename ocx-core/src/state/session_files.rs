//! The files of one session, and what sessions that died left behind.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    time::{Duration, SystemTime},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::project_store::ProjectStore;
use crate::disk::{is_file_name, open_lock_file};

const ID_FILE: &str = "cid";
const LOCK: &str = "lock";
/// How old a file must be to count as left over when there is no lock to tell.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The files of a running session, `sessions/<session>.*`. Dropping it removes them.
#[derive(Debug)]
#[must_use = "the files are removed when this is dropped"]
pub(crate) struct SessionFiles {
    id_file: Utf8PathBuf,
    lock_path: Utf8PathBuf,
    _lock: File,
}

impl SessionFiles {
    /// Claims the name `session` (a [`SessionId`](super::SessionId)) in the project's store.
    ///
    /// # Errors
    ///
    /// If the name is no file name, is taken by a session that runs, or the lock file cannot be
    /// made.
    pub(crate) fn begin(store: &ProjectStore, session: &str) -> Result<Self, SessionFilesError> {
        if !is_file_name(session) {
            return Err(SessionFilesError::InvalidName {
                session: session.to_owned(),
            });
        }
        let directory = store.sessions_dir();
        let lock_path = directory.join(format!("{session}.{LOCK}"));
        let id_file = directory.join(format!("{session}.{ID_FILE}"));
        let failed = |source| SessionFilesError::Io {
            path: lock_path.clone(),
            source,
        };
        let lock = loop {
            let file = open_lock_file(&lock_path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(SessionFilesError::Taken {
                        session: session.to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // A clean-up may have removed the file between the two calls above.
            if is_same_file(&file, &lock_path).map_err(failed)? {
                break file;
            }
        };
        // Engines refuse an ID file that exists.
        remove_if_there(&id_file).map_err(|source| SessionFilesError::Io {
            path: id_file.clone(),
            source,
        })?;
        Ok(Self {
            id_file,
            lock_path,
            _lock: lock,
        })
    }

    /// Where the engine writes the container's ID (`--cidfile`). It does not exist yet.
    #[must_use]
    pub(crate) fn id_file(&self) -> &Utf8Path {
        &self.id_file
    }

    /// The container's ID, once the engine has written it.
    #[cfg(test)]
    pub(crate) fn container_id(&self) -> Option<String> {
        read_container_id(&self.id_file)
    }
}

impl Drop for SessionFiles {
    fn drop(&mut self) {
        // A failure leaves files that the next clean-up removes. The lock goes last.
        let _ = fs::remove_file(&self.id_file);
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// What a session that died left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    /// The session's name.
    pub session: String,
    /// Its container, which may still run.
    pub container_id: Option<String>,
}

/// Removes the files of sessions that died and tells which they were, sorted by name.
///
/// A session is dead when nobody holds its lock. An ID file without a lock file is removed when it
/// is older than a day. Other files are not touched.
///
/// # Errors
///
/// If the directory cannot be read or a file cannot be removed.
pub(crate) fn remove_leftovers(
    store: &ProjectStore,
    now: SystemTime,
) -> Result<Vec<Leftover>, SessionFilesError> {
    let directory = store.sessions_dir();
    let failed = |path: &Utf8Path| {
        let path = path.to_owned();
        move |source| SessionFilesError::Io { path, source }
    };
    let mut sessions = std::collections::BTreeSet::new();
    for entry in directory.read_dir_utf8().map_err(failed(&directory))? {
        let entry = entry.map_err(failed(&directory))?;
        if let Some((session, ID_FILE | LOCK)) = entry.file_name().rsplit_once('.') {
            sessions.insert(session.to_owned());
        }
    }
    let mut removed = Vec::new();
    for session in sessions {
        let lock_path = directory.join(format!("{session}.{LOCK}"));
        let id_file = directory.join(format!("{session}.{ID_FILE}"));
        let lock = match File::open(&lock_path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&lock_path)(error)),
        };
        match &lock {
            Some(file) => match file.try_lock() {
                Ok(()) if is_same_file(file, &lock_path).map_err(failed(&lock_path))? => {}
                Ok(()) | Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(failed(&lock_path)(error)),
            },
            None if is_older_than_a_day(&id_file, now) => {}
            None => continue,
        }
        let container_id = read_container_id(&id_file);
        remove_if_there(&id_file).map_err(failed(&id_file))?;
        remove_if_there(&lock_path).map_err(failed(&lock_path))?;
        removed.push(Leftover {
            session,
            container_id,
        });
    }
    Ok(removed)
}

/// Whether the ocx that ran a session is gone without having ended it: its lock file is there, and nobody
/// holds it. Of a session of another user there is none.
pub(crate) fn is_abandoned(state_dir: &Utf8Path, project: &str, session: &str) -> bool {
    let Some(directory) = ProjectStore::sessions_dir_of(state_dir, project) else {
        return false;
    };
    is_file_name(session)
        && File::open(directory.join(format!("{session}.{LOCK}")))
            .is_ok_and(|file| file.try_lock().is_ok())
}

/// Why a session's files cannot be had or cleaned up.
#[derive(Debug, thiserror::Error)]
pub enum SessionFilesError {
    /// The name is no file name.
    #[error("`{session}` cannot name a session's files")]
    InvalidName {
        /// The name.
        session: String,
    },
    /// A running session has this name.
    #[error("the session `{session}` is running already")]
    Taken {
        /// The name.
        session: String,
    },
    /// A file cannot be made, locked or removed.
    #[error("cannot use `{path}`")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn is_same_file(file: &File, path: &Utf8Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn remove_if_there(path: &Utf8Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn is_older_than_a_day(path: &Utf8Path, now: SystemTime) -> bool {
    fs::symlink_metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|modified| now.duration_since(modified).ok())
        .is_some_and(|age| age > ABANDONED_AFTER)
}

fn read_container_id(path: &Utf8Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let id = text.trim();
    (!id.is_empty() && id.chars().all(|character| character.is_ascii_hexdigit()))
        .then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, ProjectStore) {
        let dir = tempfile::tempdir().unwrap();
        let state = Utf8Path::from_path(dir.path()).unwrap();
        let store = ProjectStore::open(state, "p", Utf8Path::new("/srv/p")).unwrap();
        (dir, store)
    }

    fn names(store: &ProjectStore) -> Vec<String> {
        let mut names: Vec<_> = store
            .sessions_dir()
            .read_dir_utf8()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_session_cleans_up_after_itself() {
        let (_guard, store) = store();
        let files = SessionFiles::begin(&store, "abc").unwrap();
        assert!(!files.id_file().exists());
        assert_eq!(files.container_id(), None);
        fs::write(files.id_file(), "0123abcd\n").unwrap();
        assert_eq!(files.container_id().as_deref(), Some("0123abcd"));
        assert!(matches!(
            SessionFiles::begin(&store, "abc"),
            Err(SessionFilesError::Taken { .. })
        ));
        drop(files);
        assert_eq!(names(&store), [""; 0]);
    }

    #[test]
    fn the_dead_are_removed_and_the_living_stay_however_old() {
        let (_guard, store) = store();
        let directory = store.sessions_dir();
        let alive = SessionFiles::begin(&store, "alive").unwrap();
        fs::write(alive.id_file(), "aa").unwrap();
        fs::write(directory.join("dead.lock"), "").unwrap();
        fs::write(directory.join("dead.cid"), "bb").unwrap();
        fs::write(directory.join("lone.cid"), "not an id").unwrap();
        fs::write(directory.join("notes.txt"), "").unwrap();
        let dead = Leftover {
            session: "dead".to_owned(),
            container_id: Some("bb".to_owned()),
        };
        let now = SystemTime::now();
        assert_eq!(remove_leftovers(&store, now).unwrap(), [dead]);
        assert_eq!(
            names(&store),
            ["alive.cid", "alive.lock", "lone.cid", "notes.txt"]
        );
        let later = now + 2 * ABANDONED_AFTER;
        let lone = Leftover {
            session: "lone".to_owned(),
            container_id: None,
        };
        assert_eq!(remove_leftovers(&store, later).unwrap(), [lone]);
        assert_eq!(names(&store), ["alive.cid", "alive.lock", "notes.txt"]);
    }

    #[test]
    fn a_dead_sessions_name_can_be_used_again() {
        let (_guard, store) = store();
        fs::write(store.sessions_dir().join("abc.lock"), "").unwrap();
        fs::write(store.sessions_dir().join("abc.cid"), "aa").unwrap();
        let files = SessionFiles::begin(&store, "abc").unwrap();
        assert!(!files.id_file().exists());
    }
}
