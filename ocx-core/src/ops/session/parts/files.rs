//! The files of the session among ocx's own, by which the dead are told from the living.

use std::time::Duration;

use async_trait::async_trait;

use super::{Begun, GRACE, Guard, Opening, Part, trust::session_ended};
use crate::{
    ops::{Ocx, SessionError},
    runtime::ContainerId,
    session::plan::Contribution,
    state::{ProjectStore, SessionFiles, remove_leftovers},
};

/// Claims the session's name, and cleans up after sessions that died.
pub(super) struct Files;

#[async_trait]
impl Part for Files {
    fn purpose(&self) -> &'static str {
        "telling running sessions from others"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        // Before others look at the project: what the dead still do would count as the user's own.
        if !opening.ocx.is_dry_run() {
            bury_the_dead(opening.ocx, opening.store).await;
        }
        let files =
            SessionFiles::begin(opening.store, opening.session.as_str(), opening.container)?;
        Ok(Contribution::default().guarded_by(Claim {
            store: opening.store.clone(),
            files,
        }))
    }
}

#[derive(Debug)]
struct Claim {
    store: ProjectStore,
    files: SessionFiles,
}

/// How long a session goes on until its container has surely been started: engines take a second or two
/// for that, or give up, and then the session ends.
const STARTED_AFTER: Duration = Duration::from_secs(10);

#[async_trait]
impl Guard for Claim {
    async fn watch(&mut self, ocx: &Ocx) -> SessionError {
        tokio::time::sleep(STARTED_AFTER).await;
        if !ocx.is_dry_run() {
            self.files.container_runs(ocx.engine_key().as_str());
        }
        std::future::pending().await
    }

    async fn end(self: Box<Self>, ocx: &Ocx) {
        self.files.container_ended();
        bury_the_dead(ocx, &self.store).await;
        drop(self.files);
    }
}

/// Ends what sessions left behind whose ocx was killed.
async fn bury_the_dead(ocx: &Ocx, store: &ProjectStore) {
    let Ok(leftovers) = remove_leftovers(store) else {
        return;
    };
    for leftover in leftovers {
        if let Some(container) = leftover.container {
            // It is gone as a rule: its engine removes it when its program ends.
            let container = ContainerId(container.to_string());
            let _ = ocx.runtime.stop_container(&container, GRACE).await;
        }
        session_ended(ocx, &leftover.session);
    }
}
