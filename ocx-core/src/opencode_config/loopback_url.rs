//! Finds servers on the loopback interface in opencode's configuration.
//!
//! In a container with a network of its own, `http://localhost:11434` is the container, not the
//! host's Ollama. opencode then just hangs, so ocx tells beforehand.

use std::net::Ipv4Addr;

use camino::{Utf8Path, Utf8PathBuf};
use jsonc_parser::ParseOptions;
use serde_json::Value;
use url::{Host, Url};

use super::{named::config_texts, references::References};

/// The address of a model or MCP server on the host's loopback interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoopbackUrl {
    /// The configuration file, relative to the configuration directory.
    pub file: Utf8PathBuf,
    /// Scheme, host and port of the URL; user, password and path are left out.
    pub url: String,
}

impl LoopbackUrl {
    /// The port; without one, that of the scheme.
    pub(crate) fn port(&self) -> Option<u16> {
        Url::parse(&self.url).ok()?.port_or_known_default()
    }

    /// Whether it leads to one of these ports on 127.0.0.1.
    pub(crate) fn is_among(&self, ports: &[u16]) -> bool {
        let Ok(url) = Url::parse(&self.url) else {
            return false;
        };
        let is_there = match url.host() {
            // Who is asked for both, answers for the one.
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST || address.is_unspecified(),
            _ => false,
        };
        is_there && self.port().is_some_and(|port| ports.contains(&port))
    }
}

/// The servers on the loopback interface that the configuration in `directory` names, each once. A file
/// that opencode would not understand names none: opencode itself says what is wrong with it.
pub(crate) fn loopback_urls(directory: &Utf8Path, references: &References<'_>) -> Vec<LoopbackUrl> {
    let mut found: Vec<LoopbackUrl> = Vec::new();
    for (file, text) in config_texts(directory) {
        let urls = server_urls(&text).into_iter();
        for url in urls.filter_map(|url| loopback_origin(&references.resolve(&url))) {
            if !found.iter().any(|known| known.url == url) {
                let file = file.clone();
                found.push(LoopbackUrl { file, url });
            }
        }
    }
    found
}

/// Where the servers in use are: those of providers, and MCP servers that are not switched off.
fn server_urls(text: &str) -> Vec<String> {
    let parsed = jsonc_parser::parse_to_serde_value::<Value>(text, &ParseOptions::default());
    let root = parsed.unwrap_or_default();
    let entries = |section: &str| {
        let section = root.get(section).and_then(Value::as_object);
        section.into_iter().flat_map(serde_json::Map::values)
    };
    let of_providers = entries("provider").filter_map(|provider| {
        let options = provider.get("options");
        let url = options.and_then(|options| options.get("baseURL"));
        url.or(provider.get("api"))
    });
    let in_use = |server: &&Value| server.get("enabled") != Some(&Value::Bool(false));
    let of_mcp = entries("mcp").filter(in_use);
    let of_mcp = of_mcp.filter_map(|server| server.get("url"));
    let urls = of_providers.chain(of_mcp).filter_map(Value::as_str);
    urls.map(str::to_owned).collect()
}

fn loopback_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_loopback = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        // `0.0.0.0` as a destination is this machine too.
        Host::Ipv4(address) => address.is_loopback() || address.is_unspecified(),
        Host::Ipv6(address) => address.is_loopback() || address.is_unspecified(),
    };
    is_loopback.then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(text: &str) -> Vec<String> {
        let temporary = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(temporary.path()).unwrap();
        std::fs::write(directory.join("opencode.jsonc"), text).unwrap();
        let variable = |name: &str| (name == "URL").then(|| "http://localhost:7/v1".to_owned());
        let references = References {
            variable: &variable,
            directory,
            home: directory,
        };
        let found = loopback_urls(directory, &references);
        assert!(found.iter().all(|found| found.file == "opencode.jsonc"));
        found.into_iter().map(|found| found.url).collect()
    }

    #[test]
    fn finds_what_is_on_this_machine() {
        let text = r#"{ // "baseURL": "http://localhost:1"
            "provider": {
                "a": {"options": {"baseURL": "http://localhost:11434/v1"}},
                "b": {"options": {"baseURL" : "https://127.0.0.53/x"}},
                "c": {"options": {"baseURL":"http:\/\/[::1]:8080"}},
                "d": {"options": {"baseURL": "http://user:hunter2@ollama.localhost:5/"}},
                "e": {"options": {"baseURL": "https://api.example.com/localhost"}},
                "f": {"options": {"baseURL": "{env:URL}"}},
                "g": {"options": {"baseURL": "http://localhost.example.com"}},
                "h": {"api": "http://localhost:8/v1", "models": {"url": "http://localhost:4"}},
                "i": {"options": {"baseURL": "{env:NOT_SET}"}},
                "j": {"options": {"baseURL": "http://localhost:11434/v2"}},
            },
            "mcp": {
                "docs": {"type": "remote", "url": "http://127.0.0.1:8931/mcp"},
                "off": {"type": "remote", "url": "http://127.0.0.1:9", "enabled": false},
                "local": {"type": "local", "command": ["x", "http://localhost:10"]},
            },
        }"#;
        let expected = [
            "http://localhost:11434",
            "https://127.0.0.53",
            "http://[::1]:8080",
            "http://ollama.localhost:5",
            "http://localhost:7",
            "http://localhost:8",
            "http://127.0.0.1:8931",
        ];
        assert_eq!(urls(text), expected);
    }

    #[test]
    fn what_opencode_does_not_understand_names_nothing() {
        for text in [
            "",
            "[]",
            "null",
            r#"{"provider": ["http://localhost:1"], "mcp": 1}"#,
            r#"{"provider": {"a": "http://localhost:1", "b": {"options": 3}}"#,
        ] {
            assert!(urls(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn which_of_them_are_brought_to_the_session() {
        for (url, ports, port, expected) in [
            ("http://localhost:11434", &[80, 11434][..], 11434, true),
            ("http://localhost:11434", &[80], 11434, false),
            ("http://localhost", &[80], 80, true),
            ("https://127.0.0.1", &[443], 443, true),
            ("http://0.0.0.0:8080", &[8080], 8080, true),
            ("http://127.0.0.53:8080", &[8080], 8080, false),
            ("http://[::1]:8080", &[8080], 8080, false),
        ] {
            let found = LoopbackUrl {
                file: "opencode.json".into(),
                url: url.to_owned(),
            };
            assert_eq!(found.port(), Some(port), "{url}");
            assert_eq!(found.is_among(ports), expected, "{url} {ports:?}");
        }
    }

    #[test]
    fn fuzz_configuration_of_opencode() {
        let seeds =
            crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/opencode-json"));
        crate::testing::fuzz(&seeds, |input| {
            for url in server_urls(&String::from_utf8_lossy(input)) {
                let origin = loopback_origin(&url).unwrap_or_default();
                assert!(!origin.contains('@'), "no password is told: {origin}");
            }
        });
    }
}
