//! Images that lose their names to newer ones, and have to go.
//!
//! They are written down before that happens: a build may be killed, and an engine keeps an image
//! that a container still uses. The build or session that ends last removes them.

use std::{fs, io};

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::ops::Ocx;
use crate::{
    disk,
    image::{ImageId, ImageReference},
    runtime::{ImageInfo, Removal},
};

/// More are forgotten, the oldest first: those of an engine that is used no more would stay for good.
const MOST: usize = 64;

/// An image that ocx built, and that has lost its name or is about to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Replaced {
    id: ImageId,
    name: ImageReference,
    /// The engine that has it.
    engine: String,
    /// Whether the engine would not let it go when it was last asked.
    refused: bool,
}

/// Which images are looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::ops) enum Which<'a> {
    /// All of them.
    All,
    /// Those that the engine was not asked about yet.
    New,
    /// Those that had this name, which was that of an image that is not in use any more.
    Called(&'a ImageReference),
}

impl Ocx {
    /// Writes down that an image is about to lose `name`, its only one, to another.
    pub(in crate::ops) fn expect_replacement(&self, image: &ImageInfo, name: &ImageReference) {
        if self.is_dry_run() {
            return;
        }
        let replaced = Replaced {
            id: image.id.clone(),
            name: name.clone(),
            engine: self.engine_key().as_str().to_owned(),
            refused: false,
        };
        self.change_replaced(|all| {
            all.retain(|other| other.id != replaced.id);
            all.push(replaced);
            all.drain(..all.len().saturating_sub(MOST));
        });
    }

    /// Strikes out an image that has kept its name.
    pub(in crate::ops) fn forget_replacement(&self, image: &ImageId) {
        if !self.is_dry_run() {
            self.change_replaced(|all| all.retain(|replaced| replaced.id != *image));
        }
    }

    /// Removes the images that have no name any more and that nothing needs. What fails is tried
    /// again by the next build.
    pub(in crate::ops) async fn remove_replaced(&self, which: Which<'_>) {
        if self.is_dry_run() {
            return;
        }
        let meant: Vec<Replaced> = self
            .replaced()
            .into_iter()
            .filter(|replaced| match which {
                Which::All => true,
                Which::New => !replaced.refused,
                Which::Called(name) => replaced.name == *name,
            })
            .collect();
        if meant.is_empty() {
            return;
        }
        // Another ocx builds: it does this when it is done.
        let Some(_alone) = self.lock_images_alone().await else {
            return;
        };
        // An image goes before the base that it was built on.
        for replaced in meant.iter().rev() {
            let here = replaced.engine == self.engine_key().as_str();
            match self.runtime.remove_nameless(&replaced.id).await {
                Ok(Removal::Gone) if !here => {}
                Ok(Removal::Gone) => {
                    self.image_records().forget(&replaced.id);
                    self.forget_replacement(&replaced.id);
                }
                Ok(Removal::Named) => self.forget_replacement(&replaced.id),
                Ok(Removal::Refused) | Err(_) => self.change_replaced(|all| {
                    for other in all.iter_mut().filter(|other| other.id == replaced.id) {
                        other.refused = true;
                    }
                }),
            }
        }
    }

    fn replaced(&self) -> Vec<Replaced> {
        let read = || serde_json::from_slice(&fs::read(self.replaced_file()).ok()?).ok();
        read().unwrap_or_default()
    }

    /// Changes the list while no other ocx does. A list that cannot be written only leaves an image
    /// behind.
    fn change_replaced(&self, change: impl FnOnce(&mut Vec<Replaced>)) {
        let file = self.replaced_file();
        let lock = || -> io::Result<fs::File> {
            let lock = file.with_extension("lock");
            fs::create_dir_all(lock.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
            let lock = fs::File::create(lock)?;
            lock.lock()?;
            Ok(lock)
        };
        let Ok(_lock) = lock() else { return };
        let before = self.replaced();
        let mut all = before.clone();
        change(&mut all);
        if all != before {
            let _ = disk::write_json(&file, &all);
        }
    }

    /// One file for all engines of a name: a daemon that was started again has the same images under
    /// another key.
    fn replaced_file(&self) -> Utf8PathBuf {
        let name = format!("{}.json", self.runtime.name());
        self.host.dirs.cache.join("replaced").join(name)
    }
}
