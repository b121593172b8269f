//! What the user wants mounted has to be there: an engine fails with words of its own, and only once the image
//! is built.

use std::io;

use crate::ops::{Ocx, SessionError};

impl Ocx {
    /// # Errors
    ///
    /// If the source of one of `extra_mounts` is not there. One that may not be looked at may be.
    pub(super) fn ensure_mount_sources(&self) -> Result<(), SessionError> {
        let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let mut mounts = self.settings.extra_mounts.iter();
        let missing = mounts.find(|mount| {
            let found = mount.source.metadata();
            found.is_err_and(|error| is_missing(&error))
        });
        match missing {
            Some(mount) => Err(SessionError::MountSourceMissing {
                from: mount.source.clone(),
                target: mount.target.clone(),
            }),
            None => Ok(()),
        }
    }
}
