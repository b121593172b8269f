//! The name of a container engine.

use std::{
    collections::BTreeSet,
    fmt,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize};

/// The name of a container engine in settings and messages, such as `docker`: lower-case letters,
/// digits and `-`, beginning with a letter. `auto` is no engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EngineName(&'static str);

/// The names that were read, each kept once for as long as the process lives: there are a handful, and
/// they are part of many errors.
static READ: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl EngineName {
    /// The name of an engine that is known when a program is written.
    ///
    /// # Panics
    ///
    /// If the text is no name.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        assert!(is_name(name.as_bytes()), "no name of an engine");
        Self(name)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.0
    }
}

const fn is_name(bytes: &[u8]) -> bool {
    if bytes.is_empty() || bytes.len() > 63 || !bytes[0].is_ascii_lowercase() {
        return false;
    }
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return false;
        }
        at += 1;
    }
    // The settings mean any engine by it.
    !matches!(bytes, b"auto")
}

impl fmt::Display for EngineName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl FromStr for EngineName {
    type Err = EngineNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_name(text.as_bytes()) {
            let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(name) = read.get(text) {
                return Ok(Self(name));
            }
            let name: &'static str = text.to_owned().leak();
            read.insert(name);
            Ok(Self(name))
        } else {
            Err(EngineNameError {
                found: text.to_owned(),
            })
        }
    }
}

impl<'de> Deserialize<'de> for EngineName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text cannot be the name of an engine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` cannot be the name of an engine: use lower-case letters, digits and `-`, beginning with a letter"
)]
pub struct EngineNameError {
    /// What was found.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_names() {
        const DOCKER: EngineName = EngineName::from_static("docker");
        assert_eq!("docker".parse(), Ok(DOCKER));
        assert!("nerdctl-2".parse::<EngineName>().is_ok());
        for text in ["", "auto", "Docker", "2x", "a/b", "a b", "../x"] {
            assert!(text.parse::<EngineName>().is_err(), "{text:?}");
        }
        assert!("a".repeat(64).parse::<EngineName>().is_err());
    }
}
