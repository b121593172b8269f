//! What the parts of a session add to its container.

use std::collections::BTreeMap;

use super::{Causes, PlanCause, Variables, Withheld};
use crate::{
    project::GitSetting,
    report::Notice,
    spec::{EnvName, Environment, Mount, Piece},
};

/// What one part of a session adds to its container. A plain value: whatever had to be read or made
/// on the disk has been.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contribution {
    /// What the part is for, which is why its pieces are there.
    pub purpose: &'static str,
    /// Why some of its pieces are there, where something else decides them.
    pub causes: Causes,
    /// Mounts, parents before what is mounted into them.
    pub mounts: Vec<Mount>,
    /// Variables that come from outside: the settings, and what ocx itself sets, win over them.
    pub inherited: Environment,
    /// Variables that win over all others.
    pub environment: Environment,
    /// Settings of Git, and why it has them.
    pub git_settings: Vec<(GitSetting, PlanCause)>,
    /// What no variable of the session holds.
    pub withheld: Withheld,
    /// Labels of the container.
    pub labels: BTreeMap<String, String>,
    /// What the session's program is started by; see [`RunSpec::launcher`](crate::spec::RunSpec). One part
    /// at most has one.
    pub launcher: Vec<String>,
    /// What the user should know.
    pub notes: Vec<Notice>,
}

impl Contribution {
    /// Why it has this piece.
    pub(super) fn causes_of(&self, piece: &Piece) -> Vec<PlanCause> {
        match self.causes.of(piece) {
            [] => vec![PlanCause::Part(self.purpose)],
            causes => causes.to_vec(),
        }
    }

    /// These variables of it, and why they are there.
    pub(super) fn variables(&self, environment: &Environment) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in environment {
            let name: EnvName = name.clone();
            let causes = self.causes_of(&Piece::Variable(name.clone()));
            variables.insert(name, value.clone(), causes);
        }
        variables
    }
}
