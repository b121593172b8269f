//! What sessions reach.

use std::fmt;

use figment::value::Value;

#[cfg(doc)]
use super::Settings;
use super::{SettingsWarning, stack::Contribution};
use crate::spec::Network;

/// The words for `network`. Any other is the name of a network.
const MODES: [&str; 5] = ["default", "filtered", "ask", "none", "host"];

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

/// A warning for the name of a network that is a slip away from a word: the session would not begin, as there
/// is no such network, or, if there is one, it may not be the one that was meant.
pub(super) fn almost_a_mode(contribution: &Contribution) -> Option<SettingsWarning> {
    let name = match &contribution.value {
        Value::String(_, name) if contribution.key.name == "network" => name,
        _ => return None,
    };
    if MODES.contains(&name.as_str()) {
        return None;
    }
    let plain = name.to_lowercase();
    // What is a slip in a word of three letters is another word.
    let is_near = |mode: &&str| {
        let slips = strsim::osa_distance(&plain, mode);
        slips == 0 || (slips == 1 && mode.len() > 3)
    };
    let mode = MODES.into_iter().find(is_near)?;
    Some(SettingsWarning::AlmostMode {
        origin: contribution.origin.clone(),
        name: name.clone(),
        mode,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Key, Origin};

    #[test]
    fn slips_in_words_are_told_and_other_names_are_not() {
        let told = |name: &str| {
            let contribution = Contribution {
                key: Key::find("network").unwrap(),
                value: name.into(),
                origin: Origin::Default,
            };
            match almost_a_mode(&contribution) {
                Some(SettingsWarning::AlmostMode { mode, .. }) => Some(mode),
                _ => None,
            }
        };
        for (name, mode) in [
            ("filterd", Some("filtered")),
            ("fitlered", Some("filtered")),
            ("Filtered", Some("filtered")),
            ("defualt", Some("default")),
            ("nome", Some("none")),
            ("Ask", Some("ask")),
            ("task", None),
            ("shop_default", None),
            ("bridge", None),
            ("backend", None),
            ("filtered", None),
        ] {
            assert_eq!(told(name), mode, "{name}");
        }
    }
}
