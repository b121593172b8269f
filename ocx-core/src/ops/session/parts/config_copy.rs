//! The project's copy of the user's opencode configuration.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    layout,
    opencode_config::sync_config,
    ops::SessionError,
    report::Notice,
    session::plan::{Causes, Contribution, PlanCause, setting},
    spec::{Access, Mount},
};

/// Refreshes the copy from the host's configuration and mounts it.
pub(super) struct ConfigCopy;

#[async_trait]
impl Part for ConfigCopy {
    fn purpose(&self) -> &'static str {
        "your opencode configuration"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        let copy = opening.store.config_copy();
        let source = ocx.opencode_config();
        let report = sync_config(&source, &copy, &opening.keys.redaction)?;
        let mounts = vec![Mount::bind(
            copy,
            layout::OPENCODE_CONFIG,
            Access::ReadWrite,
        )];
        let mut because_of = vec![PlanCause::Part(self.purpose())];
        let directory = ocx.settings.opencode_config_dir.as_ref();
        because_of.extend(directory.map(|_| setting("opencode_config_dir")));
        let mut contribution = Contribution {
            causes: Causes::of_mounts(&mounts, &because_of),
            mounts,
            ..Contribution::default()
        };
        let notes = &mut contribution.notes;
        notes.extend(report.notes.iter().map(|note| Notice::NotCopied {
            file: source.join(&note.path),
            reason: note.reason.to_string(),
        }));
        let missing = ocx.missing_on_loopback(opening.keys).into_iter();
        notes.extend(missing.map(|found| Notice::Loopback {
            port: found.port(),
            file: found.file,
            url: found.url,
        }));
        Ok(contribution.into())
    }
}
