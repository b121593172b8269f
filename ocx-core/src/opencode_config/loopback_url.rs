//! Finds model servers on the loopback interface in opencode's configuration.
//!
//! In a container with a network of its own, `http://localhost:11434` is the container, not the
//! host's Ollama. opencode then just hangs, so ocx tells beforehand.

use std::net::Ipv4Addr;

use camino::Utf8PathBuf;
use url::{Host, Url};

/// A `baseURL` that leads to the host's loopback interface.
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

/// The loopback `baseURL`s in a text that is roughly JSON with comments, each once.
pub(super) fn loopback_urls(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let tokens = tokens(text);
    for window in tokens.windows(3) {
        if let [
            Token::String("baseURL"),
            Token::Other(':'),
            Token::String(value),
        ] = window
        {
            // Some write `http:\/\/`.
            if let Some(url) = loopback_origin(&value.replace("\\/", "/"))
                && !found.contains(&url)
            {
                found.push(url);
            }
        }
    }
    found
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

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    /// The text between two quotes, escapes and all.
    String(&'a str),
    /// Any other character that is not blank.
    Other(char),
}

/// Splits a text into strings and single characters, without comments.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if character == '"' {
            let body = &rest[1..];
            let end = string_end(body);
            tokens.push(Token::String(&body[..end]));
            rest = body.get(end + 1..).unwrap_or("");
        } else {
            if !character.is_whitespace() {
                tokens.push(Token::Other(character));
            }
            rest = &rest[character.len_utf8()..];
        }
    }
    tokens
}

/// Where the closing quote is, or the end of a text without one.
fn string_end(body: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in body.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index,
            _ => {}
        }
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_what_is_on_this_machine() {
        let text = r#"{ // "baseURL": "http://localhost:1"
            /* "baseURL": "http://localhost:2" */
            "a": {"baseURL": "http://localhost:11434/v1"},
            "b": {"baseURL" : "https://127.0.0.53/x"},
            "c": {"baseURL":"http:\/\/[::1]:8080"},
            "d": {"baseURL": "http://user:hunter2@ollama.localhost:5/"},
            "e": {"baseURL": "https://api.example.com/localhost"},
            "f": {"baseURL": "{env:URL}", "url": "http://localhost:3"},
            "g": {"baseURL": "http://localhost.example.com"},
            "h": ["baseURL", "http://localhost:4"],
            "i": "\"baseURL\": \"http://localhost:6\"",
            "j": {"baseURL": "http://localhost:11434/v2"},
        }"#;
        insta::assert_compact_json_snapshot!(loopback_urls(text), @r#"["http://localhost:11434", "https://127.0.0.53", "http://[::1]:8080", "http://ollama.localhost:5"]"#);
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

    proptest! {
        #[test]
        fn never_panics(text in "([\"\\\\/*:\n é]|baseURL|//)*") {
            loopback_urls(&text);
        }
    }

    #[test]
    fn fuzz_configuration_of_opencode() {
        let seeds =
            crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/opencode-json"));
        crate::testing::fuzz(&seeds, |input| {
            for url in loopback_urls(&String::from_utf8_lossy(input)) {
                assert!(!url.contains('@'), "no password is told: {url}");
            }
        });
    }
}
