//! Versions of opencode.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The oldest version that ocx installs. Older ones start an unauthenticated HTTP server
/// ([CVE-2026-22812](https://github.com/advisories/GHSA-vxw4-wv6m-9hhh)).
pub const MINIMUM_VERSION: OpencodeVersion = OpencodeVersion(semver::Version::new(1, 0, 216));

/// An exact version of opencode, such as `1.18.33`; also the tag of an ocx image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OpencodeVersion(semver::Version);

impl fmt::Display for OpencodeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<OpencodeVersion> for String {
    fn from(version: OpencodeVersion) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for OpencodeVersion {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for OpencodeVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let version =
            semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).map_err(|_| {
                VersionError::NotAVersion {
                    found: text.to_owned(),
                }
            })?;
        // `+` is not allowed in an image tag.
        if !version.build.is_empty() {
            return Err(VersionError::NotAVersion {
                found: text.to_owned(),
            });
        }
        let version = Self(version);
        if version < MINIMUM_VERSION {
            return Err(VersionError::TooOld { found: version });
        }
        Ok(version)
    }
}

/// Why a text is no usable version of opencode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not of the form `x.y.z`.
    #[error("`{found}` is not a version of the form x.y.z")]
    NotAVersion {
        /// What was found.
        found: String,
    },
    /// Below [`MINIMUM_VERSION`].
    #[error(
        "opencode {found} is refused: versions before {MINIMUM_VERSION} start an unauthenticated server (CVE-2026-22812)"
    )]
    TooOld {
        /// What was found.
        found: OpencodeVersion,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_and_prefixed_versions() {
        assert_eq!(
            "1.18.33".parse::<OpencodeVersion>().unwrap().to_string(),
            "1.18.33"
        );
        assert_eq!(
            "v1.18.33".parse::<OpencodeVersion>().unwrap().to_string(),
            "1.18.33"
        );
        assert_eq!(
            "2.0.0-rc.1".parse::<OpencodeVersion>().unwrap().to_string(),
            "2.0.0-rc.1"
        );
    }

    #[test]
    fn refuses_what_is_no_version_or_no_tag() {
        for text in ["", "1.20", "latest", "1.2.3+build", "../1.2.3", "1.2.3 "] {
            assert!(
                matches!(
                    text.parse::<OpencodeVersion>(),
                    Err(VersionError::NotAVersion { .. })
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_versions_with_the_open_server() {
        assert!(matches!(
            "1.0.215".parse::<OpencodeVersion>(),
            Err(VersionError::TooOld { .. })
        ));
        assert!("1.0.216".parse::<OpencodeVersion>().is_ok());
    }
}
