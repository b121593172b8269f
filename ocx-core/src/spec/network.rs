//! Networks to be created.

use std::collections::BTreeMap;

/// A network for sessions, which must exist. Containers in it reach the outside as in the engine's own,
/// and do not reach each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkSpec {
    /// Its name.
    pub name: String,
    /// Labels that a new network gets.
    pub labels: BTreeMap<String, String>,
}

impl NetworkSpec {
    /// A network without labels.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            labels: BTreeMap::new(),
        }
    }
}
