//! Paths of the workspace that the agent must not see, or not change.

use async_trait::async_trait;
use camino::Utf8PathBuf;

use super::{Begun, Opening, Part};
use crate::{
    base::{BasePlan, FoundIn},
    disk::ContentStore,
    ops::OcxError,
    project::Project,
    report::Notice,
    session::plan::{Contribution, Covering, cover_mounts, find_forbidden},
};

/// Covers what is forbidden, and holds the project's own ocx files read-only.
pub(super) struct Paths;

#[async_trait]
impl Part for Paths {
    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, OcxError> {
        let ocx = opening.ocx;
        let forbidden = find_forbidden(&ocx.settings.forbidden_paths, &ocx.project.root);
        let content = ContentStore::new(&ocx.host.dirs.cache);
        let mut contribution = Contribution {
            mounts: cover_mounts(&Covering {
                root: &ocx.project.root,
                covers: &forbidden.covers,
                protected: &protected(opening.base, &ocx.project),
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

/// The project's files that configure ocx: the agent must not prepare the next session's sandbox.
fn protected(base: &BasePlan, project: &Project) -> Vec<Utf8PathBuf> {
    let dockerfile = base
        .dockerfile()
        .filter(|found| found.found_in == FoundIn::Project);
    project
        .config_files
        .iter()
        .cloned()
        .chain(dockerfile.map(|found| found.canonical.clone()))
        .collect()
}
