//! Looks at the host's configuration directory, with symbolic links followed.

use std::{fs, io, os::unix::fs::MetadataExt};

use camino::{Utf8Path, Utf8PathBuf};

use super::manifest::Stamp;

/// Configuration is text; what is larger got there by mistake.
pub(super) const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Bounds for a link that leads to something huge, such as the home directory.
const MAX_FILES: usize = 10_000;
const MAX_DEPTH: usize = 32;

/// Something in the host's configuration directory that was not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyncNote {
    /// Its path relative to the configuration directory; empty for the directory itself.
    pub path: Utf8PathBuf,
    /// Why it was not copied.
    pub reason: SkipReason,
}

/// Why something was not copied. Fits after the path, as in "`x`: a symbolic link to nothing".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SkipReason {
    /// A symbolic link whose target does not exist.
    #[error("a symbolic link to nothing")]
    DanglingLink,
    /// A symbolic link that leads back to a directory above it, or to itself.
    #[error("a symbolic link that leads in a circle")]
    LinkLoop,
    /// A FIFO, socket or device.
    #[error("neither a file nor a directory")]
    Special,
    /// Larger than 64 MiB.
    #[error("larger than 64 MiB")]
    TooLarge,
    /// More than 10,000 files or 32 levels; what comes after is not copied.
    #[error("too many files or levels of directories")]
    TooMany,
    /// The name is not UTF-8.
    #[error("a name that is not UTF-8")]
    NameNotUtf8,
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// The copy's directory does not let it be written.
    #[error("cannot be written to the copy: {0}")]
    Unwritable(io::ErrorKind),
    /// A link in `node_modules` that leads out of it.
    #[error("a symbolic link that leads out of node_modules")]
    OutsideLink,
}

/// A file of the host.
#[derive(Debug)]
pub(super) struct HostFile {
    /// Its path relative to the configuration directory.
    pub(super) relative: Utf8PathBuf,
    /// Where it can be opened.
    pub(super) path: Utf8PathBuf,
    pub(super) stamp: Stamp,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct HostWalk {
    pub(super) files: Vec<HostFile>,
    /// Directories called `node_modules`, not looked into: (relative path, path).
    pub(super) node_modules: Vec<(Utf8PathBuf, Utf8PathBuf)>,
    pub(super) notes: Vec<SyncNote>,
}

impl HostWalk {
    /// Walks `directory`; one that does not exist is empty. `.git` is left out: a repository of
    /// dotfiles is no configuration.
    pub(super) fn new(directory: &Utf8Path) -> Self {
        let mut walk = Self::default();
        match fs::metadata(directory) {
            Ok(metadata) => {
                let mut above = vec![(metadata.dev(), metadata.ino())];
                walk.visit(directory, Utf8Path::new(""), &mut above);
            }
            // A link that dangles may well lead to a disk that is not there today.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && fs::symlink_metadata(directory).is_err() => {}
            Err(error) => walk.skip(Utf8Path::new(""), reason_for(&error)),
        }
        walk
    }

    /// Whether it is unknown what the host has at `relative`, so that nothing may be deleted there.
    pub(super) fn is_unknown(&self, relative: &Utf8Path) -> bool {
        self.notes
            .iter()
            .any(|note| note.reason == SkipReason::TooMany || relative.starts_with(&note.path))
    }

    fn skip(&mut self, relative: &Utf8Path, reason: SkipReason) {
        self.notes.push(SyncNote {
            path: relative.to_owned(),
            reason,
        });
    }

    fn visit(&mut self, directory: &Utf8Path, relative: &Utf8Path, above: &mut Vec<(u64, u64)>) {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => return self.skip(relative, reason_for(&error)),
        };
        for entry in entries {
            let name = match entry {
                Ok(entry) => entry.file_name(),
                Err(error) => return self.skip(relative, reason_for(&error)),
            };
            let Some(name) = name.to_str() else {
                let shown = relative.join(name.to_string_lossy().as_ref());
                self.skip(&shown, SkipReason::NameNotUtf8);
                continue;
            };
            if name != ".git" {
                self.visit_entry(&directory.join(name), &relative.join(name), above);
            }
        }
    }

    fn visit_entry(&mut self, path: &Utf8Path, relative: &Utf8Path, above: &mut Vec<(u64, u64)>) {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.skip(relative, reason_for(&error)),
        };
        if metadata.is_dir() {
            let identity = (metadata.dev(), metadata.ino());
            if relative.file_name() == Some("node_modules") {
                self.node_modules
                    .push((relative.to_owned(), path.to_owned()));
            } else if above.contains(&identity) {
                self.skip(relative, SkipReason::LinkLoop);
            } else if above.len() >= MAX_DEPTH {
                self.skip(relative, SkipReason::TooMany);
            } else {
                above.push(identity);
                self.visit(path, relative, above);
                above.pop();
            }
        } else if !metadata.is_file() {
            self.skip(relative, SkipReason::Special);
        } else if metadata.len() > MAX_FILE_BYTES {
            self.skip(relative, SkipReason::TooLarge);
        } else if self.files.len() < MAX_FILES {
            self.files.push(HostFile {
                relative: relative.to_owned(),
                path: path.to_owned(),
                stamp: Stamp::of(&metadata),
            });
        } else if !self.is_unknown(relative) {
            // Said once: from here on nothing may be deleted anyway.
            self.skip(Utf8Path::new(""), SkipReason::TooMany);
        }
    }
}

pub(super) fn reason_for(error: &io::Error) -> SkipReason {
    let is_loop = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    match error.kind() {
        _ if is_loop => SkipReason::LinkLoop,
        io::ErrorKind::NotFound => SkipReason::DanglingLink,
        kind => SkipReason::Unreadable(kind),
    }
}
