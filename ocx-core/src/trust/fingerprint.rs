//! What a file is, in a few bytes.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _},
};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A larger file is told by its [`Stamp`] alone.
const LARGEST_HASHED: u64 = 16 * 1024 * 1024;

/// A file that was written this short a time ago may be written again without a change of its times:
/// those of some file systems are coarse. In
/// nanoseconds.
const COARSEST: i64 = 2_000_000_000;

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fingerprint {
    /// Nothing.
    Absent,
    /// A regular file, by its content.
    File {
        /// Its permissions.
        mode: u32,
        /// SHA-256 of its content, hexadecimal.
        sha256: String,
    },
    /// A regular file that was not read.
    Unread {
        /// Its permissions.
        mode: u32,
        /// What was seen from outside.
        stamp: Stamp,
    },
    /// A symbolic link that is not followed.
    Link {
        /// Where it leads, as it is written.
        target: String,
    },
    /// A directory.
    Directory {
        /// Its permissions.
        mode: u32,
    },
    /// A device, a socket or a pipe.
    Special,
    /// Many files, or files whose names are no text, by what was seen of them from outside.
    Crowd {
        /// SHA-256 of paths and stamps, hexadecimal.
        sha256: String,
        /// Whether there are so many that not all were looked at.
        endless: bool,
    },
}

/// What can be seen of a file without reading it. A change of its content changes the stamp: nobody
/// but the kernel sets `ctime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    pub(super) size: u64,
    pub(super) inode: u64,
    pub(super) device: u64,
    /// Seconds and nanoseconds.
    pub(super) mtime: (i64, i64),
    pub(super) ctime: (i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.size(),
            inode: metadata.ino(),
            device: metadata.dev(),
            mtime: (metadata.mtime(), metadata.mtime_nsec()),
            ctime: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether a file that had this stamp at `time` cannot have been written after that without
    /// another one.
    pub(super) fn is_settled(&self, time: i64) -> bool {
        let written = nanoseconds(self.ctime).max(nanoseconds(self.mtime));
        written.saturating_add(COARSEST) < time
    }
}

/// Nanoseconds since 1970.
pub(super) fn nanoseconds((seconds, rest): (i64, i64)) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

/// How much may still be read.
#[derive(Debug)]
pub(super) struct Budget(pub(super) u64);

/// Whether a file is read if it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Whatever the budget is.
    Always,
    /// As long as the budget lasts.
    WithinBudget,
}

/// The fingerprint of what lies at `path`, and its stamp if it is a regular file. Links are not
/// followed. `known` is what it was when it had the given stamp.
pub(super) fn of_entry(
    path: &Utf8Path,
    metadata: &Metadata,
    known: Option<&Fingerprint>,
    reading: Reading,
    budget: &mut Budget,
) -> Fingerprint {
    let kind = metadata.file_type();
    let mode = metadata.mode() & 0o7777;
    if kind.is_symlink() {
        let target = fs::read_link(path).unwrap_or_default();
        return Fingerprint::Link {
            target: target.to_string_lossy().into_owned(),
        };
    }
    if kind.is_dir() {
        return Fingerprint::Directory { mode };
    }
    if !kind.is_file() || kind.is_fifo() {
        return Fingerprint::Special;
    }
    if let Some(Fingerprint::File { sha256, .. }) = known {
        return Fingerprint::File {
            mode,
            sha256: sha256.clone(),
        };
    }
    let may_read = match reading {
        Reading::Always => metadata.len() <= LARGEST_HASHED,
        Reading::WithinBudget => metadata.len() <= LARGEST_HASHED.min(budget.0),
    };
    let hash = may_read.then(|| hash(path)).and_then(Result::ok);
    match hash {
        Some(sha256) => {
            budget.0 = budget.0.saturating_sub(metadata.len());
            Fingerprint::File { mode, sha256 }
        }
        None => Fingerprint::Unread {
            mode,
            stamp: Stamp::of(metadata),
        },
    }
}

/// The SHA-256 of a regular file. Whatever else has come to lie there meanwhile is not waited for.
fn hash(path: &Utf8Path) -> io::Result<String> {
    let mut reader = open(path)?.take(LARGEST_HASHED);
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            length => hash.update(&buffer[..length]),
        }
    }
}

/// A regular file as text, links followed; `None` for anything else, or with more than `longest` bytes.
pub(super) fn text(path: &Utf8Path, longest: u64) -> Option<String> {
    let path: Utf8PathBuf = path.canonicalize_utf8().ok()?;
    let mut text = String::new();
    open(&path)
        .ok()?
        .take(longest + 1)
        .read_to_string(&mut text)
        .ok()?;
    (text.len() as u64 <= longest).then_some(text)
}

fn open(path: &Utf8Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}
