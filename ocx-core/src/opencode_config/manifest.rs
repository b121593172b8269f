//! What the last sync copied, kept where no container can change it.

use std::{collections::BTreeMap, fs, io, os::unix::fs::MetadataExt};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::disk::{read_json, write_atomically};

/// By relative path, what was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) files: BTreeMap<Utf8PathBuf, Copied>,
    /// Tells whether the same was left out of the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) redaction: Option<String>,
}

/// A file as it was on the host when it was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Copied {
    pub(super) stamp: Stamp,
    /// SHA-256 of its content: a touched file has not changed.
    pub(super) sha256: String,
}

/// Tells without reading whether a file may have changed.
///
/// Device and inode count too: where dotfiles are links into a store of builds, every version has
/// the same modification time and often the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    seconds: i64,
    nanoseconds: i64,
    pub(super) executable: bool,
}

impl Stamp {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            seconds: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
            executable: metadata.mode() & 0o100 != 0,
        }
    }
}

impl Manifest {
    /// A missing or damaged manifest is an empty one: everything counts as new, nothing as deleted.
    pub(super) fn read(path: &Utf8Path) -> Self {
        read_json(path).unwrap_or_default()
    }

    pub(super) fn write(&self, path: &Utf8Path) -> io::Result<()> {
        write_atomically(path, &serde_json::to_vec(self)?, 0o600)
    }
}
