//! Variables that a session inherits: from the caller, and from the settings' files of variables.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    ops::OcxError,
    session::{
        plan::{Contribution, inherited_environment},
        read_env_file,
    },
};

/// Reads the files. They win over what the caller has.
pub(super) struct Variables;

#[async_trait]
impl Part for Variables {
    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, OcxError> {
        let ocx = opening.ocx;
        let mut inherited = inherited_environment(&ocx.host, &ocx.settings, opening.reach);
        for path in &ocx.settings.env_file {
            inherited.extend(read_env_file(path)?);
        }
        let contribution = Contribution {
            inherited,
            ..Contribution::default()
        };
        Ok(contribution.into())
    }
}
