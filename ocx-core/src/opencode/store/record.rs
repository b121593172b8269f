//! What a file must look like.

use std::{collections::BTreeSet, fs::Metadata, io, os::unix::fs::MetadataExt};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a downloaded program must look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The npm package.
    pub(super) package: String,
    /// Its version.
    pub(super) version: String,
    /// Checksum of the tarball.
    pub(super) integrity: String,
    /// The registries that gave this checksum for this version. Another one may mean something else by
    /// it: what a bad mirror published must not count once a good one is asked.
    #[serde(default)]
    pub(super) registries: BTreeSet<String>,
    /// SHA-256 of the program, hexadecimal.
    pub(super) sha256: String,
    /// What the program's metadata were.
    pub(super) stamp: Stamp,
}

/// Metadata of a file that change when its content does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// Size in bytes.
    pub(super) size: u64,
    /// Seconds of the modification time since the epoch.
    pub(super) modified: i64,
    /// Nanoseconds of it.
    pub(super) modified_nanoseconds: i64,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.size(),
            modified: metadata.mtime(),
            modified_nanoseconds: metadata.mtime_nsec(),
        }
    }
}

/// Reads JSON from a file; `None` if there is none that can be read or understood.
pub(in crate::opencode) fn read_json<T: DeserializeOwned>(path: &Utf8Path) -> Option<T> {
    crate::disk::read_json(path)
}

/// Writes a small file as a whole or not at all, together with its directory.
pub(in crate::opencode) fn write_json(
    path: &Utf8PathBuf,
    value: &impl Serialize,
) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Utf8Path::new("."));
    std::fs::create_dir_all(directory)?;
    let mut file = tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .tempfile_in(directory)?;
    serde_json::to_writer_pretty(&mut file, value)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
