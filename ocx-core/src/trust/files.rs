//! The files in which the records of trust lie.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Inventory, Sources, TrustError, record::Record};
use crate::{disk::write_atomically, host::Host, project::ProjectId};

/// A larger record is damaged.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The inventory that is only there to save reading.
pub(super) const LATEST: &str = "inventory.json";

/// A session that has begun, and of which nobody knows yet that it has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionMark {
    pub(super) sources: Sources,
    pub(super) before: Inventory,
}

pub(super) fn records(host: &Host) -> Utf8PathBuf {
    host.dirs.data.join("trust")
}

/// The record of the project at `root`.
pub(super) fn record_file(host: &Host, root: &Utf8Path) -> Utf8PathBuf {
    records(host).join(format!("{}.json", ProjectId::of(root)))
}

/// Where the marks of its sessions lie.
pub(super) fn sessions_of(host: &Host, root: &Utf8Path) -> Utf8PathBuf {
    let project = host.dirs.state.join("projects");
    project.join(ProjectId::of(root).as_str()).join("trust")
}

/// A record that is damaged, or another project's, is one in which nothing is trusted.
pub(super) fn read_record(file: &Utf8Path, root: &Utf8Path) -> Result<Record, TrustError> {
    let empty = |lost| Record {
        root: root.to_owned(),
        lost,
        ..Record::default()
    };
    match read_json::<Record>(file) {
        Ok(Some(record)) if record.root == root => Ok(record),
        Ok(Some(_)) => Ok(empty(true)),
        Ok(None) => Ok(empty(false)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(empty(true)),
        Err(source) => Err(TrustError::File {
            path: file.to_owned(),
            source,
        }),
    }
}

pub(super) fn read_marks(
    directory: &Utf8Path,
) -> Result<Vec<(Utf8PathBuf, SessionMark)>, TrustError> {
    let failed = |source| TrustError::File {
        path: directory.to_owned(),
        source,
    };
    let entries = match directory.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut marks = Vec::new();
    for entry in entries {
        let file = entry.map_err(failed)?.into_path();
        let is_mark = file.extension() == Some("json") && file.file_name() != Some(LATEST);
        if !is_mark {
            continue;
        }
        // Of a damaged one, all that is known is that everything may have changed since.
        let mark = match read_json(&file) {
            Ok(Some(mark)) => mark,
            Ok(None) => continue,
            Err(_) => SessionMark {
                sources: Sources::default(),
                before: Inventory::default(),
            },
        };
        marks.push((file, mark));
    }
    marks.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(marks)
}

pub(super) fn read_json<T: DeserializeOwned>(file: &Utf8Path) -> io::Result<Option<T>> {
    let metadata = match file.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let bytes = fs::read(file)?;
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

pub(super) fn write(file: &Utf8Path, value: &impl Serialize) -> Result<(), TrustError> {
    let bytes = serde_json::to_vec(value).map_err(io::Error::from);
    bytes
        .and_then(|bytes| write_atomically(file, &bytes, 0o600))
        .map_err(|source| TrustError::File {
            path: file.to_owned(),
            source,
        })
}
