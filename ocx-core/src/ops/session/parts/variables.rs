//! Variables that a session inherits: from the caller, and from the settings' files of variables.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    ops::SessionError,
    session::{
        plan::{self, Contribution, inherited_environment, setting},
        read_env_file,
    },
};

/// Reads the files. They win over what the caller has.
pub(super) struct Variables;

#[async_trait]
impl Part for Variables {
    fn purpose(&self) -> &'static str {
        "variables of yours"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        let mut inherited = inherited_environment(&ocx.host, &ocx.settings, opening.reach);
        for path in &ocx.settings.env_file {
            let of_file = plan::Variables::because_of(setting("env_file"), read_env_file(path)?);
            inherited.extend(of_file);
        }
        let contribution = Contribution {
            inherited: inherited.environment,
            causes: inherited.causes,
            ..Contribution::default()
        };
        Ok(contribution.into())
    }
}
