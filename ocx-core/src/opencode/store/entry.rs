//! One program in the store.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
};

use camino::Utf8PathBuf;

use super::{
    blocking::{Stop, sha256},
    record::{Record, Stamp, read_json},
};

/// The mode of a stored program, whatever the umask is: it is copied into images as it is.
pub(super) const MODE: u32 = 0o755;

/// One program in the store; it need not be there.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    directory: Utf8PathBuf,
    name: &'static str,
}

impl Entry {
    pub(super) fn new(directory: Utf8PathBuf, name: &'static str) -> Self {
        Self { directory, name }
    }

    pub(super) fn directory(&self) -> &Utf8PathBuf {
        &self.directory
    }

    /// The program itself.
    pub(super) fn program(&self) -> Utf8PathBuf {
        self.directory.join(self.name)
    }

    /// What it must look like.
    pub(super) fn record_path(&self) -> Utf8PathBuf {
        self.directory.join(format!("{}.json", self.name))
    }

    /// The program while it is unpacked.
    pub(super) fn part(&self) -> Utf8PathBuf {
        self.directory.join(format!("{}.part", self.name))
    }

    /// The record, if the program's metadata agree with it.
    pub(super) fn unchanged_record(&self) -> Option<Record> {
        let record: Record = read_json(&self.record_path())?;
        let metadata = fs::symlink_metadata(self.program()).ok()?;
        let good = metadata.is_file()
            && metadata.permissions().mode() & 0o777 == MODE
            && Stamp::of(&metadata) == record.stamp;
        good.then_some(record)
    }

    /// The record, if the program's whole content and its metadata agree with it.
    pub(super) fn verified_record(&self, stop: &Stop) -> Option<Record> {
        let record = self.unchanged_record()?;
        let actual = sha256(&mut File::open(self.program()).ok()?, stop).ok()?;
        (actual == record.sha256).then_some(record)
    }

    /// Brings the record and the program's mode in line with a program whose content is right but
    /// which was copied or restored from somewhere. `None` if the content is not right.
    pub(super) fn adopt(&self, stop: &Stop) -> Option<Record> {
        let mut record: Record = read_json(&self.record_path())?;
        let metadata = fs::symlink_metadata(self.program()).ok()?;
        if !metadata.is_file() || metadata.len() != record.stamp.size {
            return None;
        }
        let actual = sha256(&mut File::open(self.program()).ok()?, stop).ok()?;
        if actual != record.sha256 {
            return None;
        }
        fs::set_permissions(self.program(), fs::Permissions::from_mode(MODE)).ok()?;
        record.stamp = Stamp::of(&metadata);
        super::record::write_json(&self.record_path(), &record).ok()?;
        Some(record)
    }

    /// Notes down that a registry means this program, too. To be called under the lock.
    pub(super) fn vouch(&self, record: &mut Record, registry: &str) {
        record.registries.insert(registry.to_owned());
        // Without it, the registry is only asked once more.
        let _ = super::record::write_json(&self.record_path(), record);
    }

    /// Removes what an interrupted process has left. To be called under the lock.
    pub(super) fn remove_parts(&self) -> io::Result<()> {
        super::lock::remove_parts_in(&self.directory)
    }
}
