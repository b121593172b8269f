//! One path that is covered.

use std::{fs::Metadata, os::unix::fs::MetadataExt, time::SystemTime};

use camino::Utf8PathBuf;

/// One path that is covered. Neither of its paths leads through a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cover {
    /// What it is.
    pub(crate) kind: CoverKind,
    /// The path on the host.
    pub(crate) source: Utf8PathBuf,
    /// The path in the container.
    pub(crate) target: Utf8PathBuf,
    /// The file or directory that is there.
    pub(crate) file: FileId,
    /// How many names it has. Of a directory that says nothing.
    pub(crate) links: u64,
}

/// What is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CoverKind {
    /// A directory, by an empty one.
    Directory,
    /// Anything else, by an empty file.
    File,
}

/// Which file it is. Its number is given to another as soon as it is free, so the time when it was made
/// belongs to it, where the file system knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
    made: Option<SystemTime>,
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            made: metadata.created().ok(),
        }
    }
}
