//! What the parts of a session add to its container.

use std::collections::BTreeMap;

use crate::report::Notice;
use crate::spec::{Environment, Mount};

/// What one part of a session adds to its container. A plain value: whatever had to be read or made
/// on the disk has been.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contribution {
    /// Mounts, parents before what is mounted into them.
    pub mounts: Vec<Mount>,
    /// Variables that come from outside: the settings, and what ocx itself sets, win over them.
    pub inherited: Environment,
    /// Variables that win over all others.
    pub environment: Environment,
    /// Labels of the container.
    pub labels: BTreeMap<String, String>,
    /// What the session's program is started by; see [`RunSpec::launcher`](crate::spec::RunSpec). One part
    /// at most has one.
    pub launcher: Vec<String>,
    /// What the user should know.
    pub notes: Vec<Notice>,
}
