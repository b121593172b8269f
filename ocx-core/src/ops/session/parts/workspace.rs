//! The project's files, and whatever else the settings mount.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    ops::OcxError,
    session::plan::{Contribution, workspace_mounts},
};

/// Mounts the project at its own path.
pub(super) struct Workspace;

#[async_trait]
impl Part for Workspace {
    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, OcxError> {
        let ocx = opening.ocx;
        let has_tmp = ocx.project.root.join("tmp").is_dir();
        let contribution = Contribution {
            mounts: workspace_mounts(&ocx.project, &ocx.settings, has_tmp),
            ..Contribution::default()
        };
        Ok(contribution.into())
    }
}
