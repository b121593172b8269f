//! Paths of the workspace that the agent must not see.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    disk::ContentStore,
    ops::OcxError,
    report::Notice,
    session::plan::{Contribution, Covering, cover_mounts, find_forbidden},
};

/// Covers what is forbidden.
pub(super) struct Paths;

#[async_trait]
impl Part for Paths {
    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, OcxError> {
        let ocx = opening.ocx;
        let hidden = [
            &ocx.settings.forbidden_paths,
            opening.project_config.covered(),
        ]
        .concat();
        let forbidden = find_forbidden(&hidden, &ocx.project.root);
        let content = ContentStore::new(&ocx.host.dirs.cache);
        let mut contribution = Contribution {
            mounts: cover_mounts(&Covering {
                root: &ocx.project.root,
                covers: &forbidden.covers,
                empty_file: &content.empty_file()?,
                empty_directory: &content.empty_directory()?,
            }),
            ..Contribution::default()
        };
        if !forbidden.absent.is_empty() {
            let note = Notice::ForbiddenAbsent(forbidden.absent);
            contribution.notes.push(note);
        }
        Ok(contribution.into())
    }
}
