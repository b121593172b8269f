//! What an image holds and says, as one value.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{ImageId, ImageIdError};

/// SHA-256 over what an image holds and says, as far as a session can tell: see
/// [`ImageInfo::content`](crate::runtime::ImageInfo::content).
///
/// It is no ID: an engine knows nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentDigest(ImageId);

impl ContentDigest {
    /// The digest of this text.
    #[must_use]
    pub(crate) fn of(text: &[u8]) -> Self {
        let digits = hex::encode(Sha256::digest(text));
        Self(digits.parse().expect("a digest has the form of an ID"))
    }

    /// The hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> &str {
        self.0.hex()
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ContentDigest {
    type Err = ImageIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
