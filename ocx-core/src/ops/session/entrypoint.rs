//! The entrypoint of a base, where the settings keep it.

use super::open::{Readiness, Ready};
use crate::{
    base::BasePlan,
    ops::SessionError,
    settings::{EntrypointUse, Settings},
};

impl Ready {
    /// What the program is started by, if the settings want that.
    pub(super) fn entrypoint(
        &self,
        base: &BasePlan,
        settings: &Settings,
    ) -> Result<Vec<String>, SessionError> {
        let base = base.reference();
        match (settings.entrypoint, self.readiness) {
            (EntrypointUse::None, _) => Ok(Vec::new()),
            // That image has none.
            (EntrypointUse::Keep, Readiness::FoundWithoutBase) => {
                Err(SessionError::EntrypointUnknown { base })
            }
            (EntrypointUse::Keep, Readiness::Found | Readiness::Built) => {
                match self.probe.entrypoint.as_slice() {
                    // `ENTRYPOINT line` without brackets: arguments become the shell's `$0` and `$1`.
                    [shell, option, _] if shell.ends_with("sh") && option == "-c" => {
                        Err(SessionError::EntrypointOfShell { base })
                    }
                    entrypoint => Ok(entrypoint.to_vec()),
                }
            }
        }
    }
}
