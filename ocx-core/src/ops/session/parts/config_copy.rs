//! The project's copy of the user's opencode configuration.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    layout,
    opencode_config::sync_config,
    ops::OcxError,
    report::Notice,
    session::plan::Contribution,
    settings::NetworkMode,
    spec::{Access, Mount, Network},
};

/// Refreshes the copy from the host's configuration and mounts it.
pub(super) struct ConfigCopy;

#[async_trait]
impl Part for ConfigCopy {
    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, OcxError> {
        let ocx = opening.ocx;
        let copy = opening.store.config_copy();
        let source = ocx.opencode_config();
        let report = sync_config(&source, &copy)?;
        let mut contribution = Contribution {
            mounts: vec![Mount::bind(
                copy,
                layout::OPENCODE_CONFIG,
                Access::ReadWrite,
            )],
            ..Contribution::default()
        };
        let notes = &mut contribution.notes;
        notes.extend(report.notes.iter().map(|note| Notice::NotCopied {
            file: source.join(&note.path),
            reason: note.reason.to_string(),
        }));
        // In a network of its own the container's loopback is not the host's.
        if *ocx.settings.network.of_container() != Network::Host {
            notes.extend(report.loopback_urls.into_iter().map(|found| {
                let (file, url) = (found.file, found.url);
                match ocx.settings.network {
                    NetworkMode::Filtered => Notice::LoopbackFiltered { file, url },
                    NetworkMode::Engine(_) => Notice::Loopback { file, url },
                }
            }));
        }
        Ok(contribution.into())
    }
}
