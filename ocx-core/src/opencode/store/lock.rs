//! One process at a time works on a program of the store.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    time::Duration,
};

use camino::Utf8Path;

use super::{CacheError, names_in};
use crate::report::{EventKind, Reporter, Step};

/// How often a lock is tried. Waiting for it in a thread could not be cancelled.
const INTERVAL: Duration = Duration::from_millis(50);

/// The lock on a directory of the store, until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "dropping it is its use")] File);

impl Lock {
    /// Waits for the lock on `directory`, which is made if need be.
    pub(super) async fn wait(
        directory: &Utf8Path,
        title: &str,
        reporter: &dyn Reporter,
    ) -> Result<Self, CacheError> {
        fs::create_dir_all(directory)
            .map_err(|source| CacheError::new("make the directory", directory, source))?;
        let path = directory.join("lock");
        let failed = |source| CacheError::new("lock", &path, source);
        let mut told: Option<Step> = None;
        loop {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
                .map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {
                    if let Some(step) = &told {
                        reporter.report(EventKind::StepEnded(step).into());
                    }
                    return Ok(Self(file));
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            if told.is_none() {
                let title = title.to_owned();
                let step = Step::WaitForDownload { title };
                reporter.report(EventKind::StepBegan(&step).into());
                told = Some(step);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// The lock, if it is free and there is a lock file at all.
    fn if_free(directory: &Utf8Path) -> Option<Self> {
        let file = OpenOptions::new()
            .write(true)
            .open(directory.join("lock"))
            .ok()?;
        file.try_lock().ok()?;
        Some(Self(file))
    }
}

/// Removes what interrupted processes have left in any of `directories`, but nothing that another
/// process is still writing.
pub(super) fn sweep<'a>(directories: impl IntoIterator<Item = &'a Utf8Path>) {
    for directory in directories {
        if !names_in(directory).any(|name| is_part(&name)) {
            continue;
        }
        if let Some(_lock) = Lock::if_free(directory) {
            // What cannot be removed is in nobody's way.
            let _ = remove_parts_in(directory);
        }
    }
}

/// Removes unfinished files. To be called under the lock.
pub(super) fn remove_parts_in(directory: &Utf8Path) -> io::Result<()> {
    for name in names_in(directory).filter(|name| is_part(name)) {
        fs::remove_file(directory.join(name))?;
    }
    Ok(())
}

fn is_part(name: &str) -> bool {
    Utf8Path::new(name).extension() == Some("part")
}
