//! The hosts of model providers.

/// `PROVIDER HOST…`, one provider a line.
const TABLE: &str = include_str!("model_hosts.txt");

/// The hosts, as rules, that opencode asks for the models of this provider, if it is a known one.
pub(crate) fn hosts_of_provider(provider: &str) -> impl Iterator<Item = &'static str> {
    rows(TABLE)
        .find(|(name, _)| *name == provider)
        .into_iter()
        .flat_map(|(_, hosts)| hosts.split(' '))
}

/// The rows of a table with a provider at the beginning of each, and what stands behind it.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::bridge::{Hosts, Rule, reaches_special};

    #[test]
    fn the_table_holds_names_of_hosts() {
        let mut known = BTreeSet::new();
        for (provider, hosts) in rows(TABLE) {
            assert!(known.insert(provider), "{provider} stands there twice");
            for host in hosts.split(' ') {
                let rule: Rule = host.parse().unwrap();
                assert!(!reaches_special(&rule));
                let is_name = matches!(
                    rule,
                    Rule::Hosts {
                        hosts: Hosts::Name(_) | Hosts::Below(_),
                        port: None
                    }
                );
                assert!(is_name, "{provider}: {host}");
            }
        }
        assert!(known.len() > 150);
    }

    #[test]
    fn providers_have_their_hosts() {
        let hosts = |provider| hosts_of_provider(provider).collect::<Vec<_>>();
        assert_eq!(hosts("anthropic"), ["api.anthropic.com"]);
        assert_eq!(hosts("openai").len(), 3);
        assert!(hosts("nobody").is_empty() && hosts("").is_empty());
    }
}
