//! Whose keys and logins a session has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::entries::{CredentialFile, is_well_known, kind};
use crate::{opencode_config::Named, settings::Providers};

/// The model providers and MCP servers whose keys and logins a session gets, of those that the host
/// has. What is not needed cannot be sent away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    providers: Set,
    servers: Set,
    variables: BTreeSet<String>,
    /// Providers whose keys stay outside.
    outside: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Set {
    All,
    AllBut(BTreeSet<String>),
    Only(BTreeSet<String>),
}

impl Set {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::AllBut(names) => !names.contains(name),
            Self::Only(names) => names.contains(name),
        }
    }
}

impl Reach {
    /// What the settings want, and opencode's configuration names.
    pub(crate) fn new(wanted: &Providers, named: &Named) -> Self {
        let providers = match wanted {
            Providers::All => Set::All,
            Providers::Only(names) => Set::Only(names.clone()),
            Providers::Configured => configured(named),
        };
        let servers = match wanted {
            Providers::All => Set::All,
            _ => Set::Only(named.mcp.clone()),
        };
        // A key that is taken from a variable stands in an entry that is there on purpose, but not
        // if the settings name providers.
        let variables = match wanted {
            Providers::Only(_) => BTreeSet::new(),
            _ => named.variables.clone(),
        };
        Self {
            providers,
            servers,
            variables,
            outside: BTreeSet::new(),
        }
    }

    /// The same for a session that does not get the keys among the host's logins for these providers.
    pub(crate) fn with_keys_outside(mut self, providers: BTreeSet<String>) -> Self {
        self.outside = providers;
        self
    }

    /// The only model providers that there are for a session; `None` if it may be any.
    pub(crate) fn only_providers(&self) -> Option<&BTreeSet<String>> {
        match &self.providers {
            Set::Only(names) => Some(names),
            Set::All | Set::AllBut(_) => None,
        }
    }

    /// Whether a session may use the models of this provider.
    pub(crate) fn has_provider(&self, name: &str) -> bool {
        self.providers.has(name)
    }

    /// Whether a session gets this entry of the host's.
    pub(super) fn has_entry(&self, file: CredentialFile, name: &str, entry: &Value) -> bool {
        match file {
            // It stands for an organisation's configuration, which brings providers of its own.
            CredentialFile::Auth if is_well_known(entry) => true,
            CredentialFile::Auth if kind(entry) == Some("api") && self.outside.contains(name) => {
                false
            }
            CredentialFile::Auth => self.providers.has(name),
            CredentialFile::McpAuth => self.servers.has(name),
        }
    }

    /// Whether a session gets the key in this variable, which serves these providers.
    pub(crate) fn has_key(&self, variable: &str, providers: &[&str]) -> bool {
        self.variables.contains(variable) || providers.iter().any(|name| self.providers.has(name))
    }
}

/// A configuration that chooses models needs their providers; one that does not may use any.
fn configured(named: &Named) -> Set {
    let without = |names: &BTreeSet<String>| names.difference(&named.disabled).cloned().collect();
    if let Some(enabled) = &named.enabled {
        Set::Only(without(enabled))
    } else if named.chosen.is_empty() {
        Set::AllBut(named.disabled.clone())
    } else {
        Set::Only(without(&(&named.chosen | &named.configured)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    /// Which of `a`, `b`, `c`, `d` a session has the logins of.
    fn providers(wanted: &Providers, named: &Named) -> String {
        let reach = Reach::new(wanted, named);
        let entry = serde_json::json!({"type": "api"});
        ["a", "b", "c", "d"]
            .into_iter()
            .filter(|name| reach.has_entry(CredentialFile::Auth, name, &entry))
            .collect()
    }

    #[test]
    fn a_configuration_that_chooses_nothing_may_use_all() {
        let mut named = Named::default();
        assert_eq!(providers(&Providers::Configured, &named), "abcd");
        named.disabled = set(&["b"]);
        // That a provider has options is no choice.
        named.configured = set(&["c"]);
        assert_eq!(providers(&Providers::Configured, &named), "acd");
        assert_eq!(providers(&Providers::All, &named), "abcd");
    }

    #[test]
    fn a_configuration_that_chooses_needs_what_it_names() {
        let mut named = Named {
            chosen: set(&["a", "b"]),
            configured: set(&["c"]),
            disabled: set(&["b"]),
            ..Named::default()
        };
        assert_eq!(providers(&Providers::Configured, &named), "ac");
        named.enabled = Some(set(&["b", "d"]));
        assert_eq!(providers(&Providers::Configured, &named), "d");
        assert_eq!(providers(&Providers::All, &named), "abcd");
        let only = Providers::Only(set(&["b"]));
        assert_eq!(providers(&only, &named), "b");
        assert_eq!(providers(&Providers::Only(set(&[])), &named), "");
    }

    #[test]
    fn logins_of_servers_are_those_of_the_servers_that_are_configured() {
        let named = Named {
            mcp: set(&["mine"]),
            ..Named::default()
        };
        let has = |wanted: &Providers, name: &str| {
            Reach::new(wanted, &named).has_entry(CredentialFile::McpAuth, name, &Value::Null)
        };
        assert!(has(&Providers::Configured, "mine") && !has(&Providers::Configured, "other"));
        assert!(has(&Providers::All, "other"));
    }

    #[test]
    fn a_login_that_configures_opencode_is_always_there() {
        let reach = Reach::new(&Providers::Only(set(&[])), &Named::default());
        let entry = serde_json::json!({"type": "wellknown"});
        assert!(reach.has_entry(CredentialFile::Auth, "https://corp.example", &entry));
    }

    #[test]
    fn keys_in_variables_go_by_their_providers() {
        let named = Named {
            chosen: set(&["a"]),
            variables: set(&["CORP_KEY"]),
            ..Named::default()
        };
        let configured = Reach::new(&Providers::Configured, &named);
        assert!(configured.has_key("A_KEY", &["x", "a"]));
        assert!(!configured.has_key("B_KEY", &["b"]));
        assert!(configured.has_key("CORP_KEY", &["b"]));
        let only = Reach::new(&Providers::Only(set(&["b"])), &named);
        assert!(!only.has_key("A_KEY", &["a"]) && !only.has_key("CORP_KEY", &["a"]));
        assert!(only.has_key("B_KEY", &["b"]));
    }
}
