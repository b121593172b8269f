//! Model providers whose keys a session does not have.

use std::fmt;

use hyper::header::HeaderValue;
use url::Url;

use super::{Destination, Doorway, Target};

/// Where providers are on the bridge's own address.
pub(super) const PATH: &str = "/provider/";

/// A model provider that a session asks through its bridge, with a key that it does not have: it has a
/// placeholder, for which the bridge puts the key where it goes to the provider, and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    name: String,
    segment: String,
    /// Where it is.
    pub(super) base: Base,
    pub(super) key: ProviderKey,
    /// That of the session's proxy.
    port: u16,
}

/// The address below which a provider is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) scheme: Scheme,
    pub(super) destination: Destination,
    /// Without a slash at its end.
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

/// A key, and what a session has in its place.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderKey {
    /// The key.
    pub value: String,
    /// What the session has. Who sends it anywhere else has sent nothing.
    pub placeholder: String,
}

/// A provider cannot be asked through a bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It cannot be part of a path.
    #[error("the provider's name cannot be part of an address")]
    Name,
    /// The address is none of HTTP or HTTPS, or has more than host, port and path.
    #[error("the provider's address is none of http:// or https:// with host, port and path only")]
    Url,
    /// Key or placeholder cannot stand in a header.
    #[error("the key cannot stand in a header")]
    Key,
}

impl Provider {
    /// The provider of this name in opencode, whose address there is `base_url`.
    ///
    /// # Errors
    ///
    /// If it cannot be asked through a bridge.
    pub fn new(name: &str, base_url: &str, key: ProviderKey) -> Result<Self, ProviderError> {
        // Clients resolve these, also if they are encoded.
        // opencode replaces `{env:…}` and the like in its configuration.
        if matches!(name, "" | "." | "..") || name.contains('{') {
            return Err(ProviderError::Name);
        }
        let in_header = |text: &str| !text.is_empty() && HeaderValue::from_str(text).is_ok();
        if !in_header(&key.value) || !in_header(&key.placeholder) {
            return Err(ProviderError::Key);
        }
        Ok(Self {
            name: name.to_owned(),
            segment: segment(name),
            base: Base::parse(base_url).ok_or(ProviderError::Url)?,
            key,
            port: Doorway::to_proxy(&[]).port,
        })
    }

    /// The same provider, asked at a proxy on another port of the session's.
    #[must_use]
    pub fn at_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// The name in opencode.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the session has in the place of the key.
    #[must_use]
    pub fn placeholder(&self) -> &str {
        &self.key.placeholder
    }

    /// The base address at which the session asks the provider.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}{}", self.port, self.segment)
    }

    #[cfg(test)]
    pub(crate) fn key_for_tests(&self) -> String {
        self.key.value.clone()
    }

    /// The same as a part of a path.
    pub(super) fn segment(&self) -> &str {
        &self.segment
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderKey")
            .field("placeholder", &self.placeholder)
            .finish_non_exhaustive()
    }
}

impl Base {
    fn parse(text: &str) -> Option<Self> {
        // opencode would put variables there.
        if text.contains("${") {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_plain {
            return None;
        }
        let destination = Destination {
            target: Target::parse(url.host_str()?).ok()?,
            port: url.port_or_known_default().filter(|port| *port != 0)?,
        };
        Some(Self {
            scheme,
            destination,
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// What is asked for at the server, of what is asked for below this address. `None` if it would leave
    /// that: a server may read `%2e%2e` and `..;` as the directory above.
    pub(super) fn below(&self, rest: &str, query: Option<&str>) -> Option<String> {
        if climbs(rest) {
            return None;
        }
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        let slash = if rest.is_empty() && !self.path.is_empty() {
            ""
        } else {
            "/"
        };
        Some(format!("{}{slash}{rest}{query}", self.path))
    }
}

/// Whether a path has a step upwards, or one to itself, in any spelling that a server may read.
fn climbs(path: &str) -> bool {
    let mut path = path.to_ascii_lowercase();
    while path.contains("%25") {
        path = path.replace("%25", "%");
    }
    for (code, character) in [("%2e", "."), ("%2f", "/"), ("%5c", "/"), ("\\", "/")] {
        path = path.replace(code, character);
    }
    path = path.replace("%3b", ";");
    path.split('/').any(|step| {
        let step = step.split(';').next().unwrap_or_default();
        matches!(step, "." | "..")
    })
}

/// A name in a path.
fn segment(name: &str) -> String {
    let mut segment = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str, url: &str) -> Result<Provider, ProviderError> {
        let key = ProviderKey {
            value: "hunter2-hunter2".to_owned(),
            placeholder: "ocx-1".to_owned(),
        };
        Provider::new(name, url, key)
    }

    #[test]
    fn what_is_asked_for_is_below_the_providers_address() {
        for (url, rest, query, expected) in [
            ("https://a.example/v1", "messages", None, "/v1/messages"),
            ("https://a.example/v1/", "messages", None, "/v1/messages"),
            ("https://a.example", "v1/x", Some("a=b"), "/v1/x?a=b"),
            ("https://a.example/", "", None, "/"),
            ("https://a.example/v1", "", Some("q"), "/v1?q"),
            ("https://a.example/v1", "a//b/", None, "/v1/a//b/"),
            (
                "https://a.example/v1",
                "m:stream",
                Some("alt=sse"),
                "/v1/m:stream?alt=sse",
            ),
            ("https://a.example/v1", "a..b/...", None, "/v1/a..b/..."),
        ] {
            let found = provider("a", url).unwrap().base.below(rest, query);
            assert_eq!(found.as_deref(), Some(expected), "{url} {rest}");
        }
    }

    #[test]
    fn nothing_leads_out_of_it() {
        let base = provider("a", "https://a.example/team/v1").unwrap().base;
        for rest in [
            "..",
            "../x",
            "x/../../y",
            "./x",
            "%2e%2e/x",
            "%2E./x",
            ".%2e",
            "x/..%2fy",
            "..%5cy",
            "..\\y",
            "%252e%252e/x",
            "%25252e%25252e/x",
            "..;/x",
            "..%3bv=1/x",
            "..%253b/x",
        ] {
            assert_eq!(base.below(rest, None), None, "{rest}");
        }
    }

    #[test]
    fn an_address_is_scheme_host_port_and_path() {
        let base = |url: &str| provider("a", url).map(|found| found.base.destination.to_string());
        assert_eq!(base("https://A.example./v1").unwrap(), "a.example:443");
        assert_eq!(base("http://127.0.0.1:8080/v1").unwrap(), "127.0.0.1:8080");
        assert_eq!(base("http://localhost").unwrap(), "localhost:80");
        for bad in [
            "",
            "a.example",
            "ftp://a.example",
            "file:///etc/passwd",
            "https://ann@a.example/v1",
            "https://ann:pw@a.example/v1",
            "https://a.example/v1?key=x",
            "https://a.example/v1#x",
            "https://a.example:0/v1",
            "https://a.example/${PROJECT}/v1",
            "https://${HOST}/v1",
        ] {
            assert_eq!(base(bad), Err(ProviderError::Url), "{bad}");
        }
    }

    #[test]
    fn names_are_parts_of_a_path() {
        for (name, expected) in [
            ("anthropic", "anthropic"),
            ("zai-coding.plan_2", "zai-coding.plan_2"),
            ("my corp/llm?", "my%20corp%2Fllm%3F"),
            ("ü%2e", "%C3%BC%252e"),
        ] {
            let address = provider(name, "https://a.example").unwrap().address();
            assert_eq!(
                address,
                format!("http://127.0.0.1:3128/provider/{expected}")
            );
        }
        for name in ["", ".", "..", "{env:X}"] {
            let found = provider(name, "https://a.example");
            assert_eq!(found, Err(ProviderError::Name));
        }
    }

    #[test]
    fn keys_are_headers_and_are_not_shown() {
        let found = provider("a", "https://a.example").unwrap();
        assert!(!format!("{found:?} {:?}", found.key).contains("hunter2"));
        for value in ["", "two\nlines", "nul\0"] {
            let key = ProviderKey {
                value: value.to_owned(),
                placeholder: "ocx-1".to_owned(),
            };
            let found = Provider::new("a", "https://a.example", key);
            assert_eq!(found, Err(ProviderError::Key), "{value:?}");
        }
    }
}
