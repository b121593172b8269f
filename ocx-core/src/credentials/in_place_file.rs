//! A small JSON file that is mounted into running containers by itself.
//!
//! Such a mount holds on to the inode, so the file can never be replaced by a rename: sessions would
//! go on with the old one. It is rewritten in place, and a copy made beforehand survives a rewrite
//! that was cut short, by ocx or by a program in a container.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    thread,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;

use super::entries::{Entries, MAX_BYTES};
use crate::disk::{read_bounded, write_atomically};

/// Unit of the file's length.
const PAGE: usize = 4096;
/// opencode writes the file in place and without a lock, so that one may meet it half-written.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

/// The file and its backup, `<name>.bak`.
#[derive(Clone, Debug)]
pub(super) struct InPlaceFile {
    path: Utf8PathBuf,
}

/// What was found in the file.
#[derive(Debug)]
pub(super) enum Found {
    /// Its entries.
    Intact(Entries),
    /// It could not be parsed; these are the backup's entries, or none if that is no better.
    Recovered(Entries),
}

impl InPlaceFile {
    /// Makes the file with mode 0600 if it is missing, and tightens its mode.
    pub(super) fn open(path: Utf8PathBuf) -> io::Result<Self> {
        let made = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(&pad(b"{}".to_vec(), 0)));
        match made {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        let metadata = fs::symlink_metadata(&path)?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        if metadata.mode() & 0o7777 != 0o600 {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        }
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// A file that a session blew up counts as one that cannot be parsed.
    fn content(&self) -> io::Result<Vec<u8>> {
        match read_limited(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Ok(Vec::new()),
            other => other,
        }
    }

    fn backup_path(&self) -> Utf8PathBuf {
        Utf8PathBuf::from(format!("{}.bak", self.path))
    }

    /// Reads the entries; what is intact is backed up if the backup differs.
    pub(super) fn read(&self) -> io::Result<Found> {
        let mut content = self.content()?;
        for _ in 1..ATTEMPTS {
            if Entries::parse(&content).is_ok() {
                break;
            }
            thread::sleep(PAUSE);
            content = self.content()?;
        }
        let backup_path = self.backup_path();
        let backup = match read_limited(&backup_path) {
            Ok(backup) => Some(backup),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if let Ok(entries) = Entries::parse(&content) {
            let is_backed_up =
                backup.is_some_and(|backup| Entries::parse(&backup).as_ref() == Ok(&entries));
            if !is_backed_up {
                write_atomically(&backup_path, &entries.render(), 0o600)?;
            }
            return Ok(Found::Intact(entries));
        }
        let entries = backup.and_then(|backup| Entries::parse(&backup).ok());
        Ok(Found::Recovered(entries.unwrap_or_default()))
    }

    /// Rewrites the file in place, after the new content is safe in the backup.
    ///
    /// opencode reads without a lock and takes what it cannot parse for an empty file. So the file is
    /// not cut before it is written but written over at once, padded with line breaks, and its
    /// length changes as seldom as possible.
    pub(super) fn write(&self, entries: &Entries) -> io::Result<()> {
        let content = entries.render();
        write_atomically(&self.backup_path(), &content, 0o600)?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            // What a session has put into its place must neither be followed nor waited for.
            .custom_flags((OFlags::NONBLOCK | OFlags::NOFOLLOW).bits().cast_signed())
            .open(&self.path)?;
        let old_length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let padded = pad(content, old_length.min(MAX_BYTES));
        file.write_all(&padded)?;
        // Cuts off only what a session blew up.
        file.set_len(padded.len() as u64)?;
        file.sync_all()
    }
}

/// Pads JSON to whole pages and at least `length`.
fn pad(mut content: Vec<u8>, length: usize) -> Vec<u8> {
    let padded = content.len().next_multiple_of(PAGE).max(length);
    content.resize(padded, b'\n');
    content
}

/// Reads a whole file of sane size. A directory, FIFO or device is an error.
pub(super) fn read_limited(path: &Utf8Path) -> io::Result<Vec<u8>> {
    read_bounded(path, MAX_BYTES as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file() -> (tempfile::TempDir, InPlaceFile) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("auth.json");
        (dir, InPlaceFile::open(path).unwrap())
    }

    fn entries(size: usize) -> Entries {
        Entries([("a".to_owned(), json!("x".repeat(size)))].into())
    }

    #[test]
    fn the_length_stays_and_the_content_is_whole() {
        let (_guard, file) = file();
        for (size, length) in [(10, 4096), (3000, 4096), (5000, 8192), (0, 8192)] {
            file.write(&entries(size)).unwrap();
            assert_eq!(fs::metadata(file.path()).unwrap().len(), length);
            assert!(matches!(file.read().unwrap(), Found::Intact(found) if found == entries(size)));
        }
    }

    #[test]
    fn a_file_that_was_blown_up_is_cut() {
        let (_guard, file) = file();
        file.write(&entries(3)).unwrap();
        fs::File::options()
            .write(true)
            .open(file.path())
            .unwrap()
            .set_len(MAX_BYTES as u64 * 2)
            .unwrap();
        let Found::Recovered(found) = file.read().unwrap() else {
            panic!("must not be taken for intact");
        };
        assert_eq!(found, entries(3));
        file.write(&found).unwrap();
        assert!(matches!(file.read().unwrap(), Found::Intact(found) if found == entries(3)));
    }

    #[test]
    fn links_in_place_of_the_file_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(dir.path()).unwrap();
        fs::write(root.join("other"), "{}").unwrap();
        std::os::unix::fs::symlink("other", root.join("auth.json")).unwrap();
        assert!(InPlaceFile::open(root.join("auth.json")).is_err());
    }
}
