//! The ID of a session.

use std::{fmt, io};

/// A few random characters that tell a session from all others. It is part of the container's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SessionId(String);

impl SessionId {
    /// A new one.
    ///
    /// # Errors
    ///
    /// If the system gives no random numbers.
    pub(crate) fn random() -> io::Result<Self> {
        random_hex::<4>().map(Self)
    }

    /// The ID.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
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
pub(crate) fn random_hex<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex::encode(bytes))
}
