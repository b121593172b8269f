//! The ID of a session.

use std::{fmt, io, str::FromStr};

/// A few random characters that tell a session from all others. It is part of the container's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// A new one.
    ///
    /// # Errors
    ///
    /// If the system gives no random numbers.
    pub fn random() -> io::Result<Self> {
        random_hex::<4>().map(Self)
    }

    /// The ID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text is no ID of a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no ID of a session, which is eight of 0-9 and a-f")]
pub struct SessionIdError {
    text: String,
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 8 && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SessionIdError {
                text: text.to_owned(),
            })
        }
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `2 * BYTES` random hexadecimal digits, good enough for a password.
///
/// # Errors
///
/// If the system gives no random numbers.
pub(crate) fn random_hex<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_file_name_without_surprises() {
        let id = SessionId::random().unwrap();
        assert_eq!(id.as_str().parse(), Ok(id));
        for text in [
            "",
            "1a2b3c4",
            "1a2b3c4d5",
            "1A2b3c4d",
            "../../..",
            "1a2b/c4d",
        ] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }
}
