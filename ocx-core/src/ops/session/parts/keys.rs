//! The API keys of model providers, where they stay outside.

use async_trait::async_trait;

use super::{Begun, Held, Opening, Part};
use crate::{ops::SessionError, report::Notice, session::plan::Contribution, state::KeysLock};

/// Takes the keys out of the session's variables, and keeps sessions apart of which some have the keys.
pub(super) struct Keys;

#[async_trait]
impl Part for Keys {
    fn purpose(&self) -> &'static str {
        "where your API keys are"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let place = opening.ocx.settings.keys_place();
        let lock = KeysLock::acquire(opening.store, place)?;
        let mut contribution = Contribution {
            withheld: opening.keys.withheld.clone(),
            ..Contribution::default()
        };
        if !opening.keys.inside.is_empty() {
            let providers = opening.keys.inside.clone();
            contribution.notes.push(Notice::KeysInside { providers });
        }
        Ok(contribution.guarded_by(Held(lock)))
    }
}
