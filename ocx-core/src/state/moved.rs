//! Projects whose directory has another path now.
//!
//! The ID of a project is made from its path, and the store of a project, with its conversations, logins and
//! clones, has the ID as its name. A project that was moved takes its store along: the store gets the name of
//! the new place. Its homes cannot: engines rename no volumes. So a store says whose name its homes have.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    time::UNIX_EPOCH,
};

use camino::{Utf8DirEntry, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::{
    is_held,
    project_store::{PLACEHOLDERS, PROJECT_FILE, ProjectStore},
};
use crate::{
    disk::{
        Trash, is_gone, make_private_dir, open_lock_file, read_json, read_text, write_atomically,
        write_json,
    },
    project::ProjectId,
};

const LOCK: &str = "adopt.lock";
const IDENTITY: &str = "directory.json";
const HOME_OF: &str = "home-of";
/// No ID is longer, in bytes.
const LONGEST_ID: u64 = 256;

/// What stays the same of a directory that is renamed, and is no other directory's: its inode and when it
/// was made. Device numbers are left out, since some file systems get others after each boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    inode: u64,
    /// Nanoseconds since 1970.
    made: String,
}

impl Identity {
    /// `None` on file systems that do not know when something was made.
    fn of(directory: &Utf8Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(directory).ok()?;
        let made = metadata.created().ok()?.duration_since(UNIX_EPOCH).ok()?;
        metadata.is_dir().then(|| Self {
            inode: metadata.ino(),
            made: made.as_nanos().to_string(),
        })
    }
}

/// Why what a project had cannot be taken over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdoptError {
    /// ocx knows no project there.
    #[error("ocx knows no project at `{root}`")]
    Unknown {
        /// Where.
        root: Utf8PathBuf,
    },
    /// The directory is still there, and its project needs what it has.
    #[error("`{root}` is still there, and what ocx keeps for it is that project's")]
    StillThere {
        /// Where.
        root: Utf8PathBuf,
    },
    /// A session of one of the two runs.
    #[error("a session of the project at `{root}` runs, or its clone is at work")]
    Busy {
        /// Of which.
        root: Utf8PathBuf,
    },
    /// It has had sessions itself.
    #[error("the project at `{root}` has conversations or logins of its own")]
    HasItsOwn {
        /// Of which.
        root: Utf8PathBuf,
    },
    /// A file or directory cannot be moved or written.
    #[error("cannot take over `{path}`")]
    File {
        /// Which.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// What is known about the trust in it cannot be taken over.
    #[error(transparent)]
    Trust(#[from] crate::trust::TrustError),
}

impl AdoptError {
    fn file(path: &Utf8Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}

impl ProjectStore {
    /// Writes down which directory the project is, so that it is known by that after it was moved. What
    /// fails only keeps it from being recognised.
    pub(crate) fn remember_directory(&self, root: &Utf8Path) {
        let file = self.directory().join(IDENTITY);
        if let Some(now) = Identity::of(root)
            && known_identity(self.directory()).as_ref() != Some(&now)
        {
            let _ = write_json(&file, &now);
        }
    }

    /// Whose name the homes of this store's project have.
    #[must_use]
    pub(crate) fn home_of(&self, project: &ProjectId) -> ProjectId {
        home_of(self.directory(), project)
    }

    /// The root that a project without a session had before its directory was moved to `root`, if ocx knows
    /// it.
    #[must_use]
    pub(crate) fn moved_from(
        state: &Utf8Path,
        project: &ProjectId,
        root: &Utf8Path,
    ) -> Option<Utf8PathBuf> {
        if has_content(&Self::place(state, project.as_str())) {
            return None;
        }
        let now = Identity::of(root)?;
        let mut gone = Self::of_gone(state);
        let found = gone.find(|(store, _)| known_identity(store).as_ref() == Some(&now));
        found.map(|(_, root)| root)
    }

    /// The roots of projects that are not there any more.
    pub(crate) fn gone(state: &Utf8Path) -> Vec<Utf8PathBuf> {
        Self::of_gone(state).map(|(_, root)| root).collect()
    }

    fn of_gone(state: &Utf8Path) -> impl Iterator<Item = (Utf8PathBuf, Utf8PathBuf)> {
        let all = Self::all(state).into_iter();
        all.filter(|(_, root)| is_gone(root))
    }

    /// Whether the store of the project that was at `from` may be given to the one at `to`. With `replace`
    /// that may have had sessions.
    pub(crate) fn check_adoption(
        state: &Utf8Path,
        from: &Utf8Path,
        to: &Utf8Path,
        replace: bool,
    ) -> Result<(), AdoptError> {
        let [old, new] = [from, to].map(|root| Place::of(state, root));
        let root = from.to_owned();
        if !Self::exists(state, old.id.as_str()) || from == to {
            return Err(AdoptError::Unknown { root });
        }
        if !is_gone(from) {
            return Err(AdoptError::StillThere { root });
        }
        for (place, root) in [(&old, from), (&new, to)] {
            if is_held(&place.store) {
                let root = root.to_owned();
                return Err(AdoptError::Busy { root });
            }
        }
        if has_content(&new.store) && !replace {
            let root = to.to_owned();
            return Err(AdoptError::HasItsOwn { root });
        }
        Ok(())
    }

    /// Waits until nobody else gives a store to another project.
    pub(crate) fn lock_adoptions(state: &Utf8Path) -> Result<File, AdoptError> {
        make_private_dir(state)
            .map_err(|error| AdoptError::file(state)(io::Error::other(error)))?;
        let path = state.join(LOCK);
        let locked = open_lock_file(&path).and_then(|file| file.lock().map(|()| file));
        locked.map_err(AdoptError::file(&path))
    }

    /// Gives the store of the project that was at `from` to the one at `to`, which loses what it has. For
    /// who holds [the lock](Self::lock_adoptions) and has [looked](Self::check_adoption) since.
    /// Interrupted, it goes on when it is called again.
    pub(crate) fn adopt(
        state: &Utf8Path,
        from: &Utf8Path,
        to: &Utf8Path,
    ) -> Result<(), AdoptError> {
        let [old, new] = [from, to].map(|root| Place::of(state, root));
        let home = home_of(&old.store, &old.id);
        let trash = Trash::new(state);
        trash
            .throw(&new.store)
            .map_err(AdoptError::file(&new.store))?;
        write_home_of(&old.store, &home)?;
        // From here on it is nobody's until it has its new name.
        let file = old.store.join(PROJECT_FILE);
        write_atomically(&file, to.as_str().as_bytes(), 0o600).map_err(AdoptError::file(&file))?;
        fs::rename(&old.store, &new.store).map_err(AdoptError::file(&old.store))?;
        leave_behind(&old.store, from, &home)
    }

    /// Throws the store of the project at `root` away.
    pub(crate) fn discard(state: &Utf8Path, store: &Utf8Path, root: &Utf8Path) -> io::Result<()> {
        let id = ProjectId::of(root);
        let home = home_of(store, &id);
        Trash::new(state).throw(store)?;
        if home == id {
            return Ok(());
        }
        leave_behind(store, root, &home).map_err(io::Error::other)
    }
}

/// A place for a project, and for its store.
struct Place {
    id: ProjectId,
    store: Utf8PathBuf,
}

impl Place {
    fn of(state: &Utf8Path, root: &Utf8Path) -> Self {
        let id = ProjectId::of(root);
        Self {
            store: ProjectStore::place(state, id.as_str()),
            id,
        }
    }
}

/// Whose name the homes have that belong to the store of a project.
pub(crate) fn home_of(store: &Utf8Path, project: &ProjectId) -> ProjectId {
    let text = read_text(&store.join(HOME_OF), LONGEST_ID).ok();
    text.and_then(|text| ProjectId::kept(&text))
        .unwrap_or_else(|| project.clone())
}

/// Whether there is more in a store than what is made in each: a command that only looks may have made it.
fn has_content(store: &Utf8Path) -> bool {
    let is_more = |entry: Utf8DirEntry| !PLACEHOLDERS.contains(&entry.file_name());
    let data = ProjectStore::data_in(store).read_dir_utf8();
    store.join(IDENTITY).exists() || data.into_iter().flatten().flatten().any(is_more)
}

fn known_identity(store: &Utf8Path) -> Option<Identity> {
    read_json(&store.join(IDENTITY))
}

fn write_home_of(store: &Utf8Path, home: &ProjectId) -> Result<(), AdoptError> {
    let file = store.join(HOME_OF);
    write_atomically(&file, home.as_str().as_bytes(), 0o600).map_err(AdoptError::file(&file))
}

/// Who comes to a place that a project has left gets other homes than those that went away with it.
fn leave_behind(store: &Utf8Path, root: &Utf8Path, taken: &ProjectId) -> Result<(), AdoptError> {
    let made = make_private_dir(store).map_err(io::Error::other);
    made.map_err(AdoptError::file(store))?;
    write_home_of(store, &ProjectId::of(root).after(taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Moved {
        _guard: tempfile::TempDir,
        state: Utf8PathBuf,
        at: Utf8PathBuf,
    }

    impl Moved {
        fn new() -> Self {
            let guard = tempfile::tempdir().unwrap();
            let at = Utf8Path::from_path(guard.path()).unwrap();
            Self {
                state: at.join("state"),
                at: at.to_owned(),
                _guard: guard,
            }
        }

        /// A session of the project at `name`.
        fn session(&self, name: &str) -> ProjectStore {
            let root = self.at.join(name);
            fs::create_dir_all(&root).unwrap();
            let id = ProjectId::of(&root);
            let store = ProjectStore::open(&self.state, id.as_str(), &root).unwrap();
            store.remember_directory(&root);
            store
        }

        fn home(&self, name: &str) -> ProjectId {
            self.session(name)
                .home_of(&ProjectId::of(&self.at.join(name)))
        }

        fn moves(&self, from: &str, to: &str) -> Option<Utf8PathBuf> {
            fs::rename(self.at.join(from), self.at.join(to)).unwrap();
            let root = self.at.join(to);
            ProjectStore::moved_from(&self.state, &ProjectId::of(&root), &root)
        }

        fn adopt(&self, from: &str, to: &str, replace: bool) -> Result<(), AdoptError> {
            let [from, to] = [from, to].map(|name| self.at.join(name));
            ProjectStore::check_adoption(&self.state, &from, &to, replace)?;
            ProjectStore::adopt(&self.state, &from, &to)
        }
    }

    #[test]
    fn a_project_takes_its_store_along_and_nobody_else_gets_its_homes() {
        let moved = Moved::new();
        let store = moved.session("a");
        fs::write(store.opencode_data().join("opencode.db"), "talk").unwrap();
        let home = moved.home("a");
        assert_eq!(home, ProjectId::of(&moved.at.join("a")));
        // File systems that do not know when a directory was made recognise none.
        let knows = moved.at.metadata().unwrap().created().is_ok();
        let recognised = |name| knows.then(|| moved.at.join(name));
        assert_eq!(moved.moves("a", "b"), recognised("a"));
        moved.adopt("a", "b", false).unwrap();
        let store = moved.session("b");
        let talk = fs::read_to_string(store.opencode_data().join("opencode.db"));
        assert_eq!(talk.unwrap(), "talk");
        assert_eq!(moved.home("b"), home);
        // Only the one of them is listed.
        let listed = ProjectStore::all(&moved.state);
        assert_eq!(listed, [(store.directory().to_owned(), moved.at.join("b"))]);

        // Another project at the old place, also if its store was thrown away, and on the move itself.
        let second = moved.home("a");
        assert_ne!(second, home);
        let store = moved.session("a");
        ProjectStore::discard(&moved.state, store.directory(), &moved.at.join("a")).unwrap();
        assert!(![&home, &second].contains(&&moved.home("a")));
        let third = moved.home("a");
        assert_eq!(moved.moves("a", "c"), recognised("a"));
        moved.adopt("a", "c", false).unwrap();
        assert_eq!(moved.home("c"), third);
        assert!(![&home, &third].contains(&&moved.home("a")));

        // And back.
        fs::remove_dir(moved.at.join("a")).unwrap();
        assert_eq!(moved.moves("b", "a"), None, "there is one already");
        assert!(matches!(
            moved.adopt("b", "a", false),
            Err(AdoptError::HasItsOwn { .. })
        ));
        moved.adopt("b", "a", true).unwrap();
        assert_eq!(moved.home("a"), home);
        assert_ne!(moved.home("b"), home);
    }

    #[test]
    fn who_only_looked_has_nothing_of_its_own() {
        let moved = Moved::new();
        moved.session("a");
        let (a, b) = (moved.at.join("a"), moved.at.join("b"));
        fs::rename(&a, &b).unwrap();
        let id = ProjectId::of(&b);
        let store = ProjectStore::open(&moved.state, id.as_str(), &b).unwrap();
        let knows = moved.at.metadata().unwrap().created().is_ok();
        let found = ProjectStore::moved_from(&moved.state, &id, &b);
        assert_eq!(found, knows.then_some(a));
        // Without the time when a directory was made, conversations tell.
        fs::write(store.opencode_data().join("opencode.db"), "talk").unwrap();
        assert_eq!(ProjectStore::moved_from(&moved.state, &id, &b), None);
        assert!(matches!(
            moved.adopt("a", "b", false),
            Err(AdoptError::HasItsOwn { .. })
        ));
    }

    #[test]
    fn what_another_needs_is_not_taken() {
        let moved = Moved::new();
        moved.session("a");
        fs::create_dir(moved.at.join("b")).unwrap();
        let refused = |from, to| moved.adopt(from, to, true).unwrap_err();
        assert!(matches!(refused("a", "b"), AdoptError::StillThere { .. }));
        assert!(matches!(refused("none", "b"), AdoptError::Unknown { .. }));
        fs::remove_dir(moved.at.join("a")).unwrap();
        assert!(matches!(refused("a", "a"), AdoptError::Unknown { .. }));
        let session = moved
            .state
            .join("projects")
            .join(ProjectId::of(&moved.at.join("a")).as_str());
        let lock = fs::File::create(session.join("sessions/0123.lock")).unwrap();
        lock.lock().unwrap();
        assert!(matches!(refused("a", "b"), AdoptError::Busy { .. }));
        drop(lock);
        // Another directory that took its place is not the one that was there.
        fs::remove_dir(moved.at.join("b")).unwrap();
        fs::create_dir(moved.at.join("b")).unwrap();
        let root = moved.at.join("b");
        let found = ProjectStore::moved_from(&moved.state, &ProjectId::of(&root), &root);
        assert_eq!(found, None);
        moved.adopt("a", "b", false).unwrap();
    }

    #[test]
    fn an_adoption_that_was_interrupted_goes_on() {
        let moved = Moved::new();
        moved.session("a");
        let home = moved.home("a");
        moved.moves("a", "b");
        let store = ProjectStore::place(&moved.state, home.as_str());
        // As it is before the rename.
        write_home_of(&store, &home).unwrap();
        fs::write(store.join(PROJECT_FILE), moved.at.join("b").as_str()).unwrap();
        moved.adopt("a", "b", false).unwrap();
        assert_eq!(moved.home("b"), home);
    }
}
