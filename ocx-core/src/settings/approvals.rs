//! What the user has approved of.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The SHA-256 of something that can be approved, as 64 hexadecimal digits in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash(String);

/// A text is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: expected 64 hexadecimal digits in lower case")]
pub struct ContentHashError;

impl ContentHash {
    /// The hash of a listing. JSON keeps its parts apart whatever they hold.
    pub(crate) fn of(listing: &serde_json::Value) -> Self {
        Self(hex::encode(Sha256::digest(listing.to_string())))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ContentHash {
    type Err = ContentHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ContentHashError)
        }
    }
}

impl TryFrom<String> for ContentHash {
    type Error = ContentHashError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.0
    }
}

/// Which loosening values of a project's settings may take effect.
///
/// What is approved is exact: the keys with their values, where the paths in them lead, and the
/// content of files of the project that they name. Whatever else the project asks for is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    scope: Scope,
    contents: BTreeSet<ContentHash>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scope {
    #[default]
    Listed,
    Everything,
}

impl Approvals {
    /// Of nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Of whatever the project asks for. What no project may decide stays refused.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            scope: Scope::Everything,
            contents: BTreeSet::new(),
        }
    }

    /// The same, and of the content with this hash, see
    /// [`Assessment::hash`](super::Assessment::hash).
    #[must_use]
    pub fn with(mut self, content: ContentHash) -> Self {
        self.contents.insert(content);
        self
    }

    /// Whether the content with this hash is approved.
    #[must_use]
    pub fn hold(&self, content: &ContentHash) -> bool {
        self.scope == Scope::Everything || self.contents.contains(content)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn exactly_what_is_listed() {
        let (one, two) = (
            ContentHash::of(&json!(["a"])),
            ContentHash::of(&json!(["b"])),
        );
        let approvals = Approvals::none().with(one.clone());
        assert!(approvals.hold(&one) && !approvals.hold(&two));
        assert!(!Approvals::none().hold(&one));
        assert!(Approvals::everything().hold(&two));
    }

    #[test]
    fn hashes_are_read_strictly() {
        let hash = ContentHash::of(&json!({}));
        // As `printf {} | sha256sum` says.
        let digits = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(hash.as_str(), digits);
        assert_eq!(hash.to_string().parse(), Ok(hash.clone()));
        for text in [
            "",
            "abc",
            &hash.as_str().to_uppercase(),
            &format!("{hash} "),
        ] {
            assert!(text.parse::<ContentHash>().is_err(), "{text}");
        }
    }
}
