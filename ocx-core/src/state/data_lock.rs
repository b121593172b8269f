//! Keeps two versions of opencode off one project's data at the same time.

use std::{
    fs::{self, File, TryLockError},
    io,
};

use camino::{Utf8Path, Utf8PathBuf};

use crate::image::OpencodeVersion;

use super::project_store::ProjectStore;
use crate::disk::{PrivateDirError, make_private_dir, open_lock_file, write_atomically};

const DIRECTORY: &str = "data-lock";
const GATE: &str = "gate";
const NEWEST: &str = "newest-version";
const RUNNING: &str = "running-";

/// Holds a project's data for sessions of one version of opencode, until it is dropped or the
/// process ends.
///
/// Two versions that share an `opencode.db` damage it; any number of sessions of one version are
/// fine. Each version has a file whose shared lock its sessions hold. Whoever comes takes an
/// exclusive lock on one more file, the gate, for the moment of looking at the others, so that two
/// versions that start together cannot both get in.
#[derive(Debug)]
#[must_use = "the data is free again when this is dropped"]
pub(crate) struct DataLock {
    _shared: File,
    downgrade: Option<Downgrade>,
}

impl DataLock {
    /// Takes the lock without waiting for other sessions to end.
    ///
    /// # Errors
    ///
    /// [`DataLockError::OtherVersion`] while a session of another version runs.
    pub(crate) fn acquire(
        store: &ProjectStore,
        version: &OpencodeVersion,
    ) -> Result<Self, DataLockError> {
        let directory = store.directory().join(DIRECTORY);
        make_private_dir(&directory)?;
        let gate_path = directory.join(GATE);
        let gate = open_lock_file(&gate_path).map_err(io_error(&gate_path))?;
        gate.lock().map_err(io_error(&gate_path))?;

        refuse_other_versions(&directory, version)?;
        let own_path = directory.join(format!("{RUNNING}{version}"));
        let shared = open_lock_file(&own_path).map_err(io_error(&own_path))?;
        shared.lock_shared().map_err(io_error(&own_path))?;

        let newest_path = directory.join(NEWEST);
        let previous: Option<OpencodeVersion> = fs::read_to_string(&newest_path)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let downgrade = previous
            .as_ref()
            .filter(|previous| *previous > version)
            .map(|previous| Downgrade {
                from: previous.clone(),
                to: version.clone(),
            });
        if previous.as_ref().is_none_or(|previous| previous < version) {
            write_atomically(&newest_path, version.to_string().as_bytes(), 0o600)
                .map_err(io_error(&newest_path))?;
        }
        Ok(Self {
            _shared: shared,
            downgrade,
        })
    }

    /// Set if a newer version has used this data: its database may have a newer schema.
    #[must_use]
    pub(crate) fn downgrade(&self) -> Option<&Downgrade> {
        self.downgrade.as_ref()
    }
}

/// The data was last used by a newer version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Downgrade {
    /// The newest version that used the data.
    pub from: OpencodeVersion,
    /// The version that uses it now.
    pub to: OpencodeVersion,
}

/// Why the data cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum DataLockError {
    /// A session of another version runs on the same data.
    #[error("a session of opencode {running} is running on this project's data")]
    OtherVersion {
        /// The version that runs.
        running: OpencodeVersion,
    },
    /// The directory of locks is unusable.
    #[error("the directory of locks is unusable")]
    Directory(#[from] PrivateDirError),
    /// A lock file cannot be used, on a network file system without locks for instance.
    #[error("cannot lock `{path}`")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn io_error(path: &Utf8Path) -> impl FnOnce(io::Error) -> DataLockError {
    move |source| DataLockError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Must be called with the gate locked. Files of versions that no longer run are removed.
fn refuse_other_versions(
    directory: &Utf8Path,
    version: &OpencodeVersion,
) -> Result<(), DataLockError> {
    for entry in directory.read_dir_utf8().map_err(io_error(directory))? {
        let entry = entry.map_err(io_error(directory))?;
        let Some(other) = entry
            .file_name()
            .strip_prefix(RUNNING)
            .and_then(|text| text.parse::<OpencodeVersion>().ok())
        else {
            continue;
        };
        if other == *version {
            continue;
        }
        let path = entry.path();
        let file = open_lock_file(path).map_err(io_error(path))?;
        match file.try_lock() {
            Ok(()) => fs::remove_file(path).map_err(io_error(path))?,
            Err(TryLockError::WouldBlock) => {
                return Err(DataLockError::OtherVersion { running: other });
            }
            Err(TryLockError::Error(error)) => return Err(io_error(path)(error)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    fn version(text: &str) -> OpencodeVersion {
        text.parse().unwrap()
    }

    #[test]
    fn one_version_many_sessions_other_versions_none() {
        let (_guard, store) = ProjectStore::temporary();
        let first = DataLock::acquire(&store, &version("1.18.33")).unwrap();
        let second = DataLock::acquire(&store, &version("1.18.33")).unwrap();
        drop(first);
        let refused = DataLock::acquire(&store, &version("1.19.0")).unwrap_err();
        assert!(
            matches!(&refused, DataLockError::OtherVersion { running } if *running == version("1.18.33"))
        );
        insta::assert_snapshot!(refused, @"a session of opencode 1.18.33 is running on this project's data");
        drop(second);
        drop(DataLock::acquire(&store, &version("1.19.0")).unwrap());
    }

    #[test]
    fn a_refused_version_does_not_count_as_having_used_the_data() {
        let (_guard, store) = ProjectStore::temporary();
        let running = DataLock::acquire(&store, &version("1.18.33")).unwrap();
        DataLock::acquire(&store, &version("2.0.0")).unwrap_err();
        drop(running);
        let lock = DataLock::acquire(&store, &version("1.18.33")).unwrap();
        assert_eq!(lock.downgrade(), None);
    }

    #[test]
    fn tells_of_a_downgrade_until_the_newer_version_is_back() {
        let (_guard, store) = ProjectStore::temporary();
        let first = DataLock::acquire(&store, &version("1.20.0")).unwrap();
        assert_eq!(first.downgrade(), None);
        drop(first);
        for _ in 0..2 {
            let older = DataLock::acquire(&store, &version("1.9.0")).unwrap();
            assert_eq!(
                older.downgrade(),
                Some(&Downgrade {
                    from: version("1.20.0"),
                    to: version("1.9.0")
                })
            );
        }
        let newer = DataLock::acquire(&store, &version("1.21.0")).unwrap();
        assert_eq!(newer.downgrade(), None);
    }

    #[test]
    fn two_versions_at_the_same_moment_never_both_get_in() {
        let (_guard, store) = ProjectStore::temporary();
        for _ in 0..50 {
            let barrier = Barrier::new(2);
            let got = std::thread::scope(|scope| {
                let run = |text: &'static str| {
                    let (barrier, store) = (&barrier, &store);
                    scope.spawn(move || {
                        barrier.wait();
                        let lock = DataLock::acquire(store, &version(text));
                        barrier.wait();
                        lock.is_ok()
                    })
                };
                let (a, b) = (run("1.18.33"), run("1.19.0"));
                [a.join().unwrap(), b.join().unwrap()]
            });
            assert_ne!(got[0], got[1]);
        }
    }

    #[test]
    fn can_be_held_across_a_wait() {
        fn is_send<T: Send>() {}
        is_send::<DataLock>();
    }
}
