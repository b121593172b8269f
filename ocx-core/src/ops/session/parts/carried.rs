//! What belongs to the user's opencode configuration and lies elsewhere.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    ops::SessionError,
    session::plan::{Causes, Contribution, PlanCause},
    spec::Mount,
};

/// Mounts it, read-only, where opencode looks for it.
pub(super) struct Carried;

#[async_trait]
impl Part for Carried {
    fn purpose(&self) -> &'static str {
        "what your opencode configuration refers to"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let mounts: Vec<Mount> = opening.carried.mounts().collect();
        let contribution = Contribution {
            causes: Causes::of_mounts(&mounts, &[PlanCause::Part(self.purpose())]),
            mounts,
            notes: opening.carried.notes.clone(),
            ..Contribution::default()
        };
        Ok(contribution.into())
    }
}
