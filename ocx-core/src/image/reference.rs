//! Image references.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::reference_grammar::{Parts, ReferenceProblem, split_registry};

/// A reference to an image, such as `ruby:3.3` or `ghcr.io/acme/app@sha256:…`, as the user wrote
/// it less a `:latest`.
///
/// The text is kept as it is, without `docker.io/library/` added, because names in an engine's
/// local storage are looked up in that form, and because derived names are made from it.
///
/// # Examples
///
/// ```
/// use ocx_core::image::ImageReference;
///
/// let image: ImageReference = "localhost:5000/team/app:3".parse()?;
/// assert_eq!(image.repository(), "localhost:5000/team/app");
/// assert_eq!(image.tag(), Some("3"));
/// assert!("Team".parse::<ImageReference>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
        Parts::split(&self.0).name
    }

    /// The tag; `None` where there is none or where it is `latest`.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        Parts::split(&self.0).tag
    }

    /// The digest, such as `sha256:…`.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        Parts::split(&self.0).digest
    }

    /// Whether the reference names its registry, as in `ghcr.io/acme/app`.
    #[must_use]
    pub(crate) fn names_registry(&self) -> bool {
        self.registry().is_some()
    }

    /// The registry that it names, with its port, such as `ghcr.io`.
    #[must_use]
    pub fn registry(&self) -> Option<&str> {
        split_registry(self.repository()).0
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
        let parts = Parts::split(text);
        parts.check().map_err(|reason| ReferenceError {
            found: text.to_owned(),
            reason,
        })?;
        let text = match (parts.tag, parts.digest) {
            (Some("latest"), None) => parts.name,
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
    /// What is wrong with it.
    pub reason: ReferenceProblem,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    }

    #[test]
    fn fuzz_references() {
        let seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/reference"));
        crate::testing::fuzz(&seeds, |input| {
            let text = String::from_utf8_lossy(input);
            match text.trim_end().parse::<ImageReference>() {
                Ok(reference) => {
                    let again: ImageReference = reference.to_string().parse().unwrap();
                    assert_eq!(again, reference);
                    // It goes into command lines as a word of its own.
                    assert!(!reference.as_str().starts_with('-'));
                    assert!(reference.as_str().is_ascii());
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        });
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
}
