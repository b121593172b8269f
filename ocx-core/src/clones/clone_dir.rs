//! Where the files of a clone are, and what is remembered about it.

use std::{
    collections::HashSet,
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::PermissionsExt,
    time::{Duration, SystemTime},
};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CloneError, refs::is_session, selection::Selection};
use crate::{
    disk::{is_lock_held, make_private_dir, open_lock_file, read_json, write_json},
    git_guard::HeldDir,
    hidden::Patterns,
};

const CLONES: &str = "clones";
const RECORD: &str = "record.json";
const LOCK: &str = "lock";

/// The name under which a session finds the objects of the user's repository, beside its project, and
/// under which ocx has them beside the clone: one relative path is right in both places.
pub(crate) const BORROWED: &str = ".ocx-objects-";

/// What is remembered about a clone. It is written when the clone is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// When the session began.
    pub(crate) created: Timestamp,
    /// The Git directory of the user's working tree.
    pub(crate) git_dir: Utf8PathBuf,
    /// The directories with objects that the clone borrows.
    pub(crate) objects: Vec<Utf8PathBuf>,
    /// The name of the hash.
    pub(crate) object_format: String,
    /// The commit that the session began with.
    pub(crate) base: Option<String>,
    /// The branch that it began on, in full.
    pub(crate) branch: Option<String>,
    /// For a project below the top of its repository, where it is.
    pub(crate) below: Option<Utf8PathBuf>,
    /// Paths that were not checked out, relative to the top.
    pub(crate) hidden: HashSet<Utf8PathBuf>,
    /// Patterns of what is hidden, in one list a layer of settings.
    pub(crate) patterns: Vec<Vec<String>>,
    /// Where the history of the user's repository was cut off.
    pub(crate) shallow: Option<String>,
    /// The remote that has the objects which are not here.
    pub(crate) partial_clone: Option<String>,
    /// What is not taken for the session's work.
    pub(crate) exclude: String,
    /// The session's container.
    pub(crate) container: String,
    /// The key of the engine that it runs on.
    pub(crate) engine: String,
    /// Whether it was made for a command that was only printed.
    pub(crate) planned: bool,
    /// Why the work could not be brought, or what else keeps the clone.
    pub(crate) kept: Option<String>,
}

impl Record {
    /// What of the commit was checked out.
    pub(crate) fn selection(&self) -> Selection {
        let patterns = Patterns::new(&self.patterns);
        Selection::new(self.below.as_deref(), self.hidden.iter().cloned(), patterns)
    }

    /// How many digits the name of an object has.
    pub(crate) fn object_length(&self) -> usize {
        if self.object_format == "sha256" {
            64
        } else {
            40
        }
    }
}

/// The directory of one clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CloneDir {
    path: Utf8PathBuf,
    session: String,
}

impl CloneDir {
    /// The one of `session` in a project's store.
    pub(crate) fn new(store: &Utf8Path, session: &str) -> Self {
        Self {
            path: store.join(CLONES).join(session),
            session: session.to_owned(),
        }
    }

    /// All that there are, sorted by session. One of which nothing can be read has none.
    pub(crate) fn all(store: &Utf8Path) -> Vec<Self> {
        let Ok(entries) = store.join(CLONES).read_dir_utf8() else {
            return Vec::new();
        };
        let mut sessions: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_owned()))
            .filter(|name| is_session(name))
            .collect();
        sessions.sort();
        sessions
            .iter()
            .map(|session| Self::new(store, session))
            .collect()
    }

    pub(crate) fn path(&self) -> &Utf8Path {
        &self.path
    }

    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// The working tree, with the session's own `.git` in it.
    pub(crate) fn tree(&self) -> Utf8PathBuf {
        self.path.join("tree")
    }

    /// The session's Git directory. Git is never run in it once the session has begun.
    pub(crate) fn git_dir(&self) -> Utf8PathBuf {
        self.tree().join(".git")
    }

    /// The index as it was when all was checked out, out of the session's reach.
    pub(crate) fn index(&self) -> Utf8PathBuf {
        self.path.join("index")
    }

    /// The references as they were then.
    pub(crate) fn refs(&self) -> Utf8PathBuf {
        self.path.join("refs.json")
    }

    /// The Git directory in which ocx looks at the session's work.
    pub(crate) fn quarantine(&self) -> Utf8PathBuf {
        self.path.join("quarantine")
    }

    /// A link to one of the directories with borrowed objects.
    pub(crate) fn borrowed(&self, number: usize) -> Utf8PathBuf {
        self.path.join(format!("{BORROWED}{number}"))
    }

    /// Makes the directory, and holds it for as long as the file is open.
    pub(crate) fn make(&self) -> Result<File, CloneError> {
        make_private_dir(&self.path)?;
        let path = self.path.join(LOCK);
        let file = open_lock_file(&path).map_err(CloneError::file(&path))?;
        // Whoever looks at it has it for a moment only.
        file.lock().map_err(CloneError::file(&path))?;
        Ok(file)
    }

    /// Holds it; `None` while somebody else does.
    pub(crate) fn try_lock(&self) -> Result<Option<File>, CloneError> {
        let path = self.path.join(LOCK);
        let file = open_lock_file(&path).map_err(CloneError::file(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(CloneError::File { path, source }),
        }
    }

    /// Whether somebody holds it. Looking takes it from nobody.
    pub(crate) fn is_held(&self) -> bool {
        is_lock_held(&self.path.join(LOCK))
    }

    /// For how long it has been there.
    pub(crate) fn age(&self) -> Option<Duration> {
        let made = fs::symlink_metadata(&self.path).and_then(|metadata| metadata.modified());
        SystemTime::now().duration_since(made.ok()?).ok()
    }

    /// What is remembered; `None` if the clone was never complete.
    pub(crate) fn record(&self) -> Option<Record> {
        read_json(&self.path.join(RECORD))
    }

    pub(crate) fn remember(&self, record: &Record) -> Result<(), CloneError> {
        let path = self.path.join(RECORD);
        write_json(&path, record).map_err(CloneError::file(path))
    }

    /// Removes it with all that is in it.
    pub(crate) fn remove(&self) -> Result<(), CloneError> {
        // Without its record it is one that was never complete, whatever is left of it.
        let _ = fs::remove_file(self.path.join(RECORD));
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                open_up(&self.tree());
                fs::remove_dir_all(&self.path)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
        .map_err(CloneError::file(&self.path))
    }
}

/// Lets the user into all directories: a session may have taken that away.
fn open_up(top: &Utf8Path) {
    let mut queue = vec![std::path::PathBuf::new()];
    let _ = fs::set_permissions(top, fs::Permissions::from_mode(0o700));
    let Ok(held) = HeldDir::top(top) else { return };
    while let Some(path) = queue.pop() {
        let Ok(Some(directory)) = held.dir(&path) else {
            continue;
        };
        for (name, file_type) in directory.entries().unwrap_or_default() {
            if file_type == rustix::fs::FileType::Directory {
                let mode = rustix::fs::Mode::RWXU;
                let _ =
                    rustix::fs::chmodat(&directory.fd, &name, mode, rustix::fs::AtFlags::empty());
                queue.push(path.join(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_goes_even_if_a_session_locked_its_directories() {
        let directory = tempfile::tempdir().unwrap();
        let store = Utf8Path::from_path(directory.path()).unwrap();
        let clone = CloneDir::new(store, "abc");
        let lock = clone.make().unwrap();
        assert!(clone.try_lock().unwrap().is_none());
        drop(lock);
        assert!(clone.try_lock().unwrap().is_some());
        fs::create_dir_all(clone.tree().join("a/b")).unwrap();
        let keep = store.join("keep");
        fs::write(&keep, "").unwrap();
        std::os::unix::fs::symlink(store, clone.tree().join("a/link")).unwrap();
        for path in ["a/b", "a", ""] {
            let none = fs::Permissions::from_mode(0o000);
            fs::set_permissions(clone.tree().join(path), none).unwrap();
        }
        assert_eq!(CloneDir::all(store), std::slice::from_ref(&clone));
        clone.remove().unwrap();
        assert_eq!(CloneDir::all(store), []);
        assert!(keep.exists());
        clone.remove().unwrap();
    }

    #[test]
    fn what_is_no_clone_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let store = Utf8Path::from_path(directory.path()).unwrap();
        assert_eq!(CloneDir::all(store), []);
        for name in ["abc", "a b", ".hidden"] {
            fs::create_dir_all(store.join("clones").join(name)).unwrap();
        }
        assert_eq!(CloneDir::all(store), [CloneDir::new(store, "abc")]);
        assert_eq!(CloneDir::new(store, "abc").record(), None);
    }
}
