//! Podman with a storage of one test's own, beside that of the lane.
//!
//! For tests that may damage a storage, and for those that need another driver, or root's Podman.

use std::ops::Deref;

use super::{Engine, EngineKind, apart, podman::Place};
use crate::account::Account;

/// How a Podman keeps images and containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageDriver {
    /// The kernel's overlay file system.
    Overlay,
    /// Overlays that a program mounts: fuse-overlayfs.
    FuseOverlay,
    /// Copies.
    Vfs,
}

/// A Podman of the same version as a lane's, with a storage that is removed at the end of the test.
#[derive(Debug)]
pub struct PodmanApart {
    engine: Engine,
    place: Place,
}

impl PodmanApart {
    /// One of the same user as the lane's.
    #[must_use]
    pub fn new(lane: &Engine, driver: StorageDriver) -> Self {
        Self::of(lane, Account::ordinary(), driver)
    }

    /// One of root's. `None`, with a message, if the tests are not run by root.
    #[must_use]
    pub fn of_root(lane: &Engine) -> Option<Self> {
        let root = Account::root();
        if root.is_none() {
            crate::skip::skip("only root can run root's Podman");
        }
        Some(Self::of(lane, root?, StorageDriver::Overlay))
    }

    fn of(lane: &Engine, account: Account, driver: StorageDriver) -> Self {
        assert_eq!(lane.kind(), EngineKind::Podman);
        let place = Place {
            lane: lane.lane(),
            system: lane.system(),
            directory: apart::new_directory(lane.lane()),
            account,
        };
        place.configure(driver);
        let engine = place.engine().unwrap_or_else(|error| panic!("{error}"));
        Self { engine, place }
    }
}

impl Deref for PodmanApart {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for PodmanApart {
    fn drop(&mut self) {
        // A second panic in a test that fails ends the whole program.
        let _ = std::panic::catch_unwind(|| {
            self.place.remove_containers();
            self.place.remove();
        });
    }
}
