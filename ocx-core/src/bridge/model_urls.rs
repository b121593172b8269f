//! Where model providers are asked.

use super::model_hosts::rows;

/// `PROVIDER URL`, one provider a line.
const TABLE: &str = include_str!("model_urls.txt");

/// The base address at which opencode asks this provider, if it is a known one with exactly one.
pub(crate) fn base_url_of_provider(provider: &str) -> Option<&'static str> {
    let (_, url) = rows(TABLE).find(|(name, _)| *name == provider)?;
    Some(url)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use url::Url;

    use super::*;
    use crate::bridge::hosts_of_provider;

    #[test]
    fn each_address_is_at_a_host_that_the_provider_has() {
        let mut known = BTreeSet::new();
        for (provider, text) in rows(TABLE) {
            assert!(known.insert(provider), "{provider} stands there twice");
            let url = Url::parse(text).unwrap();
            assert_eq!(url.scheme(), "https", "{provider}");
            assert!(url.port().is_none() && url.query().is_none(), "{provider}");
            assert!(!text.ends_with('/'), "{provider}");
            let host = url.host_str().unwrap();
            let hosts: Vec<_> = hosts_of_provider(provider).collect();
            assert!(hosts.contains(&host), "{provider}: {host}");
        }
        assert!(known.len() > 150);
    }

    #[test]
    fn well_known_providers_are_there() {
        for (provider, url) in [
            ("anthropic", "https://api.anthropic.com/v1"),
            ("deepseek", "https://api.deepseek.com"),
            ("google", "https://generativelanguage.googleapis.com/v1beta"),
            ("groq", "https://api.groq.com/openai/v1"),
            ("mistral", "https://api.mistral.ai/v1"),
            ("openai", "https://api.openai.com/v1"),
            ("opencode", "https://opencode.ai/zen/v1"),
            ("openrouter", "https://openrouter.ai/api/v1"),
            ("xai", "https://api.x.ai/v1"),
        ] {
            assert_eq!(base_url_of_provider(provider), Some(url), "{provider}");
        }
        for unknown in ["azure", "lmstudio", "nobody", ""] {
            assert_eq!(base_url_of_provider(unknown), None);
        }
    }
}
