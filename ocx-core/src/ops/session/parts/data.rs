//! opencode's own data of the project: its sessions and their database.

use async_trait::async_trait;

use super::{Begun, Held, Opening, Part};
use crate::{
    layout,
    opencode::is_made_up,
    ops::SessionError,
    report::Notice,
    session::plan::{Contribution, PlanCause, setting},
    spec::{Access, Mount, Piece},
    state::DataLock,
};

/// Mounts the data, and keeps another version of opencode off it.
pub(super) struct Data;

#[async_trait]
impl Part for Data {
    fn purpose(&self) -> &'static str {
        "opencode's own data"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let lock = DataLock::acquire(opening.store, opening.version)?;
        let mut contribution = Contribution::default();
        if let Some(downgrade) = lock
            .downgrade()
            .filter(|downgrade| !is_made_up(&downgrade.from))
        {
            contribution.notes.push(Notice::Downgrade {
                from: downgrade.from.clone(),
                to: downgrade.to.clone(),
            });
        }
        // Without a home that stays, its data goes as well.
        if opening.home.is_some() {
            contribution.causes.set(
                Piece::Mount(layout::OPENCODE_DATA.into()),
                [
                    PlanCause::Part(self.purpose()),
                    setting("data_volumes_mode"),
                ],
            );
            contribution.mounts.push(Mount::bind(
                opening.store.opencode_data(),
                layout::OPENCODE_DATA,
                Access::ReadWrite,
            ));
        }
        Ok(contribution.guarded_by(Held(lock)))
    }
}
