//! Containers that are made for a moment, to look into an image or at what the engine makes of a plan.
//! They are written down, so that a later process removes them if this one is killed.

use std::{
    fs::{self, File},
    io,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{CliRuntime, Dialect, Invocation};
use crate::{disk::read_text, runtime::RuntimeError};

const ID_FILE: &str = "cid";
const LOCK: &str = "lock";

/// No ID is longer, in bytes.
const LONGEST_ID: u64 = 1024;

/// How long a container may take to be made: one without an ID that is older was never made.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// A container that this process makes. Its files stay until it is removed, and are locked while this
/// process lives.
#[derive(Debug)]
pub(super) struct Made {
    lock: Utf8PathBuf,
    _locked: File,
}

impl Made {
    fn begin(directory: &Utf8Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let file = tempfile::Builder::new()
            .prefix("")
            .suffix(&format!(".{LOCK}"))
            .tempfile_in(directory)?;
        file.as_file().try_lock()?;
        let (_locked, path) = file.keep()?;
        let lock = Utf8PathBuf::try_from(path).map_err(io::Error::other)?;
        Ok(Self { lock, _locked })
    }

    fn id_file(&self) -> Utf8PathBuf {
        self.lock.with_extension(ID_FILE)
    }

    /// It is gone.
    fn forget(self) {
        forget(&self.lock);
    }
}

/// The ID that an engine wrote into `id_file`; `None` if it made no container.
fn container_made(id_file: &Utf8Path) -> Option<String> {
    let id = read_text(id_file, LONGEST_ID).ok()?;
    let id = id.trim();
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_owned())
}

fn forget(lock: &Utf8Path) {
    // What cannot be removed is looked at again by the next process.
    let _ = fs::remove_file(lock.with_extension(ID_FILE));
    let _ = fs::remove_file(lock);
}

/// The lock files of processes that are gone, with the containers that they have left. They are locked
/// while the result lives.
fn left_over(directory: &Utf8Path) -> Vec<(Utf8PathBuf, String, File)> {
    let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
    entries
        .map(camino::Utf8DirEntry::into_path)
        .filter(|path| path.extension() == Some(LOCK))
        .filter_map(|lock| {
            let file = File::open(&lock).ok()?;
            file.try_lock().ok()?;
            match container_made(&lock.with_extension(ID_FILE)) {
                Some(container) => Some((lock, container, file)),
                None => {
                    let modified = file.metadata().and_then(|file| file.modified());
                    let age = modified.ok().and_then(|time| time.elapsed().ok());
                    if age.is_some_and(|age| age > ABANDONED_AFTER) {
                        forget(&lock);
                    }
                    None
                }
            }
        })
        .collect()
}

impl<D: Dialect> CliRuntime<D> {
    /// Makes a container that is never started with a `create` command. Returns its ID, and what has to
    /// be handed to [`remove_made`](Self::remove_made).
    pub(super) async fn make(
        &self,
        mut create: Invocation,
    ) -> Result<(String, Option<Made>), RuntimeError> {
        let directory = self.records_directory();
        if let Some(directory) = &directory {
            self.remove_left_over(directory).await;
        }
        // Without a place for it, it is only not found again.
        let made = directory.and_then(|directory| Made::begin(&directory).ok());
        if let Some(made) = &made {
            let option = ["--cidfile".to_owned(), made.id_file().into_string()];
            create.args.splice(1..1, option);
        }
        let (create, _variables) = self.hand_over(&create)?;
        match self.require(&create).await {
            Ok(id) => Ok((String::from_utf8_lossy(&id).trim().to_owned(), made)),
            Err(error) => {
                // One that was made all the same is left to the next process.
                if let Some(made) = made
                    && container_made(&made.id_file()).is_none()
                {
                    made.forget();
                }
                Err(error)
            }
        }
    }

    /// Removes a container that was made for a moment.
    pub(super) async fn remove_made(
        &self,
        container: &str,
        made: Option<Made>,
    ) -> Result<(), RuntimeError> {
        self.remove_container(container).await?;
        if let Some(made) = made {
            made.forget();
        }
        Ok(())
    }

    /// Where this process writes down what must not outlive it.
    pub(super) fn records_directory(&self) -> Option<Utf8PathBuf> {
        let records = self.connection.records.as_ref()?;
        Some(records.join(self.dialect.name().as_str()))
    }

    /// Removes what processes have left that are gone.
    async fn remove_left_over(&self, directory: &Utf8Path) {
        for (lock, container, _file) in left_over(directory) {
            // What fails is tried again by the next process.
            if self.remove_container(&container).await.is_ok() {
                forget(&lock);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_gone_processes_have_made_is_left_over() {
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        let alive = Made::begin(directory).unwrap();
        fs::write(alive.id_file(), "a11fe").unwrap();
        let dead = Made::begin(directory).unwrap();
        fs::write(dead.id_file(), "dead\n").unwrap();
        let unmade = Made::begin(directory).unwrap();
        assert!(left_over(directory).is_empty());
        let lock = dead.lock.clone();
        drop((dead, unmade));
        // A process that another test starts at this moment has the lock until it runs its program.
        let found = (0..500)
            .map(|_| {
                std::thread::sleep(std::time::Duration::from_millis(10));
                left_over(directory)
            })
            .find(|found| !found.is_empty())
            .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].0, found[0].1.as_str()), (&lock, "dead"));
        // Two processes do not remove the same one.
        assert!(left_over(directory).is_empty());
        drop(found);
        forget(&lock);
        alive.forget();
        assert!(left_over(directory).is_empty());
        // The one that may still be made.
        assert_eq!(fs::read_dir(directory).unwrap().count(), 1);
    }
}
