//! Directories of a project that its sessions have for themselves: what is installed for a container's
//! libraries and interpreters does not fit the host's, and the other way round.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::ProjectStore;
use crate::{
    disk::{MountPoint, MountPointError, PrivateDirError, make_mount_point, make_private_dir},
    slug::short_hash,
};

const PRIVATE: &str = "private";

/// One of these directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrivatePath {
    /// What the sessions have there, in the project's store.
    pub source: Utf8PathBuf,
    /// Its place, relative to the project's root.
    pub path: Utf8PathBuf,
}

impl ProjectStore {
    /// The directories at these places, for sessions on a base that these words describe: on another base
    /// there are others. Touches nothing.
    #[must_use]
    pub(crate) fn private_paths(&self, base: &str, paths: &[Utf8PathBuf]) -> Vec<PrivatePath> {
        let of_base = Utf8Path::new(PRIVATE).join(short_hash(base));
        let place = |path: &Utf8PathBuf| PrivatePath {
            source: self.mounted_at(&of_base, path),
            path: path.clone(),
        };
        paths.iter().map(place).collect()
    }
}

/// Makes the directories, and in the project, at `root`, the places that they are mounted at: an engine
/// would make them as root. No link in there is followed.
///
/// # Errors
///
/// If something else is at such a place, or a directory cannot be made.
pub(crate) fn make_private_paths(
    paths: &[PrivatePath],
    root: &Utf8Path,
) -> Result<(), PrivatePathError> {
    for private in paths {
        make_private_dir(&private.source)?;
        make_mount_point(root, &private.path, MountPoint::Directory).map_err(
            |error| match error {
                MountPointError::InTheWay(path) => PrivatePathError::InTheWay {
                    path: root.join(path),
                },
                MountPointError::Io(source) => PrivatePathError::Io {
                    path: root.join(&private.path),
                    source,
                },
            },
        )?;
    }
    Ok(())
}

/// Why a session cannot have directories of the project for itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivatePathError {
    /// What is there is no directory, or a link.
    #[error("`{path}` is to be private to sessions (`private_paths`), and is no directory")]
    InTheWay {
        /// What is there.
        path: Utf8PathBuf,
    },
    /// The place cannot be made.
    #[error("could not make `{path}`, which is to be private to sessions (`private_paths`)")]
    Io {
        /// The place.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The directory among ocx's own cannot be made.
    #[error(transparent)]
    Directory(#[from] PrivateDirError),
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    fn scene() -> (tempfile::TempDir, Utf8PathBuf, ProjectStore) {
        let guard = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(guard.path()).unwrap().join("project");
        fs::create_dir(&root).unwrap();
        let state = root.with_file_name("state");
        let store = ProjectStore::open(&state, "app-1234", &root).unwrap();
        (guard, root, store)
    }

    #[test]
    fn each_place_and_each_base_has_its_own() {
        let (_guard, _root, store) = scene();
        let paths = ["a/b", "a-b"].map(Utf8PathBuf::from);
        let debian = store.private_paths("debian", &paths);
        let alpine = store.private_paths("alpine", &paths);
        let mut sources: Vec<_> = debian.iter().chain(&alpine).map(|p| &p.source).collect();
        sources.sort();
        sources.dedup();
        assert_eq!(sources.len(), 4);
        assert_eq!(store.private_paths("debian", &paths), debian);
    }

    #[test]
    fn places_are_made_and_those_that_are_there_are_left_alone() {
        let (_guard, root, store) = scene();
        fs::create_dir_all(root.join("web/node_modules/mine")).unwrap();
        let paths = ["web/node_modules", "new/er/.venv"].map(Utf8PathBuf::from);
        let private = store.private_paths("debian", &paths);
        for _ in 0..2 {
            make_private_paths(&private, &root).unwrap();
        }
        assert!(root.join("web/node_modules/mine").is_dir());
        assert!(root.join("new/er/.venv").is_dir());
        assert!(private.iter().all(|private| private.source.is_dir()));
    }

    #[test]
    fn links_and_files_are_in_the_way() {
        let (_guard, root, store) = scene();
        let outside = root.with_file_name("outside");
        fs::create_dir(&outside).unwrap();
        symlink(&outside, root.join("link")).unwrap();
        symlink("missing", root.join("dangling")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        for path in ["link", "link/x", "dangling", "file", "file/x"] {
            let private = store.private_paths("debian", &[path.into()]);
            let error = make_private_paths(&private, &root).unwrap_err();
            assert!(
                matches!(error, PrivatePathError::InTheWay { .. }),
                "{path}: {error}"
            );
        }
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }
}
