//! A small JSON file that is mounted into running containers by itself.
//!
//! Such a mount holds on to the inode, so the file can never be replaced by a rename: sessions would
//! go on with the old one. It is rewritten in place, and a copy made beforehand survives a rewrite
//! that was cut short, by ocx or by a program in a container.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    thread,
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    atomic_file::write_atomically,
    auth_entries::{Entries, MAX_BYTES},
};

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
            .and_then(|mut file| file.write_all(b"{}"));
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
            if backup.is_none_or(|backup| backup != content) {
                write_atomically(&backup_path, &content, 0o600)?;
            }
            return Ok(Found::Intact(entries));
        }
        let entries = backup.and_then(|backup| Entries::parse(&backup).ok());
        Ok(Found::Recovered(entries.unwrap_or_default()))
    }

    /// Rewrites the file in place, after the new content is safe in the backup.
    ///
    /// A reader meets valid JSON at every moment: the new text is padded with line breaks to the old
    /// length, written at once, and only then cut.
    pub(super) fn write(&self, entries: &Entries) -> io::Result<()> {
        let content = entries.render();
        write_atomically(&self.backup_path(), &content, 0o600)?;
        let mut file = fs::OpenOptions::new().write(true).open(&self.path)?;
        let old_length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let mut padded = content.clone();
        let padding = old_length.min(MAX_BYTES).saturating_sub(content.len());
        padded.resize(content.len() + padding, b'\n');
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&padded)?;
        file.set_len(content.len() as u64)?;
        file.sync_all()
    }
}

/// Reads a whole file of sane size. A directory, FIFO or device is an error.
pub(super) fn read_limited(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut content = Vec::new();
    fs::File::open(path)?
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut content)?;
    if content.len() > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(content)
}
