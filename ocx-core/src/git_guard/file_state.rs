//! What stood at a path, with its content.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// What stands at a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FileState {
    /// Nothing.
    #[default]
    Absent,
    /// A regular file.
    File {
        #[serde(serialize_with = "to_text", deserialize_with = "from_text")]
        content: Vec<u8>,
        /// The permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        #[serde(serialize_with = "to_text", deserialize_with = "from_text")]
        target: Vec<u8>,
    },
    /// Something that is neither read nor written: a directory, a FIFO, a file that is too large.
    Other,
}

impl FileState {
    /// The content of a regular file.
    pub(super) fn content(&self) -> Option<&[u8]> {
        match self {
            Self::File { content, .. } => Some(content),
            _ => None,
        }
    }

    /// Whether both are the same but for permissions.
    pub(super) fn same_content(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { content: one, .. }, Self::File { content: two, .. }) => one == two,
            (one, two) => one == two,
        }
    }
}

pub(super) fn to_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
}

pub(super) fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    BASE64_STANDARD
        .decode(String::deserialize(deserializer)?)
        .map_err(D::Error::custom)
}
