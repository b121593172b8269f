//! Volumes to be created.

use std::collections::BTreeMap;

use super::VolumeName;

/// A named volume that must exist.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VolumeSpec {
    /// Its name.
    pub name: VolumeName,
    /// Labels that a new volume gets.
    pub labels: BTreeMap<String, String>,
}

impl VolumeSpec {
    /// A volume without labels.
    #[must_use]
    pub fn new(name: VolumeName) -> Self {
        Self {
            name,
            labels: BTreeMap::new(),
        }
    }
}
