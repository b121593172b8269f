//! The volume of the home directory.

use std::fs;

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::ops::SessionError;

/// Makes the volume with its labels when a project first needs it. An engine would make it by itself,
/// but without labels to find it by.
pub(super) struct Home;

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
        let engine = ocx.engine_key();
        let marker =
            opening
                .store
                .directory()
                .join(format!("volume-{}-{}", engine.as_str(), volume.name));
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
