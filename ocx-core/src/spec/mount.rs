//! Mounts of a container.

use std::{fmt, str::FromStr};

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted.
    pub source: MountSource,
    /// Absolute path in the container.
    pub target: Utf8PathBuf,
    /// Whether the container may write.
    pub access: Access,
}

impl Mount {
    /// A bind mount.
    pub fn bind(
        source: impl Into<Utf8PathBuf>,
        target: impl Into<Utf8PathBuf>,
        access: Access,
    ) -> Self {
        Self {
            source: MountSource::Bind(source.into()),
            target: target.into(),
            access,
        }
    }
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountSource {
    /// A file or directory of the host, by absolute path. It must exist; engines never create it.
    Bind(Utf8PathBuf),
    /// A named volume.
    Volume(VolumeName),
    /// A volume without a name, which goes with the container.
    AnonymousVolume,
    /// Memory, empty at start, writable by everybody, with executable files allowed.
    Tmpfs {
        /// Size limit in bytes; `None` for the engine's own (half the memory).
        size: Option<u64>,
    },
}

/// Whether a container may write to a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// It may.
    ReadWrite,
    /// It may not.
    ReadOnly,
}

/// The name of a volume: letters, digits, `_`, `.` and `-`, starting with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VolumeName(String);

impl VolumeName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for VolumeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<VolumeName> for String {
    fn from(name: VolumeName) -> Self {
        name.0
    }
}

impl TryFrom<String> for VolumeName {
    type Error = VolumeNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for VolumeName {
    type Err = VolumeNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_engine_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(VolumeNameError {
                found: text.to_owned(),
            })
        }
    }
}

/// A text cannot be the name of a volume.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` cannot be the name of a volume: use letters, digits, `_`, `.` and `-`, starting with a letter or digit"
)]
pub struct VolumeNameError {
    /// What was found.
    pub found: String,
}

/// The grammar that both engines use for the names of containers and volumes,
/// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
pub(super) fn is_engine_name(text: &str) -> bool {
    text.len() >= 2
        && text.starts_with(|character: char| character.is_ascii_alphanumeric())
        && text.chars().all(|character| {
            character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')
        })
}
