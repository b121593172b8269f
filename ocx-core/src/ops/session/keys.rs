//! Which API keys of model providers stay outside of a session.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::{
    bridge::{Provider, ProviderKey, base_url_of_provider},
    credentials::{ProviderLogins, Reach},
    opencode_config::Redaction,
    session::plan::Withheld,
};

/// What is shorter is no key, but a word that servers without one want, such as `none` or `ollama`.
const SHORTEST_KEY: usize = 8;

/// The keys that stay outside of a session, and what it has in their place.
#[derive(Debug, Default)]
pub(in crate::ops) struct OutsideKeys {
    /// Providers that the session asks through its bridge.
    pub(in crate::ops) providers: Vec<Provider>,
    /// What no variable of the session holds.
    pub(in crate::ops) withheld: Withheld,
    /// What no file of its copy of opencode's configuration holds.
    pub(in crate::ops) redaction: Redaction,
    /// Providers whose keys among the host's logins it does not get.
    pub(in crate::ops) logins: BTreeSet<String>,
    /// Providers whose keys are inside all the same, since nobody knows where they are asked.
    pub(in crate::ops) inside: Vec<String>,
    /// Scheme, host and port of the providers.
    origins: BTreeSet<String>,
}

/// Whether a session asks providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Through its bridge.
    Bridge,
    /// It reaches none.
    Nowhere,
}

/// Where the keys are that opencode would have.
#[derive(Default)]
pub(super) struct KeySources {
    /// What the user's configuration says of providers.
    pub(super) configured: BTreeMap<String, Configured>,
    /// The host's logins.
    pub(super) logins: ProviderLogins,
    /// Providers for which opencode has a login that can be refreshed.
    pub(super) refreshable: BTreeSet<String>,
    /// Values of variables that hold keys, with the providers that they are for.
    pub(super) variables: Vec<(String, Vec<String>)>,
}

/// What the user's configuration says of a provider, with all that it takes from elsewhere.
#[derive(Default)]
pub(super) struct Configured {
    pub(super) key: Option<String>,
    pub(super) base_url: Option<String>,
    /// References to files in the text of the key.
    pub(super) files: Vec<String>,
}

impl OutsideKeys {
    /// Decides what becomes of each key; `placeholder` makes what stands for one.
    pub(super) fn plan(
        sources: &KeySources,
        reach: &Reach,
        way: Way,
        mut placeholder: impl FnMut() -> String,
    ) -> Self {
        let mut keys = Self::default();
        // What opencode takes comes first (1.18.34): its configuration, a login, a variable.
        let mut of_providers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let configured = sources.configured.iter();
        let configured = configured.filter_map(|(name, of)| Some((name, of.key.as_ref()?)));
        let logins = sources.logins.keys.iter();
        let logins = logins.filter(|(name, _)| reach.has_provider(name));
        let variables = sources.variables.iter();
        let variables = variables
            .flat_map(|(value, providers)| providers.iter().map(move |name| (name, value)))
            .filter(|(name, _)| reach.has_provider(name));
        for (name, value) in configured.chain(logins).chain(variables) {
            if value.len() >= SHORTEST_KEY {
                of_providers.entry(name).or_default().push(value);
            }
        }
        let mut withheld: BTreeMap<&str, String> = BTreeMap::new();
        for (&name, values) in &of_providers {
            let stands = placeholder();
            let is_asked = way == Way::Bridge
                && reach.has_provider(name)
                && (sources.key_of(name).is_some() || !sources.refreshable.contains(name));
            if is_asked {
                let key = ProviderKey {
                    value: values[0].to_owned(),
                    placeholder: stands.clone(),
                };
                let base_url = sources.base_url_of(name);
                let provider = base_url.and_then(|url| Provider::new(name, url, key).ok());
                let Some(provider) = provider else {
                    continue;
                };
                keys.origins.extend(base_url.and_then(origin));
                keys.providers.push(provider);
            }
            keys.logins.insert(name.to_owned());
            for value in values {
                withheld.entry(value).or_insert_with(|| stands.clone());
            }
        }
        // Some variables are for several providers, of which not all are known.
        let inside = of_providers.iter().filter(|(_, values)| {
            let is_inside = |value: &&str| !withheld.contains_key(value);
            values.iter().any(is_inside)
        });
        keys.inside = inside.map(|(name, _)| (*name).to_owned()).collect();
        let files = sources.configured.values().filter(|of| {
            let key = of.key.as_deref();
            key.is_some_and(|key| withheld.contains_key(key))
        });
        let files = files.flat_map(|of| of.files.iter().map(String::as_str));
        keys.redaction = Redaction::new(withheld.keys().copied().chain(files));
        keys.withheld = Withheld::new(
            withheld
                .into_iter()
                .map(|(value, stands)| (value.to_owned(), stands)),
        );
        keys
    }

    /// Whether the session asks a provider there, through its bridge.
    pub(in crate::ops) fn leads_to(&self, url: &str) -> bool {
        origin(url).is_some_and(|origin| self.origins.contains(&origin))
    }
}

impl KeySources {
    fn key_of(&self, provider: &str) -> Option<&str> {
        self.configured.get(provider)?.key.as_deref()
    }

    fn base_url_of<'a>(&'a self, provider: &str) -> Option<&'a str> {
        let configured = self.configured.get(provider);
        let configured = configured.and_then(|of| of.base_url.as_deref());
        configured.or_else(|| base_url_of_provider(provider))
    }
}

fn origin(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{opencode_config::Named, settings::Providers};

    const CONFIGURED: &str = "sk-configured";
    const LOGIN: &str = "sk-of-a-login";
    const VARIABLE: &str = "sk-of-a-variable";

    fn names(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    fn plan(sources: &KeySources, wanted: &Providers, way: Way) -> OutsideKeys {
        let mut count = 0;
        let placeholder = || {
            count += 1;
            format!("P{count}")
        };
        let reach = Reach::new(wanted, &Named::default());
        OutsideKeys::plan(sources, &reach, way, placeholder)
    }

    fn sources() -> KeySources {
        let key = |key: &str, url: Option<&str>| Configured {
            key: Some(key.to_owned()),
            base_url: url.map(str::to_owned),
            files: vec![format!("{{file:~/{key}}}")],
        };
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pair = |&(a, b): &(&str, &str)| (a.to_owned(), b.to_owned());
            pairs.iter().map(pair).collect()
        };
        KeySources {
            configured: [
                (
                    "corp".to_owned(),
                    key(CONFIGURED, Some("http://localhost:8080/v1")),
                ),
                ("nowhere".to_owned(), key("sk-of-nowhere", None)),
                (
                    "local".to_owned(),
                    key("ollama", Some("http://localhost:1/v1")),
                ),
            ]
            .into(),
            logins: ProviderLogins {
                keys: map(&[("anthropic", LOGIN), ("azure", "sk-of-azure")]),
                refreshable: names(&["openai"]),
            },
            refreshable: names(&["openai"]),
            variables: vec![
                (VARIABLE.to_owned(), vec!["anthropic".to_owned()]),
                ("sk-of-openai".to_owned(), vec!["openai".to_owned()]),
                (
                    "sk-of-both".to_owned(),
                    vec!["alibaba".to_owned(), "unknown".to_owned()],
                ),
            ],
        }
    }

    fn served(keys: &OutsideKeys) -> Vec<(&str, String)> {
        let providers = keys.providers.iter();
        providers
            .map(|provider| (provider.name(), provider.address()))
            .collect()
    }

    fn without(keys: &OutsideKeys, text: &str) -> String {
        String::from_utf8(keys.redaction.of(text.into())).unwrap()
    }

    #[test]
    fn providers_that_are_known_are_asked_through_the_bridge() {
        let keys = plan(&sources(), &Providers::All, Way::Bridge);
        let at = |name: &str| format!("http://127.0.0.1:3128/provider/{name}");
        let expected = ["alibaba", "anthropic", "corp"].map(|name| (name, at(name)));
        assert_eq!(served(&keys), expected);
        assert_eq!(keys.inside, ["azure", "nowhere"]);
        // The one of openai is in no use: there is a login that can be refreshed.
        for hidden in [CONFIGURED, LOGIN, VARIABLE, "sk-of-openai", "sk-of-both"] {
            assert_eq!(without(&keys, hidden), "kept-outside-by-ocx", "{hidden}");
        }
        for inside in [
            "sk-of-azure",
            "sk-of-nowhere",
            "ollama",
            "{file:~/sk-of-nowhere}",
        ] {
            assert_eq!(without(&keys, inside), inside);
        }
        assert_eq!(
            without(&keys, "{file:~/sk-configured}"),
            "kept-outside-by-ocx"
        );
        assert!(keys.logins.contains("anthropic") && !keys.logins.contains("azure"));
        assert!(keys.leads_to("http://localhost:8080") && !keys.leads_to("http://localhost:1"));
    }

    #[test]
    fn the_key_is_the_one_that_opencode_takes() {
        let mut sources = sources();
        let key_of = |sources: &KeySources| {
            let keys = plan(sources, &Providers::All, Way::Bridge);
            let provider = keys.providers.iter().find(|of| of.name() == "anthropic");
            provider.unwrap().key_for_tests()
        };
        assert_eq!(key_of(&sources), LOGIN);
        sources.logins.keys.clear();
        assert_eq!(key_of(&sources), VARIABLE);
        let configured = Configured {
            key: Some(CONFIGURED.to_owned()),
            ..Configured::default()
        };
        sources
            .configured
            .insert("anthropic".to_owned(), configured);
        assert_eq!(key_of(&sources), CONFIGURED);
        // It wins over a login that can be refreshed, too.
        sources.refreshable.insert("anthropic".to_owned());
        assert_eq!(key_of(&sources), CONFIGURED);
    }

    #[test]
    fn of_providers_that_a_session_does_not_get_no_key_is_used_or_inside() {
        let only = Providers::Only(names(&["anthropic"]));
        let keys = plan(&sources(), &only, Way::Bridge);
        let served: Vec<&str> = keys.providers.iter().map(Provider::name).collect();
        assert_eq!(served, ["anthropic"]);
        assert!(keys.inside.is_empty());
        // What the user's configuration holds would come along with it.
        for hidden in [CONFIGURED, "sk-of-nowhere"] {
            assert_eq!(without(&keys, hidden), "kept-outside-by-ocx");
        }
    }

    #[test]
    fn without_a_network_no_key_is_inside() {
        let keys = plan(&sources(), &Providers::All, Way::Nowhere);
        assert!(keys.providers.is_empty() && keys.inside.is_empty());
        for hidden in [CONFIGURED, LOGIN, VARIABLE, "sk-of-azure", "sk-of-nowhere"] {
            assert_eq!(without(&keys, hidden), "kept-outside-by-ocx", "{hidden}");
        }
    }
}
