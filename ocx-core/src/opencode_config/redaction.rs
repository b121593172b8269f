//! What of the host's configuration does not go into a copy.

use std::fmt;

use memchr::memmem;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What stands in a copy where the host's configuration has a key that stays outside.
pub(crate) const REDACTED: &str = "kept-outside-by-ocx";

/// Texts that are left out of the copies of files: keys, and references to files with keys, which are not
/// there inside.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Redaction {
    texts: Vec<String>,
}

impl Redaction {
    /// Leaves out these texts, also as they are written in JSON.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<String> = texts.into_iter().flat_map(spellings).collect();
        // What holds another one goes first.
        all.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        all.dedup();
        Self { texts: all }
    }

    /// The content without them.
    pub(crate) fn of(&self, mut content: Vec<u8>) -> Vec<u8> {
        for text in &self.texts {
            let finder = memmem::Finder::new(text);
            let mut rest = content.as_slice();
            let mut found = None;
            while let Some(place) = finder.find(rest) {
                let redacted: &mut Vec<u8> = found.get_or_insert_default();
                redacted.extend_from_slice(&rest[..place]);
                redacted.extend_from_slice(REDACTED.as_bytes());
                rest = &rest[place + text.len()..];
            }
            if let Some(mut redacted) = found {
                redacted.extend_from_slice(rest);
                content = redacted;
            }
        }
        content
    }

    /// Tells whether it is another one than the last time; `None` if nothing is left out.
    pub(super) fn fingerprint(&self) -> Option<String> {
        let digest = || hex::encode(Sha256::digest(self.texts.join("\0")));
        (!self.texts.is_empty()).then(digest)
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("texts", &self.texts.len())
            .finish()
    }
}

fn spellings(text: &str) -> Vec<String> {
    let json = Value::from(text).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let slashes = json.replace('/', "\\/");
    vec![text.to_owned(), json, slashes]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_left_out_in_each_spelling() {
        let redaction = Redaction::new(["sk-a/b\"c", "{file:~/key}", "sk-a"]);
        for (text, expected) in [
            ("{}", "{}"),
            ("x sk-a y sk-a", "x R y R"),
            ("sk-a/b\"c", "R"),
            (r#""sk-a/b\"c""#, r#""R""#),
            (r#""sk-a\/b\"c""#, r#""R""#),
            (r#""{file:~/key}""#, r#""R""#),
            (r#""{file:~\/key}""#, r#""R""#),
        ] {
            let found = String::from_utf8(redaction.of(text.into())).unwrap();
            assert_eq!(found, expected.replace('R', REDACTED), "{text}");
        }
        assert!(!format!("{redaction:?}").contains("sk-a"));
    }

    #[test]
    fn another_one_is_told() {
        let of = |texts: &[&str]| Redaction::new(texts.iter().copied()).fingerprint();
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["a", "b"]), of(&["b", "a"]));
        assert_ne!(of(&["a"]), of(&["b"]));
    }
}
