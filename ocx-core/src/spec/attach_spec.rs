//! What an engine is asked to connect to a container's own streams.

use std::{fmt, str::FromStr};

use super::{ContainerId, Terminal};

/// The caller's terminal, connected to the program that a running container began with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttachSpec {
    /// The container.
    pub container: ContainerId,
    /// Whether the caller has a terminal to connect.
    pub terminal: Terminal,
    /// What is typed to leave without ending the program.
    pub detach_keys: DetachKeys,
}

impl AttachSpec {
    /// The terminal of the caller on this container.
    #[must_use]
    pub fn new(container: ContainerId) -> Self {
        Self {
            container,
            terminal: Terminal::Interactive,
            detach_keys: DetachKeys::default(),
        }
    }
}

/// The keys, one after the other, that leave a program that goes on. In the engines' own notation:
/// `ctrl-]`, or `ctrl-p,ctrl-q`.
///
/// The default is `ctrl-]`, as telnet has it: opencode binds nothing to it (1.18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetachKeys(String);

impl Default for DetachKeys {
    fn default() -> Self {
        Self("ctrl-]".to_owned())
    }
}

/// A text is no sequence of keys as engines know them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no sequence of keys: each is a letter, a digit or `ctrl-` with one of a-z @ [ \\ ] ^ _, with commas between them"
)]
pub struct DetachKeysError {
    text: String,
}

impl FromStr for DetachKeys {
    type Err = DetachKeysError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_key = |key: &str| match key.strip_prefix("ctrl-") {
            Some(control) => matches!(
                control.as_bytes(),
                [b'a'..=b'z' | b'@' | b'[' | b'\\' | b']' | b'^' | b'_']
            ),
            None => matches!(key.as_bytes(), [byte] if byte.is_ascii_alphanumeric()),
        };
        if text.split(',').all(is_key) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DetachKeysError {
                text: text.to_owned(),
            })
        }
    }
}

impl fmt::Display for DetachKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_engines_know() {
        for text in ["ctrl-]", "ctrl-p,ctrl-q", "a", "ctrl-\\,1", "ctrl-@"] {
            assert_eq!(text.parse::<DetachKeys>().unwrap().to_string(), text);
        }
        for text in ["", ",", "ctrl-", "ctrl-P", "ctrl-1", "esc", "a,", "-x", "é"] {
            assert!(text.parse::<DetachKeys>().is_err(), "{text}");
        }
        let default = DetachKeys::default();
        assert_eq!(default.to_string().parse(), Ok(default));
    }
}
