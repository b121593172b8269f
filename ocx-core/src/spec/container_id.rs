//! The ID of a container.

use serde::{Deserialize, Serialize};

/// The ID of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerId(pub String);
