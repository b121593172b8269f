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
        self.repository().split_once('/').is_some_and(|(first, _)| {
            first == "localhost"
                || first.contains(['.', ':'])
                || first.bytes().any(|byte| byte.is_ascii_uppercase())
        })
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
        let reference = Reference::try_from(text).map_err(|error| ReferenceError {
            found: text.to_owned(),
            reason: error.to_string(),
        })?;
        // Engines take 64 hexadecimal digits for an ID, never for a name.
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
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
    use super::*;

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
        assert!(reference.names_registry());
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
