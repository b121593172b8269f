//! What sessions reach.

use std::fmt;

#[cfg(doc)]
use super::Settings;
use crate::spec::Network;

/// What sessions reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkMode {
    /// What is reached from this network of the engine's.
    Engine(Network),
    /// What the rules in [`Settings::network_allow`] allow, through a [bridge](crate::bridge); the container
    /// itself has no network.
    Filtered,
    /// The same, and what no rule allows or denies waits for the user's word.
    Ask,
}

impl NetworkMode {
    /// Whether rules say what is reached, and the container has no network.
    #[must_use]
    pub fn is_by_rules(&self) -> bool {
        matches!(self, Self::Filtered | Self::Ask)
    }

    /// The network of the container.
    #[must_use]
    pub fn of_container(&self) -> &Network {
        match self {
            Self::Engine(network) => network,
            Self::Filtered | Self::Ask => &Network::None,
        }
    }
}

impl fmt::Display for NetworkMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine(Network::Default) => "default",
            Self::Engine(Network::None) => "none",
            Self::Engine(Network::Host) => "host",
            Self::Engine(Network::Named(name)) => name,
            Self::Filtered => "filtered",
            Self::Ask => "ask",
        })
    }
}
