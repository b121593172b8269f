//! Environment variables of a container.

use std::{borrow::Borrow, collections::BTreeMap, fmt, str::FromStr};

/// The variables of a container, sorted by name.
pub type Environment = BTreeMap<EnvName, EnvValue>;

/// The name of an environment variable: not empty, without `=`, NUL or white space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvName(String);

impl EnvName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for EnvName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EnvName {
    type Err = EnvNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad =
            |character: char| character == '=' || character == '\0' || character.is_whitespace();
        if text.is_empty() || text.contains(bad) {
            return Err(EnvNameError {
                found: text.to_owned(),
            });
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text cannot be the name of an environment variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` cannot be the name of an environment variable")]
pub struct EnvNameError {
    /// What was found.
    pub found: String,
}

/// The value of an environment variable.
#[derive(Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// A value that may be seen by anybody; it stands in the engine's command line.
    Plain(String),
    /// A value that must not be seen: only the variable's name stands in the engine's command line.
    /// What the engine's own program does must not hang on it either.
    Secret(String),
}

impl EnvValue {
    /// The value itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(value) | Self::Secret(value) => value,
        }
    }
}

impl fmt::Debug for EnvValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(value) => f.debug_tuple("Plain").field(value).finish(),
            Self::Secret(_) => f.write_str("Secret(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!("PATH".parse::<EnvName>().is_ok());
        for text in ["", "A=B", "A B", "A\n", "A\0"] {
            assert!(text.parse::<EnvName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn secrets_do_not_show() {
        assert_eq!(
            format!("{:?}", EnvValue::Secret("hunter2".to_owned())),
            "Secret(…)"
        );
    }
}
