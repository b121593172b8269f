//! The ID of a session.

use std::{fmt, io};

use sha2::{Digest, Sha256};

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

    /// The ID made from a text, the same for the same text.
    #[must_use]
    pub fn from_seed(seed: &str) -> Self {
        Self(hex::encode(&Sha256::digest(seed)[..4]))
    }

    /// The ID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
pub fn random_hex<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex::encode(bytes))
}
