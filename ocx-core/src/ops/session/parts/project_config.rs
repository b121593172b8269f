//! The project's own configuration of opencode, left out until somebody agrees to it.

use async_trait::async_trait;

use super::{Begun, Opening, Part};
use crate::{
    ops::{SessionError, session::project_config::ProjectConfig},
    session::plan::Contribution,
    spec::{EnvValue, Environment},
};

/// opencode reads nothing of the project but its instructions with this one (1.18.34).
const SWITCH: &str = "OPENCODE_DISABLE_PROJECT_CONFIG";

/// Why something of it is left out or covered.
pub(super) const PURPOSE: &str = "what the project brings for opencode and nobody has agreed to";

/// Sets opencode's switch. What that does not leave out is covered with what else is hidden.
pub(super) struct LeaveOut;

#[async_trait]
impl Part for LeaveOut {
    fn purpose(&self) -> &'static str {
        PURPOSE
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ProjectConfig::LeftOut(left_out) = opening.project_config else {
            return Ok(Begun::default());
        };
        let contribution = Contribution {
            environment: variable(SWITCH, "1".to_owned()),
            notes: vec![left_out.notice(&opening.ocx.project.root)],
            ..Contribution::default()
        };
        Ok(contribution.into())
    }
}

fn variable(name: &str, value: String) -> Environment {
    [(name.parse().expect("a valid name"), EnvValue::Plain(value))].into()
}
