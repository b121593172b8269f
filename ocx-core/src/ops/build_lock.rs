//! Builds of the same image, one after the other.

use std::{fs, io};

use super::{Ocx, OcxError};

impl Ocx<'_> {
    /// Waits until no other ocx builds the same image. Released when the file is closed.
    pub(super) async fn lock_build(&self, hash: &str) -> Result<fs::File, OcxError> {
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
