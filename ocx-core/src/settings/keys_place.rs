//! Where the API keys of a session's model providers are.

use std::fmt;

use super::{NetworkMode, Settings};
use crate::spec::Network;

/// Where the API keys of a session's model providers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeysPlace {
    /// Outside: the session asks providers through a [bridge](crate::bridge) that has the keys.
    Outside,
    /// Inside, as opencode has them on the host.
    Inside,
}

impl Settings {
    /// Where the keys are. If that is not set, they are outside with [`NetworkMode::Filtered`] and [`NetworkMode::Ask`],
    /// which have a bridge anyway, and with no network, where nobody needs them.
    #[must_use]
    pub fn keys_place(&self) -> KeysPlace {
        self.keys.unwrap_or(match self.network {
            NetworkMode::Filtered | NetworkMode::Ask | NetworkMode::Engine(Network::None) => {
                KeysPlace::Outside
            }
            NetworkMode::Engine(_) => KeysPlace::Inside,
        })
    }
}

impl fmt::Display for KeysPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outside => "outside",
            Self::Inside => "inside",
        })
    }
}
