//! Image IDs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::ImageReference;

/// The ID of an image in an engine's local storage: 64 hexadecimal digits.
///
/// Docker writes them as `sha256:…`, Podman as bare digits (measured with 28.2.2 and 4.3.1); both
/// forms are read, and [`fmt::Display`] writes `sha256:…`, which both engines accept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageId(String);

impl ImageId {
    /// The hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, as engines show them in listings.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

impl From<ImageId> for String {
    fn from(id: ImageId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for ImageId {
    type Error = ImageIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for ImageId {
    type Err = ImageIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        if digits.len() == 64
            && digits
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            Ok(Self(digits.to_owned()))
        } else {
            Err(ImageIdError {
                found: text.to_owned(),
            })
        }
    }
}

/// An image, by ID or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageHandle {
    /// By its ID.
    Id(ImageId),
    /// By one of its names.
    Name(ImageReference),
}

/// A text is not an image ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not an image ID")]
pub struct ImageIdError {
    /// What was found.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_forms_are_the_same_id() {
        let digits = "3c18607b15c61b1713762c2b624b085c7d4c147371c6f76ea3139ba41d00abe5";
        let docker: ImageId = format!("sha256:{digits}").parse().unwrap();
        let podman: ImageId = digits.parse().unwrap();
        assert_eq!(docker, podman);
        assert_eq!(docker.short(), "3c18607b15c6");
        assert!("sha256:3c18".parse::<ImageId>().is_err());
    }
}
