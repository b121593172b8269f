//! The directory that ocx keeps for one project.

use std::{fs, io, os::unix::fs::OpenOptionsExt};

use camino::{Utf8Path, Utf8PathBuf};
use cap_std::{ambient_authority, fs::Dir};

use crate::{
    disk::{PrivateDirError, is_file_name, make_private_dir, read_text, write_atomically},
    project::ProjectId,
    slug::place_name,
};

const PROJECTS: &str = "projects";
pub(super) const PROJECT_FILE: &str = "project";
const CONFIG: &str = "opencode-config";
const DATA: &str = "opencode-data";
const SESSIONS: &str = "sessions";
const CREDENTIALS: &str = "credentials";
const PORTS: &str = "ports";

/// Files of opencode's data over which a session's own are mounted.
pub(super) const PLACEHOLDERS: [&str; 2] = ["auth.json", "mcp-auth.json"];

/// Where the store of a project has the files of its running sessions, if there is one.
pub(super) fn sessions_dir(state_dir: &Utf8Path, id: &str) -> Utf8PathBuf {
    state_dir.join(PROJECTS).join(id).join(SESSIONS)
}

/// `<state>/projects/<id>/`, mode 0700.
///
/// `opencode-config/` and `opencode-data/` are mounted into containers, so what is in them may have
/// been written by anybody. So are the directories below `private/`, and `ports/`, but only to be read. Everything beside them is ocx's own and is
/// never mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProjectStore {
    directory: Utf8PathBuf,
}

impl ProjectStore {
    /// Makes the directories that are missing and tightens the modes of those that are there.
    ///
    /// `id` names the project and must be usable as a file name; `root` is the project's canonical
    /// root, which the store remembers for listings.
    ///
    /// # Errors
    ///
    /// If the ID is no file name, if the store was made for another root, or if a directory cannot
    /// be made, is something else, or belongs to another user.
    pub(crate) fn open(
        state_dir: &Utf8Path,
        id: &str,
        root: &Utf8Path,
    ) -> Result<Self, ProjectStoreError> {
        if !is_file_name(id) {
            return Err(ProjectStoreError::InvalidId { id: id.to_owned() });
        }
        let projects = state_dir.join(PROJECTS);
        make_private_dir(&projects)?;
        let store = Self {
            directory: projects.join(id),
        };
        make_private_dir(&store.directory)?;
        store.remember_root(root)?;
        for directory in [
            store.config_copy(),
            store.opencode_data(),
            store.sessions_dir(),
        ] {
            make_private_dir(&directory)?;
        }
        for name in PLACEHOLDERS {
            store.make_placeholder(name)?;
        }
        Ok(store)
    }

    /// Writes down that there is a project at `root`, before it has a session. What fails only leaves it
    /// out of listings.
    pub(crate) fn introduce(state_dir: &Utf8Path, id: &str, root: &Utf8Path) {
        let directory = Self::place(state_dir, id);
        if is_file_name(id)
            && make_private_dir(&state_dir.join(PROJECTS)).is_ok()
            && make_private_dir(&directory).is_ok()
        {
            let _ = Self { directory }.remember_root(root);
        }
    }

    /// The directories of all projects, with the roots that they were made for, sorted. Of one that does
    /// not tell, nothing is known.
    pub(crate) fn all(state_dir: &Utf8Path) -> Vec<(Utf8PathBuf, Utf8PathBuf)> {
        let entries = state_dir.join(PROJECTS).read_dir_utf8();
        let mut all: Vec<(Utf8PathBuf, Utf8PathBuf)> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let root = read_root(&entry.path().join(PROJECT_FILE))?;
                let is_its_own = ProjectId::of(&root).as_str() == entry.file_name();
                is_its_own.then(|| (entry.into_path(), root))
            })
            .collect();
        all.sort();
        all
    }

    /// Where the store of a project is, made or not. The ID must be fit for a file name.
    pub(crate) fn place(state_dir: &Utf8Path, id: &str) -> Utf8PathBuf {
        state_dir.join(PROJECTS).join(id)
    }

    /// Where opencode's data of a project is, made or not; see [`opencode_data`](Self::opencode_data).
    pub(crate) fn opencode_data_of(state_dir: &Utf8Path, id: &str) -> Utf8PathBuf {
        Self::data_in(&Self::place(state_dir, id))
    }

    /// The same of a store.
    pub(super) fn data_in(store: &Utf8Path) -> Utf8PathBuf {
        store.join(DATA)
    }

    /// Whether it has been made.
    pub(crate) fn exists(state_dir: &Utf8Path, id: &str) -> bool {
        is_file_name(id) && sessions_dir(state_dir, id).is_dir()
    }

    /// The store's own directory. Never mounted.
    #[must_use]
    pub(crate) fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// The private copy of opencode's configuration, mounted at `~/.config/opencode`.
    #[must_use]
    pub(crate) fn config_copy(&self) -> Utf8PathBuf {
        self.directory.join(CONFIG)
    }

    /// opencode's data (`opencode.db` and so on), mounted at `~/.local/share/opencode`.
    #[must_use]
    pub(crate) fn opencode_data(&self) -> Utf8PathBuf {
        self.directory.join(DATA)
    }

    /// The logins of the project's sessions. Its files are mounted one by one, never the directory.
    #[must_use]
    pub(crate) fn credentials(&self) -> Utf8PathBuf {
        self.directory.join(CREDENTIALS)
    }

    /// The files of the running sessions of a project that is known by its ID only; `None` if that cannot
    /// be one.
    pub(super) fn sessions_dir_of(state_dir: &Utf8Path, id: &str) -> Option<Utf8PathBuf> {
        is_file_name(id).then(|| state_dir.join(PROJECTS).join(id).join(SESSIONS))
    }

    /// The files of running sessions. Never mounted.
    #[must_use]
    pub(crate) fn sessions_dir(&self) -> Utf8PathBuf {
        self.directory.join(SESSIONS)
    }

    /// What the project's sessions asked of the network. Never mounted.
    #[must_use]
    pub(crate) fn network_log(&self) -> Utf8PathBuf {
        self.directory.join("network.jsonl")
    }

    /// Where sockets of running sessions are handed out, mounted at `/ocx/ports`, read-only.
    #[must_use]
    pub(crate) fn ports_dir(&self) -> Utf8PathBuf {
        self.directory.join(PORTS)
    }

    /// What was told once in this project. Never mounted.
    #[must_use]
    pub(crate) fn told_file(&self) -> Utf8PathBuf {
        self.directory.join("told.json")
    }

    /// The directory of `kind`, relative to the store, that is mounted at `place`.
    pub(super) fn mounted_at(&self, kind: &Utf8Path, place: &Utf8Path) -> Utf8PathBuf {
        self.directory.join(kind).join(place_name(place.as_str()))
    }

    fn remember_root(&self, root: &Utf8Path) -> Result<(), ProjectStoreError> {
        let file = self.directory.join(PROJECT_FILE);
        match read_root(&file) {
            Some(found) if found == root => Ok(()),
            Some(found) => Err(ProjectStoreError::OtherProject {
                directory: self.directory.clone(),
                found,
                expected: root.to_owned(),
            }),
            None => write_atomically(&file, root.as_str().as_bytes(), 0o600)
                .map_err(|source| ProjectStoreError::Io { path: file, source }),
        }
    }

    /// Makes `opencode-data/<name>`, the place over which a single file is mounted. Without it the
    /// engine would make it, as root where it runs as root.
    fn make_placeholder(&self, name: &str) -> Result<(), ProjectStoreError> {
        let path = self.opencode_data().join(name);
        let failed = |source| ProjectStoreError::Io {
            path: path.clone(),
            source,
        };
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => return Ok(()),
            Ok(metadata) => {
                // The container may have put a link, a directory or a FIFO here.
                let data = Dir::open_ambient_dir(self.opencode_data(), ambient_authority())
                    .map_err(failed)?;
                if metadata.is_dir() {
                    data.remove_dir_all(name).map_err(failed)?;
                } else {
                    data.remove_file(name).map_err(failed)?;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let made = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| io::Write::write_all(&mut file, b"{}"));
        match made {
            Ok(()) => Ok(()),
            // Another session that starts at the same time was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Why a project's store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProjectStoreError {
    /// The project's ID cannot be a file name.
    #[error("`{id}` cannot name a project's directory")]
    InvalidId {
        /// The ID.
        id: String,
    },
    /// The directory was made for another project.
    #[error("`{directory}` belongs to the project `{found}`, not to `{expected}`")]
    OtherProject {
        /// The store's directory.
        directory: Utf8PathBuf,
        /// The root it was made for.
        found: Utf8PathBuf,
        /// The root it was opened with.
        expected: Utf8PathBuf,
    },
    /// One of its directories is unusable.
    #[error("the project's private directory is unusable")]
    Directory(#[from] PrivateDirError),
    /// A file in it cannot be read or written.
    #[error("cannot prepare `{path}`")]
    Io {
        /// The file or directory.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn read_root(file: &Utf8Path) -> Option<Utf8PathBuf> {
    let text = read_text(file, 64 * 1024).ok()?;
    (!text.is_empty()).then(|| text.into())
}

#[cfg(test)]
impl ProjectStore {
    /// The store of a project in a state directory of its own, which goes with the first value.
    pub(super) fn temporary() -> (tempfile::TempDir, Self) {
        let directory = tempfile::tempdir().unwrap();
        let state = Utf8Path::from_path(directory.path()).unwrap();
        let store = Self::open(state, "p", Utf8Path::new("/srv/p")).unwrap();
        (directory, store)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn temp() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, path)
    }

    fn mode(path: impl AsRef<std::path::Path>) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn makes_everything_private_and_again_without_change() {
        let (_guard, state) = temp();
        let root = Utf8Path::new("/srv/app");
        assert!(!ProjectStore::exists(&state, "app-1"));
        let store = ProjectStore::open(&state, "app-1", root).unwrap();
        assert!(ProjectStore::exists(&state, "app-1"));
        for path in [
            state.join("projects"),
            store.directory().to_owned(),
            store.config_copy(),
            store.opencode_data(),
            store.sessions_dir(),
        ] {
            assert_eq!(mode(&path), 0o700, "{path}");
        }
        fs::write(store.opencode_data().join("auth.json"), "kept").unwrap();
        fs::set_permissions(store.opencode_data(), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(ProjectStore::open(&state, "app-1", root).unwrap(), store);
        assert_eq!(mode(store.opencode_data()), 0o700);
        assert_eq!(
            fs::read(store.opencode_data().join("auth.json")).unwrap(),
            b"kept"
        );
        assert_eq!(mode(store.opencode_data().join("mcp-auth.json")), 0o600);
    }

    #[test]
    fn refuses_another_root() {
        let (_guard, state) = temp();
        ProjectStore::open(&state, "b", Utf8Path::new("/srv/b")).unwrap();
        assert!(matches!(
            ProjectStore::open(&state, "b", Utf8Path::new("/srv/c")),
            Err(ProjectStoreError::OtherProject { .. })
        ));
    }

    #[test]
    fn refuses_ids_that_leave_the_directory() {
        let (_guard, state) = temp();
        for id in ["", ".", "..", "../x", "a/b", "/etc", ".hidden", "a\0b"] {
            assert!(
                matches!(
                    ProjectStore::open(&state, id, Utf8Path::new("/srv/a")),
                    Err(ProjectStoreError::InvalidId { .. })
                ),
                "{id:?}"
            );
        }
    }

    #[test]
    fn a_project_is_known_before_it_has_a_session() {
        let (_guard, state) = temp();
        let root = Utf8Path::new("/srv/app");
        let id = ProjectId::of(root);
        ProjectStore::introduce(&state, id.as_str(), root);
        assert!(!ProjectStore::exists(&state, id.as_str()));
        let place = ProjectStore::place(&state, id.as_str());
        assert_eq!(mode(&place), 0o700);
        // One whose name is another project's, and one that says nothing.
        ProjectStore::introduce(&state, "other-1", root);
        fs::create_dir(state.join("projects/silent")).unwrap();
        assert_eq!(ProjectStore::all(&state), [(place, root.to_owned())]);
        ProjectStore::open(&state, id.as_str(), root).unwrap();
    }

    #[test]
    fn planted_placeholders_are_replaced() {
        let (_guard, state) = temp();
        let root = Utf8Path::new("/srv/app");
        let store = ProjectStore::open(&state, "app", root).unwrap();
        let data = store.opencode_data();
        let secret = state.join("secret");
        fs::write(&secret, "untouched").unwrap();
        fs::remove_file(data.join("auth.json")).unwrap();
        symlink(&secret, data.join("auth.json")).unwrap();
        fs::remove_file(data.join("mcp-auth.json")).unwrap();
        fs::create_dir(data.join("mcp-auth.json")).unwrap();
        symlink(&state, data.join("mcp-auth.json/link")).unwrap();
        ProjectStore::open(&state, "app", root).unwrap();
        for name in ["auth.json", "mcp-auth.json"] {
            assert!(fs::symlink_metadata(data.join(name)).unwrap().is_file());
        }
        assert_eq!(fs::read(&secret).unwrap(), b"untouched");
    }

    #[test]
    fn a_linked_data_directory_is_refused() {
        let (_guard, state) = temp();
        let root = Utf8Path::new("/srv/app");
        let store = ProjectStore::open(&state, "app", root).unwrap();
        fs::rename(store.opencode_data(), state.join("moved")).unwrap();
        symlink(state.join("moved"), store.opencode_data()).unwrap();
        assert!(matches!(
            ProjectStore::open(&state, "app", root),
            Err(ProjectStoreError::Directory(
                PrivateDirError::NotADirectory { .. }
            ))
        ));
    }
}
