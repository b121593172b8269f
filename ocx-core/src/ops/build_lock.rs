//! Builds of the same image, one after the other.

use std::{fs, io};

use sha2::{Digest, Sha256};

use super::{Ocx, OcxError};
use crate::image::ImageReference;

/// The right to build one ocx image and to use the temporary names that go with it. Given back when
/// this is dropped.
#[derive(Debug)]
pub(super) struct LayerLock {
    hash: String,
    _file: fs::File,
}

impl LayerLock {
    /// A name that only the holder of the lock uses.
    pub(super) fn temporary_name(&self, tag: &str) -> ImageReference {
        format!("ocx-tmp---{}:{tag}", self.hash)
            .parse()
            .expect("a valid reference")
    }
}

impl Ocx<'_> {
    /// Waits until no other ocx builds the ocx image `name`.
    pub(super) async fn lock_layer(&self, name: &ImageReference) -> Result<LayerLock, OcxError> {
        let hash = hash_of(name);
        let _file = self.lock_build(&hash).await?;
        Ok(LayerLock { hash, _file })
    }

    /// Waits until no other ocx builds the base image `name`. Two builds at once would make two
    /// images, of which one loses its name; one after the other, the second finds all in the
    /// engine's cache. Released when the file is closed.
    pub(super) async fn lock_base(&self, name: &ImageReference) -> Result<fs::File, OcxError> {
        self.lock_build(&hash_of(name)).await
    }

    async fn lock_build(&self, hash: &str) -> Result<fs::File, OcxError> {
        let directory = self.host.dirs.cache.join("locks");
        let path = directory.join(format!("build-{hash}.lock"));
        let failed = |source: io::Error| OcxError::File {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(&directory).map_err(failed)?;
        let file = fs::File::create(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::Error(source)) => Err(failed(source)),
            Err(fs::TryLockError::WouldBlock) => {
                self.step("waiting for another ocx that builds the same image");
                let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
                locked.map_err(io::Error::other).flatten().map_err(failed)
            }
        }
    }
}

fn hash_of(name: &ImageReference) -> String {
    hex::encode(&Sha256::digest(name.as_str())[..6])
}
