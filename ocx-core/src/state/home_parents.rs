//! Directories on the way to what the settings mount below the home directory. Engines make missing ones
//! for root, in a volume for good, and the session's user could write nothing beside the mount.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::ProjectStore;
use crate::{
    disk::{MountPoint, MountPointError, PrivateDirError, make_mount_point, make_private_dir},
    layer, layout,
    settings::ExtraMount,
};

const PARENTS: &str = "home";

/// One of these directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HomeParent {
    /// What sessions have there, in the project's store.
    pub source: Utf8PathBuf,
    /// Its place in the container.
    pub target: Utf8PathBuf,
}

impl ProjectStore {
    /// The directories that these mounts need, beyond those that every home directory has. Touches
    /// nothing.
    #[must_use]
    pub(crate) fn home_parents(&self, mounts: &[ExtraMount]) -> Vec<HomeParent> {
        let mut parents: Vec<HomeParent> = Vec::new();
        for target in mounts.iter().filter_map(|mount| parent_of(&mount.target)) {
            let is_there = |over: &Utf8Path| target.starts_with(over);
            // What is in another mount, or is one, that one's source decides.
            if mounts.iter().any(|mount| is_there(&mount.target))
                || parents.iter().any(|parent| is_there(&parent.target))
            {
                continue;
            }
            parents.push(HomeParent {
                source: self.mounted_at(PARENTS.into(), &target),
                target,
            });
        }
        parents
    }
}

/// The uppermost directory on the way to a target that a new home directory does not have.
fn parent_of(target: &Utf8Path) -> Option<Utf8PathBuf> {
    let below = target.strip_prefix(layout::HOME).ok()?;
    let mut on_the_way: Vec<&Utf8Path> = below.ancestors().skip(1).collect();
    on_the_way.retain(|path| *path != "");
    let missing = on_the_way
        .into_iter()
        .rev()
        .find(|path| !layer::home_directories().any(|known| known == path.as_str()))?;
    Some(Utf8Path::new(layout::HOME).join(missing))
}

/// Makes the directories, and in them the places that are mounted at. No link in there is followed:
/// sessions write there.
///
/// # Errors
///
/// If something else is at such a place, or it cannot be made.
pub(crate) fn make_home_parents(
    parents: &[HomeParent],
    mounts: &[ExtraMount],
) -> Result<(), HomeParentError> {
    for parent in parents {
        make_private_dir(&parent.source)?;
        for mount in mounts {
            if let Ok(below) = mount.target.strip_prefix(&parent.target) {
                let wanted = if mount.source.is_file() {
                    MountPoint::File
                } else {
                    MountPoint::Directory
                };
                let path = parent.source.join(below);
                make_mount_point(&parent.source, below, wanted).map_err(|error| match error {
                    MountPointError::InTheWay(_) => HomeParentError::InTheWay {
                        target: mount.target.clone(),
                        path,
                    },
                    MountPointError::Io(source) => HomeParentError::Io { path, source },
                })?;
            }
        }
    }
    Ok(())
}

/// Why something cannot be mounted below the home directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeParentError {
    /// A session has put something else there.
    #[error(
        "cannot mount at `{target}` (`extra_mounts`, `cache_paths`): something else is at `{path}`"
    )]
    InTheWay {
        /// The place in the container.
        target: Utf8PathBuf,
        /// What is there, on the host.
        path: Utf8PathBuf,
    },
    /// The place cannot be made.
    #[error(
        "could not make `{path}`, for a mount below the home directory (`extra_mounts`, `cache_paths`)"
    )]
    Io {
        /// The place, on the host.
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
    use crate::spec::Access;

    fn mount(source: &str, target: &str) -> ExtraMount {
        ExtraMount {
            source: source.into(),
            target: target.into(),
            access: Access::ReadOnly,
        }
    }

    fn store() -> (tempfile::TempDir, Utf8PathBuf, ProjectStore) {
        let guard = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(guard.path()).unwrap().to_owned();
        let store = ProjectStore::open(&root.join("state"), "app-1234", &root).unwrap();
        (guard, root, store)
    }

    #[test]
    fn only_what_a_home_lacks_is_made() {
        let (_guard, _root, store) = store();
        for (targets, expected) in [
            (&["/data", "/ocx/home", "/ocx/home/.m2"][..], &[][..]),
            (&["/ocx/home/.m2/repository"], &["/ocx/home/.m2"]),
            (&["/ocx/home/.config/gh"], &[]),
            (&["/ocx/home/.config/a/b/c"], &["/ocx/home/.config/a"]),
            (
                &[
                    "/ocx/home/.a/x",
                    "/ocx/home/.a/y/z",
                    "/ocx/home/.aws/config",
                ],
                &["/ocx/home/.a", "/ocx/home/.aws"],
            ),
            // It lies in another mount.
            (&["/ocx/home/.m2", "/ocx/home/.m2/repository"], &[]),
            (&["/ocx/homes/a/b"], &[]),
        ] {
            let mounts: Vec<_> = targets.iter().map(|target| mount("/s", target)).collect();
            let found = store.home_parents(&mounts);
            let found: Vec<_> = found.iter().map(|parent| parent.target.as_str()).collect();
            assert_eq!(found, expected, "{targets:?}");
        }
    }

    #[test]
    fn places_are_made_for_files_and_directories() {
        let (_guard, root, store) = store();
        let file = root.join("config");
        fs::write(&file, "").unwrap();
        let mounts = [
            mount(file.as_str(), "/ocx/home/.aws/config"),
            mount(root.as_str(), "/ocx/home/.aws/deep/er"),
        ];
        let parents = store.home_parents(&mounts);
        for _ in 0..2 {
            make_home_parents(&parents, &mounts).unwrap();
        }
        let [parent] = &parents[..] else {
            panic!("{parents:?}")
        };
        assert!(parent.source.join("config").is_file());
        assert!(parent.source.join("deep/er").is_dir());
    }

    #[test]
    fn links_that_a_session_left_are_not_followed() {
        let (_guard, root, store) = store();
        let mounts = [mount(root.as_str(), "/ocx/home/.m2/repository")];
        let parents = store.home_parents(&mounts);
        make_home_parents(&parents, &mounts).unwrap();
        let place = parents[0].source.join("repository");
        fs::remove_dir(&place).unwrap();
        symlink("/etc", &place).unwrap();
        let error = make_home_parents(&parents, &mounts).unwrap_err();
        assert!(matches!(error, HomeParentError::InTheWay { .. }), "{error}");
    }
}
