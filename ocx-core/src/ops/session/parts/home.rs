//! The volume of the home directory.

use std::fs;

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};

use super::{Begun, Opening, Part};
use crate::{ops::SessionError, runtime::EngineKey, spec::VolumeName};

/// Makes the volume with its labels when a project first needs it. An engine would make it by itself,
/// but without labels to find it by.
pub(super) struct Home;

/// What tells in a project's store that the volume is made on this engine. Whoever removes the volume
/// removes it first.
pub(in crate::ops) fn marker(
    store: &Utf8Path,
    engine: &EngineKey,
    name: &VolumeName,
) -> Utf8PathBuf {
    store.join(format!("volume-{}-{name}", engine.as_str()))
}

#[async_trait]
impl Part for Home {
    fn purpose(&self) -> &'static str {
        "the home directory"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let Some(volume) = opening.home else {
            return Ok(Begun::default());
        };
        let ocx = opening.ocx;
        let marker = marker(opening.store.directory(), &ocx.engine_key(), &volume.name);
        if !marker.exists() {
            ocx.runtime.ensure_volume(volume).await?;
            if !ocx.is_dry_run() {
                // Without the marker the next session only asks the engine again.
                let _ = fs::write(&marker, "");
            }
        }
        Ok(Begun::default())
    }
}
