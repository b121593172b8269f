//! Which model providers a session has the keys and logins of.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

/// The providers whose keys and logins a session gets, by their names in opencode, such as
/// `anthropic`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Providers {
    /// Those that the user's opencode configuration chooses models of, or enables; all, if it does
    /// neither.
    Configured,
    /// All that the host has.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Providers {
    /// As in a settings file.
    pub(super) fn show(&self) -> Value {
        match self {
            Self::Only(names) => names.iter().cloned().collect(),
            other => Value::String(other.to_string()),
        }
    }

    /// Whether this may give a session what `below` does not. What the user's opencode configuration
    /// names is not known here.
    pub(super) fn is_wider_than(&self, below: &Self) -> bool {
        match (below, self) {
            (Self::All, _) => false,
            (Self::Only(below), Self::Only(with)) => !with.is_subset(below),
            _ => self != below,
        }
    }
}

impl fmt::Display for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured => f.write_str("configured"),
            Self::All => f.write_str("all"),
            Self::Only(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                f.write_str(&names.join(", "))
            }
        }
    }
}
