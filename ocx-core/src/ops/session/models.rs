//! What `@models` stands for in rules about the network.

use std::collections::BTreeSet;

use url::Url;

use crate::{
    bridge::{Rule, Target, hosts_of_provider},
    credentials::{AuthStore, CredentialFile, LoginOrigin, Reach},
    opencode_config::{Named, References},
    ops::{Ocx, session::keys::OutsideKeys},
    session::plan::providers_with_keys,
    state::ProjectStore,
};

/// The provider of models that can be used without a key.
const FREE: &str = "opencode";

/// Where opencode gets the list of all providers and models, so that newer models than it can be used.
const LIST: &str = "models.opencode.ai";

impl Ocx {
    /// The hosts of the providers that a session uses. Those that are chosen in the user's configuration
    /// of opencode; if it chooses none, those that the user has a key or a login for. A session adds
    /// none, whatever it logs in to.
    pub(in crate::ops) fn model_rules(
        &self,
        reach: &Reach,
        keys: &OutsideKeys,
        store: &ProjectStore,
    ) -> Vec<Rule> {
        let named = Named::read(&self.opencode_config());
        let providers = match reach.only_providers() {
            Some(only) => only.clone(),
            None => {
                let mut usable = self.usable_providers(&named, reach, store);
                let asked = keys.providers.iter();
                usable.extend(asked.map(|provider| provider.name().to_owned()));
                usable
            }
        };
        let variable = |name: &str| self.variable_of_config(name);
        let references = References {
            variable: &variable,
            directory: &self.opencode_config(),
            home: &self.host.home,
        };
        rules_of(&providers, &named, &references)
    }

    fn usable_providers(
        &self,
        named: &Named,
        reach: &Reach,
        store: &ProjectStore,
    ) -> BTreeSet<String> {
        let logins = AuthStore::open(&store.credentials())
            .and_then(|auth| auth.logins(&self.host.opencode_data()))
            .unwrap_or_default();
        let logins = logins.into_iter().filter_map(|(file, name, origin)| {
            let is_users = file == CredentialFile::Auth && origin != LoginOrigin::Session;
            is_users.then_some(name)
        });
        let keys = providers_with_keys(&self.host).map(str::to_owned);
        let configured = named.configured.iter().cloned();
        logins
            .chain(keys)
            .chain(configured)
            .chain([FREE.to_owned()])
            .filter(|name| reach.has_provider(name))
            .collect()
    }
}

/// Where the configuration says another place than the usual one, only that is meant.
fn rules_of(providers: &BTreeSet<String>, named: &Named, references: &References) -> Vec<Rule> {
    let mut rules = vec![usual(LIST)];
    for provider in providers {
        match named.base_urls.get(provider) {
            Some(url) => rules.extend(rule_of_url(&references.resolve(url))),
            None => rules.extend(hosts_of_provider(provider).map(usual)),
        }
    }
    rules.sort();
    rules.dedup();
    rules
}

/// Models are asked for by HTTPS.
fn usual(host: &str) -> Rule {
    format!("{host}:443").parse().expect("a rule of the table")
}

fn rule_of_url(url: &str) -> Option<Rule> {
    let url = Url::parse(url).ok()?;
    let target = Target::parse(url.host_str()?).ok()?;
    Some(Rule::host(target, Some(url.port_or_known_default()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_their_hosts_or_where_the_configuration_says() {
        let variable = |name: &str| (name == "LLM").then(|| "llm.corp.example:8443".to_owned());
        let references = References {
            variable: &variable,
            directory: "/nowhere".into(),
            home: "/nowhere".into(),
        };
        let url = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        let named = Named {
            base_urls: [
                url("corp", "https://{env:LLM}/v1"),
                url("openai", "http://10.1.2.3/v1"),
                url("six", "http://[fd00::1]:8080"),
                url("bad", "{env:NOTHING}"),
                url("unused", "https://unused.example"),
            ]
            .into(),
            ..Named::default()
        };
        let providers = ["anthropic", "bad", "corp", "openai", "six", "unknown"];
        let providers = providers.map(str::to_owned).into();
        let rules: Vec<String> = rules_of(&providers, &named, &references)
            .iter()
            .map(ToString::to_string)
            .collect();
        let mut expected = [
            "api.anthropic.com:443",
            "llm.corp.example:8443",
            "10.1.2.3:80",
            "[fd00::1]:8080",
            "models.opencode.ai:443",
        ];
        expected.sort_unstable();
        let mut found: Vec<&str> = rules.iter().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}
