//! Image references.

use std::{fmt, str::FromStr};

use oci_spec::distribution::Reference;
use serde::{Deserialize, Serialize};

/// A reference to an image, such as `ruby:3.3` or `ghcr.io/acme/app@sha256:…`, as the user wrote
/// it less a `:latest`.
///
/// The text is kept as it is, without `docker.io/library/` added, because names in an engine's
/// local storage are looked up in that form, and because derived names are made from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageReference(String);

impl ImageReference {
    /// The text, without `:latest`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before tag and digest.
    #[must_use]
    pub fn repository(&self) -> &str {
        let name = self.0.split('@').next().unwrap_or_default();
        match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => repository,
            _ => name,
        }
    }

    /// The tag; `None` where there is none or where it is `latest`.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        let name = self.0.split('@').next().unwrap_or_default();
        name[self.repository().len()..].strip_prefix(':')
    }

    /// The digest, such as `sha256:…`.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.0.split_once('@').map(|(_, digest)| digest)
    }

    /// Whether the reference names its registry, as in `ghcr.io/acme/app`.
    #[must_use]
    pub fn names_registry(&self) -> bool {
        self.registry().is_some()
    }

    /// The registry that it names, with its port, such as `ghcr.io`.
    #[must_use]
    pub fn registry(&self) -> Option<&str> {
        let (first, _) = self.repository().split_once('/')?;
        let named = first == "localhost"
            || first.contains(['.', ':'])
            || first.bytes().any(|byte| byte.is_ascii_uppercase());
        named.then_some(first)
    }

    /// The same repository under another tag.
    #[must_use]
    pub fn with_tag(&self, tag: &str) -> Self {
        Self(format!("{}:{tag}", self.repository()))
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ImageReference> for String {
    fn from(reference: ImageReference) -> Self {
        reference.0
    }
}

impl TryFrom<String> for ImageReference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for ImageReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_plain(text) {
            return Ok(Self(
                text.strip_suffix(":latest").unwrap_or(text).to_owned(),
            ));
        }
        let reference = Reference::try_from(text).map_err(|error| ReferenceError {
            found: text.to_owned(),
            reason: error.to_string(),
        })?;
        // Engines take 64 hexadecimal digits for an ID, never for a name.
        if is_id(text) {
            let reason =
                "it looks like an image ID; give the image a name (`docker tag`)".to_owned();
            return Err(ReferenceError {
                found: text.to_owned(),
                reason,
            });
        }
        // The parser fills in `latest`; only one that the user wrote is there to remove.
        let text = match (reference.tag(), reference.digest()) {
            (Some("latest"), None) => text.strip_suffix(":latest").unwrap_or(text),
            _ => text,
        };
        Ok(Self(text.to_owned()))
    }
}

/// Whether a text is a reference of the most common form: lower-case names with at most one
/// separator in a row, a port, a tag; no digest.
///
/// The parser compiles a regular expression of 35 ms, which is more than the engine call of a
/// session start. It has the say on everything else, and a test proves that it takes what this takes.
fn is_plain(text: &str) -> bool {
    let (name, tag) = match text.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (text, None),
    };
    let (registry, path) = match name.split_once('/') {
        Some((registry, path)) if registry.contains(':') => (Some(registry), path),
        _ => (None, name),
    };
    text.len() <= 128
        && !is_id(text)
        && tag.is_none_or(is_plain_tag)
        && registry.is_none_or(is_plain_registry)
        && path
            .split('/')
            .all(|component| is_separated(component, |byte| matches!(byte, b'.' | b'_' | b'-')))
}

fn is_plain_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.bytes().next().is_some_and(word)
        && tag
            .bytes()
            .all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_plain_registry(registry: &str) -> bool {
    registry.split_once(':').is_some_and(|(host, port)| {
        is_separated(host, |byte| matches!(byte, b'.' | b'-'))
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether `text` is lower-case letters and digits with single separators between them.
fn is_separated(text: &str, separator: impl Fn(u8) -> bool + Copy) -> bool {
    text.as_bytes().split(|&byte| separator(byte)).all(|part| {
        !part.is_empty()
            && part
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A text is not an image reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not an image reference: {reason}")]
pub struct ReferenceError {
    /// What was found.
    pub found: String,
    /// What the parser says.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_most_common_forms_are_plain() {
        for text in [
            "ruby",
            "ruby:3.3",
            "ghcr.io/acme/app:V2_x",
            "localhost:5000/a/b_c-d",
            "team-tools:latest",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "",
            "a--b",
            "a__b",
            "A",
            "a:",
            ":a",
            "a/",
            "/a",
            "a@sha256:x",
            "a:b:c",
            "a:x/b",
            "-a",
            "a:-b",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_plain_is_a_reference(
            text in "([a-z0-9.:_-]{1,6}/)?[a-z0-9]{1,3}[a-z0-9._:/-]{0,12}(:[a-zA-Z0-9_.-]{1,9})?",
        ) {
            if is_plain(&text) {
                let reference = Reference::try_from(text.as_str());
                prop_assert!(reference.is_ok(), "{}: {:?}", text, reference);
                let own: ImageReference = text.parse().unwrap();
                let reference = reference.unwrap();
                let tag = reference.tag().filter(|&tag| tag != "latest");
                prop_assert_eq!(own.tag(), tag);
            }
        }
    }

    proptest! {
        #[test]
        fn a_reference_is_its_parts(
            registry in "(([a-z]{1,5}\\.){1,2}[a-z]{2,3}(:[0-9]{2,5})?/|localhost(:[0-9]{2,5})?/)?",
            path in "[a-z0-9]{1,6}(([._]|__|-{1,3})[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,6}){0,3}",
            tag in "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?",
            digest in "(@sha256:[0-9a-f]{64})?",
        ) {
            let text = format!("{registry}{path}{tag}{digest}");
            let parsed: Result<ImageReference, _> = text.parse();
            prop_assert!(parsed.is_ok(), "{}: {:?}", text, parsed);
            let parsed = parsed.unwrap();
            prop_assert_eq!(parsed.repository(), format!("{registry}{path}"));
            let latest = tag == ":latest" && digest.is_empty();
            let expected = tag.strip_prefix(':').filter(|_| !latest);
            prop_assert_eq!(parsed.tag(), expected);
            prop_assert_eq!(parsed.digest(), digest.strip_prefix('@'));
            // A path may begin with what looks like a registry.
            prop_assert!(registry.is_empty() || parsed.names_registry());
            let again: ImageReference = parsed.to_string().parse().unwrap();
            prop_assert_eq!(again, parsed);
        }

        #[test]
        fn a_refusal_has_a_reason(text in "[ -~]{0,80}") {
            if let Err(error) = text.parse::<ImageReference>() {
                prop_assert!(!error.reason.is_empty());
                prop_assert_eq!(error.found, text);
            }
        }
    }

    fn parse(text: &str) -> ImageReference {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn latest_is_dropped_and_nothing_else_is_touched() {
        assert_eq!(parse("rails-app:latest").as_str(), "rails-app");
        assert_eq!(
            parse("docker.io/library/ruby:3.3").as_str(),
            "docker.io/library/ruby:3.3"
        );
        let digest = format!("app:latest@sha256:{}", "a".repeat(64));
        assert_eq!(parse(&digest).as_str(), digest);
    }

    #[test]
    fn parts() {
        let reference = parse("localhost:5000/team/app:V2");
        assert_eq!(reference.repository(), "localhost:5000/team/app");
        assert_eq!(reference.tag(), Some("V2"));
        assert_eq!(reference.registry(), Some("localhost:5000"));
        let plain = parse("localhost:5000/app");
        assert_eq!(
            (plain.repository(), plain.tag()),
            ("localhost:5000/app", None)
        );
        assert!(!parse("acme/app").names_registry());
        assert!(!parse("ruby").names_registry());
        assert_eq!(parse("ruby:3").with_tag("x").as_str(), "ruby:x");
    }

    #[test]
    fn what_could_be_taken_for_a_flag_or_a_path_is_refused() {
        for text in [
            "",
            "-docker",
            "--help",
            "a b",
            "Ruby",
            "ruby:",
            "a//b",
            "../x",
            "ruby:3.3\n",
            &"a".repeat(64),
        ] {
            assert!(text.parse::<ImageReference>().is_err(), "{text:?}");
        }
    }
}
