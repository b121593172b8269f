//! Temporary names of builds that were killed.
//!
//! A build writes down which names it is about to give. The next build of whatever image removes those
//! that nobody holds the lock for any more.

use std::fs;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::ops::{Ocx, build::lock::LayerLock};
use crate::{
    disk,
    image::{ImageHandle, ImageReference},
    runtime::EngineName,
};

/// The temporary names of one build.
#[derive(Debug, Serialize, Deserialize)]
struct Unfinished {
    engine: EngineName,
    names: Vec<ImageReference>,
}

impl Ocx {
    /// Writes down the names that a build is about to give.
    pub(in crate::ops) fn begin_names(&self, lock: &LayerLock, names: &[&ImageReference]) {
        if self.is_dry_run() {
            return;
        }
        let unfinished = Unfinished {
            engine: self.runtime.name(),
            names: names.iter().map(|&name| name.clone()).collect(),
        };
        // Without it, they only stay until this image is built again.
        let _ = disk::write_json(&self.unfinished_file(lock.key()), &unfinished);
    }

    /// Strikes them out: the build has taken them back.
    pub(in crate::ops) fn end_names(&self, lock: &LayerLock) {
        if !self.is_dry_run() {
            let _ = fs::remove_file(self.unfinished_file(lock.key()));
        }
    }

    /// Takes back the names of builds that were killed. What fails is tried again by the next build.
    pub(in crate::ops) async fn remove_unfinished(&self) {
        if self.is_dry_run() {
            return;
        }
        let directory = self.unfinished_directory();
        let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
        for file in entries.map(camino::Utf8DirEntry::into_path) {
            let Some(_lock) = file.file_stem().and_then(|key| self.abandoned_lock(key)) else {
                continue;
            };
            let Some(unfinished) = disk::read_json::<Unfinished>(&file) else {
                continue;
            };
            if unfinished.engine != self.runtime.name() {
                continue;
            }
            // Another ocx builds: it does this when it is done.
            let Some(_alone) = self.lock_images_alone().await else {
                return;
            };
            let mut is_done = true;
            for name in unfinished.names {
                let name = ImageHandle::Name(name);
                is_done &= self.runtime.remove_image(&name).await.is_ok();
            }
            if is_done {
                let _ = fs::remove_file(&file);
            }
        }
    }

    fn unfinished_file(&self, key: &str) -> Utf8PathBuf {
        self.unfinished_directory().join(format!("{key}.json"))
    }

    fn unfinished_directory(&self) -> Utf8PathBuf {
        self.host.dirs.cache.join("unfinished")
    }
}
