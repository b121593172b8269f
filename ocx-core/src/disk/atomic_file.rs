//! Files that appear whole or not at all.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
};

use camino::Utf8Path;
use serde::Serialize;

/// Writes `path` by a temporary file beside it and a rename, with exactly `mode` whatever the umask.
///
/// Only for directories that no container can write to: a rename replaces a symbolic link at `path`
/// itself, but its parents are followed.
pub(crate) fn write_atomically(path: &Utf8Path, content: &[u8], mode: u32) -> io::Result<()> {
    let parent = path
        .parent()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut file = tempfile::Builder::new()
        .prefix(".ocx-")
        .suffix(".tmp")
        .tempfile_in(parent)?;
    file.write_all(content)?;
    file.as_file()
        .set_permissions(fs::Permissions::from_mode(mode))?;
    // Without this a power cut may leave the new name with an empty file.
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Opens, or makes with mode 0600, a file that is only there to be locked.
pub(crate) fn open_lock_file(path: &Utf8Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Writes `value` as JSON, by way of a temporary file in the same directory, which is made if needed.
pub(crate) fn write_json(path: &Utf8Path, value: &impl Serialize) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(parent)?;
    let mut file = tempfile::NamedTempFile::new_in(parent)?;
    serde_json::to_writer(&mut file, value)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn has_its_mode_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("file");
        write_atomically(&path, b"one", 0o444).unwrap();
        write_atomically(&path, b"two", 0o666).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o666);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn replaces_a_link_instead_of_following_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(dir.path()).unwrap();
        fs::write(root.join("target"), "untouched").unwrap();
        std::os::unix::fs::symlink("target", root.join("link")).unwrap();
        write_atomically(&root.join("link"), b"new", 0o600).unwrap();
        assert_eq!(fs::read(root.join("target")).unwrap(), b"untouched");
    }
}
