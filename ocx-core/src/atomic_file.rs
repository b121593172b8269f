//! Writing small files so that nobody ever sees half of one.

use std::{fs, io};

use camino::Utf8Path;
use serde::Serialize;

/// Writes `value` as JSON, by way of a temporary file in the same directory, which is made if needed.
pub(crate) fn write_json(path: &Utf8Path, value: &impl Serialize) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(parent)?;
    let mut file = tempfile::NamedTempFile::new_in(parent)?;
    serde_json::to_writer(&mut file, value)?;
    file.persist(path)?;
    Ok(())
}
