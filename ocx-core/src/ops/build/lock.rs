//! Builds of the same image, one after the other, and no removals while others build.

use std::{
    fs, io,
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::image::ImageReference;
use crate::ops::{BuildError, Ocx};
use crate::report::Step;

/// How long an ocx that wants to remove images waits for the others that build. Those that only check
/// are done by then; those that really build remove what it leaves.
const PATIENCE: Duration = Duration::from_secs(1);

/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// The right to build one ocx image and to use the temporary names that go with it. Given back when
/// this is dropped.
#[derive(Debug)]
pub(in crate::ops) struct LayerLock {
    hash: String,
    key: String,
    _file: fs::File,
}

impl LayerLock {
    /// What tells this lock from others.
    pub(in crate::ops) fn key(&self) -> &str {
        &self.key
    }

    /// A name that only the holder of the lock uses.
    pub(in crate::ops) fn temporary_name(&self, tag: &str) -> ImageReference {
        format!("ocx-tmp---{}:{tag}", self.hash)
            .parse()
            .expect("a valid reference")
    }
}

impl Ocx {
    /// Waits until no other ocx builds the ocx image `name`.
    pub(in crate::ops) async fn lock_layer(
        &self,
        name: &ImageReference,
    ) -> Result<LayerLock, BuildError> {
        let key = hash_of(name.as_str());
        let _file = self.lock_build(&key).await?;
        // Who has other locks, such as another user, has other temporary names as well.
        let hash = hash_of(&format!("{name} {}", self.host.dirs.cache));
        Ok(LayerLock { hash, key, _file })
    }

    /// Waits until no other ocx builds the base image `name`. Two builds at once would make two
    /// images, of which one loses its name; one after the other, the second finds all in the
    /// engine's cache. Released when the file is closed.
    pub(in crate::ops) async fn lock_base(
        &self,
        name: &ImageReference,
    ) -> Result<fs::File, BuildError> {
        self.lock_build(&hash_of(name.as_str())).await
    }

    /// Keeps other ocx from removing images of this engine while one is built: an image that is
    /// looked at or built on must not go meanwhile, and Podman's builds look at all of them. Any
    /// number of builds may hold this. Released when the file is closed.
    pub(in crate::ops) async fn lock_images(&self) -> Result<fs::File, BuildError> {
        let path = self.images_lock();
        let failed = |source: io::Error| BuildError::File {
            path: path.clone(),
            source,
        };
        let file = open(&path).map_err(failed)?;
        // Nobody removes for long.
        let locked = tokio::task::spawn_blocking(move || file.lock_shared().map(|()| file)).await;
        locked.map_err(io::Error::other).flatten().map_err(failed)
    }

    /// The right to remove images, while no other ocx builds one; `None` if others do for longer.
    pub(in crate::ops) async fn lock_images_alone(&self) -> Option<fs::File> {
        lock_images_of(&self.host.dirs.cache, self.runtime.name().as_str()).await
    }

    /// The lock with this key, if nobody holds it.
    pub(in crate::ops) fn abandoned_lock(&self, key: &str) -> Option<fs::File> {
        let file = open(&self.build_lock(key)).ok()?;
        file.try_lock().is_ok().then_some(file)
    }

    fn build_lock(&self, key: &str) -> Utf8PathBuf {
        let directory = self.host.dirs.cache.join("locks");
        directory.join(format!("build-{key}.lock"))
    }

    fn images_lock(&self) -> Utf8PathBuf {
        images_lock(&self.host.dirs.cache, self.runtime.name().as_str())
    }

    async fn lock_build(&self, hash: &str) -> Result<fs::File, BuildError> {
        let path = self.build_lock(hash);
        let failed = |source: io::Error| BuildError::File {
            path: path.clone(),
            source,
        };
        let file = open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::Error(source)) => Err(failed(source)),
            Err(fs::TryLockError::WouldBlock) => {
                let _step = self.step(Step::WaitForBuild);
                let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
                locked.map_err(io::Error::other).flatten().map_err(failed)
            }
        }
    }
}

/// The right to remove images of the engine of this name; `None` if others build for longer.
pub(in crate::ops) async fn lock_images_of(cache: &Utf8Path, engine: &str) -> Option<fs::File> {
    let file = open(&images_lock(cache, engine)).ok()?;
    let begin = Instant::now();
    while file.try_lock().is_err() {
        if begin.elapsed() > PATIENCE {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Some(file)
}

/// The names of the engines for which there are such locks.
pub(in crate::ops) fn locked_engines(cache: &Utf8Path) -> Vec<String> {
    let entries = cache.join("locks").read_dir_utf8().into_iter().flatten();
    let names = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().strip_prefix("images-")?;
        Some(name.strip_suffix(".lock")?.to_owned())
    });
    names.collect()
}

fn images_lock(cache: &Utf8Path, engine: &str) -> Utf8PathBuf {
    cache.join("locks").join(format!("images-{engine}.lock"))
}

fn open(path: &Utf8Path) -> io::Result<fs::File> {
    fs::create_dir_all(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
    fs::File::create(path)
}

fn hash_of(name: &str) -> String {
    hex::encode(&Sha256::digest(name)[..6])
}
