//! The files of one session, and what sessions that died left behind.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{project_store::ProjectStore, stop_mark::remove_mark};
use crate::{
    disk::{is_file_name, open_lock_file, write_atomically},
    spec::ContainerName,
};

pub(super) const LOCK: &str = "lock";
/// What a session writes once its container surely runs: the engine's key and the container's name.
pub(super) const RUNS: &str = "runs";
/// The longest name of a container that is read.
const LONGEST_NAME: u64 = 1024;

/// The files of a running session: `sessions/<session>.lock`, with the name of its container in it, and
/// `<session>.runs` once that surely runs. Dropping it removes them.
#[derive(Debug)]
#[must_use = "the files are removed when this is dropped"]
pub(crate) struct SessionFiles {
    lock_path: Utf8PathBuf,
    container: ContainerName,
    _lock: File,
}

impl SessionFiles {
    /// Claims the name `session` (a [`SessionId`](super::SessionId)) in the project's store, for a
    /// session in `container`.
    ///
    /// # Errors
    ///
    /// If the name is no file name, is taken by a session that runs, or the lock file cannot be
    /// made.
    pub(crate) fn begin(
        store: &ProjectStore,
        session: &str,
        container: &ContainerName,
    ) -> Result<Self, SessionFilesError> {
        if !is_file_name(session) {
            return Err(SessionFilesError::InvalidName {
                session: session.to_owned(),
            });
        }
        let lock_path = store.sessions_dir().join(format!("{session}.{LOCK}"));
        let failed = |source| SessionFilesError::Io {
            path: lock_path.clone(),
            source,
        };
        let mut lock = loop {
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
        lock.set_len(0)
            .and_then(|()| lock.write_all(container.as_str().as_bytes()))
            .map_err(failed)?;
        let files = Self {
            lock_path,
            container: container.clone(),
            _lock: lock,
        };
        files.container_ended();
        Ok(files)
    }

    /// Writes down that the container runs, on the engine with the key `engine`. A failure only makes
    /// others ask the engine.
    pub(crate) fn container_runs(&self, engine: &str) {
        let text = format!("{engine}\n{}", self.container);
        let _ = write_atomically(&self.runs(), text.as_bytes(), 0o600);
    }

    /// Takes that back.
    pub(crate) fn container_ended(&self) {
        let _ = fs::remove_file(self.runs());
    }

    fn runs(&self) -> Utf8PathBuf {
        self.lock_path.with_extension(RUNS)
    }
}

impl Drop for SessionFiles {
    fn drop(&mut self) {
        // A failure leaves files that the next clean-up removes. The lock goes last.
        self.container_ended();
        if let (Some(directory), Some(session)) =
            (self.lock_path.parent(), self.lock_path.file_stem())
        {
            remove_mark(directory, session);
        }
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// The directory of what covers hidden paths in a session's container, and in no other.
pub(crate) fn covers_dir(store: &ProjectStore, session: &str) -> Utf8PathBuf {
    store.sessions_dir().join(format!("{session}.covers"))
}

/// The directory of a session's bridge to the network, if it has one.
pub(crate) fn bridge_dir(store: &ProjectStore, session: &str) -> Utf8PathBuf {
    store.sessions_dir().join(format!("{session}.bridge"))
}

/// Makes anew a directory that one session has mounted. The user in the container may have another number;
/// the directory above is for nobody else.
pub(crate) fn make_mounted_dir(path: &Utf8Path) -> io::Result<()> {
    let _ = fs::remove_dir_all(path);
    fs::DirBuilder::new().mode(0o755).create(path)
}

/// The directory of a session that is a login, by which it tells what it needs of the host.
pub(crate) fn login_dir(store: &ProjectStore, session: &str) -> Utf8PathBuf {
    store.sessions_dir().join(format!("{session}.login"))
}

/// The file of the rules that the user added while a session was running. Never mounted.
pub(crate) fn admitted_hosts_file(store: &ProjectStore, session: &str) -> Utf8PathBuf {
    store.sessions_dir().join(format!("{session}.admitted"))
}

/// The file of the hosts that wait for the user's word. Never mounted.
pub(crate) fn pending_hosts_file(store: &ProjectStore, session: &str) -> Utf8PathBuf {
    store.sessions_dir().join(format!("{session}.pending"))
}

/// The project's sessions that run now with a list for a network, sorted: they have such a file.
pub(crate) fn filtered_sessions(store: &ProjectStore) -> io::Result<Vec<String>> {
    let mut sessions = Vec::new();
    for entry in store.sessions_dir().read_dir_utf8()? {
        let entry = entry?;
        let name = entry.file_name().strip_suffix(".admitted");
        let lock = |name: &str| store.sessions_dir().join(format!("{name}.{LOCK}"));
        // Nobody holds the lock of one whose ocx was killed.
        let is_open = |name: &&str| {
            File::open(lock(name))
                .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
        };
        sessions.extend(name.filter(is_open).map(str::to_owned));
    }
    sessions.sort();
    Ok(sessions)
}

/// What a session that died left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leftover {
    /// The session's name.
    pub session: String,
    /// Its container, which may still run.
    pub container: Option<ContainerName>,
}

/// Removes the files of sessions that died and tells which they were, sorted by name.
///
/// A session is dead when nobody holds its lock. Other files are not touched.
///
/// # Errors
///
/// If the directory cannot be read or a file cannot be removed.
pub(crate) fn remove_leftovers(store: &ProjectStore) -> Result<Vec<Leftover>, SessionFilesError> {
    let directory = store.sessions_dir();
    let failed = |path: &Utf8Path| {
        let path = path.to_owned();
        move |source| SessionFilesError::Io { path, source }
    };
    let mut sessions = std::collections::BTreeSet::new();
    for entry in directory.read_dir_utf8().map_err(failed(&directory))? {
        let entry = entry.map_err(failed(&directory))?;
        if let Some((session, LOCK)) = entry.file_name().rsplit_once('.') {
            sessions.insert(session.to_owned());
        }
    }
    let mut removed = Vec::new();
    for session in sessions {
        let lock_path = directory.join(format!("{session}.{LOCK}"));
        let lock = match File::open(&lock_path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&lock_path)(error)),
        };
        match lock.try_lock() {
            Ok(()) if is_same_file(&lock, &lock_path).map_err(failed(&lock_path))? => {}
            Ok(()) | Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => return Err(failed(&lock_path)(error)),
        }
        let container = read_name(&lock);
        let runs = lock_path.with_extension(RUNS);
        remove_if_there(&runs).map_err(failed(&runs))?;
        let _ = fs::remove_dir_all(covers_dir(store, &session));
        let _ = fs::remove_dir_all(bridge_dir(store, &session));
        let _ = fs::remove_dir_all(login_dir(store, &session));
        let _ = fs::remove_file(admitted_hosts_file(store, &session));
        let _ = fs::remove_file(pending_hosts_file(store, &session));
        remove_mark(&directory, &session);
        remove_if_there(&lock_path).map_err(failed(&lock_path))?;
        removed.push(Leftover { session, container });
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

fn read_name(file: &File) -> Option<ContainerName> {
    let mut text = String::new();
    file.take(LONGEST_NAME).read_to_string(&mut text).ok()?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn name(text: &str) -> ContainerName {
        text.parse().unwrap()
    }

    #[test]
    fn a_session_cleans_up_after_itself() {
        let (_guard, store) = ProjectStore::temporary();
        let files = SessionFiles::begin(&store, "abc", &name("ocx-p-abc")).unwrap();
        assert!(matches!(
            SessionFiles::begin(&store, "abc", &name("ocx-p-abc")),
            Err(SessionFilesError::Taken { .. })
        ));
        drop(files);
        assert_eq!(names(&store), [""; 0]);
    }

    #[test]
    fn the_dead_are_removed_and_the_living_stay() {
        let (_guard, store) = ProjectStore::temporary();
        let directory = store.sessions_dir();
        let _alive = SessionFiles::begin(&store, "alive", &name("ocx-p-alive")).unwrap();
        fs::write(directory.join("dead.lock"), "ocx-p-dead").unwrap();
        fs::write(directory.join("odd.lock"), "--all; rm").unwrap();
        fs::write(directory.join("notes.txt"), "").unwrap();
        for session in ["alive", "dead"] {
            fs::create_dir(bridge_dir(&store, session)).unwrap();
            fs::write(pending_hosts_file(&store, session), "[]").unwrap();
        }
        let left = |session: &str, container| Leftover {
            session: session.to_owned(),
            container,
        };
        let dead = left("dead", Some(name("ocx-p-dead")));
        assert_eq!(remove_leftovers(&store).unwrap(), [dead, left("odd", None)]);
        let stays = ["alive.bridge", "alive.lock", "alive.pending", "notes.txt"];
        assert_eq!(names(&store), stays);
    }

    #[test]
    fn a_dead_sessions_name_can_be_used_again() {
        let (_guard, store) = ProjectStore::temporary();
        let path = store.sessions_dir().join("abc.lock");
        fs::write(&path, "ocx-p-abc-and-more").unwrap();
        let _files = SessionFiles::begin(&store, "abc", &name("ocx-p-abc")).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "ocx-p-abc");
    }
}
