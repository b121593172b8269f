//! A Git directory of ocx's own with what a session left in its.
//!
//! What a session wrote as configuration, hooks, attributes or alternates has no place in it: objects
//! come in by hard links, file by file, and references are copied, so Git can be run there. Nothing on
//! the way to a file is followed that is a link, and nothing is opened that is no regular file.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};

use super::{
    CloneError,
    clone_dir::{CloneDir, Record},
    config,
    refs::is_head,
};
use crate::git_guard::HeldDir;

/// A session that makes more was after something else, in bytes.
const LARGEST_OBJECTS: i64 = 16 << 30;
const MOST_OBJECTS: usize = 2_000_000;
const LARGEST_PACKED_REFS: u64 = 64 << 20;
/// A file with one reference, or `HEAD`.
const LARGEST_REF: u64 = 4096;
const MOST_REFS: usize = 100_000;
const LARGEST_LOG: u64 = 1 << 20;

/// The files of a session's own, as far as Git can be run on them.
#[derive(Debug)]
pub(crate) struct Quarantine {
    /// The Git directory.
    pub(crate) git_dir: Utf8PathBuf,
    /// The log of the session's stashes.
    pub(crate) stashes: String,
}

impl Quarantine {
    /// Makes it anew.
    ///
    /// # Errors
    ///
    /// If something in the session's Git directory is not what Git makes there, or too large.
    pub(crate) fn make(dir: &CloneDir, record: &Record) -> Result<Self, CloneError> {
        let git_dir = dir.quarantine();
        match fs::remove_dir_all(&git_dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(CloneError::file(&git_dir)(error));
            }
            _ => {}
        }
        for directory in ["objects/info", "objects/pack", "refs", "info"] {
            let directory = git_dir.join(directory);
            fs::create_dir_all(&directory).map_err(CloneError::file(&directory))?;
        }
        let write = |name: &str, text: &str| {
            let path = git_dir.join(name);
            fs::write(&path, text).map_err(CloneError::file(&path))
        };
        write("config", &config::of_quarantine(record))?;
        write("info/exclude", &record.exclude)?;
        // Never those that the session names: it would get what is in there.
        let own = record.objects.iter();
        let alternates: String = own.map(|path| format!("{path}\n")).collect();
        write("objects/info/alternates", &alternates)?;
        if let Some(shallow) = &record.shallow {
            write("shallow", shallow)?;
        }
        let mut stashes = String::new();
        let head = match (&record.below, &record.base) {
            // No session sees the Git directory of a project that lies below.
            (Some(_), Some(base)) => format!("{base}\n"),
            (Some(_), None) => "ref: refs/heads/none\n".to_owned(),
            (None, _) => {
                let foreign = Foreign::open(dir)?;
                foreign.objects(&git_dir)?;
                foreign.references(&git_dir)?;
                stashes = foreign
                    .text("logs/refs/stash", LARGEST_LOG)?
                    .unwrap_or_default();
                foreign.head(record)?
            }
        };
        write("HEAD", &head)?;
        Ok(Self { git_dir, stashes })
    }
}

/// The Git directory that a session had.
struct Foreign {
    held: HeldDir,
    shown: Utf8PathBuf,
}

impl Foreign {
    fn open(dir: &CloneDir) -> Result<Self, CloneError> {
        let shown = dir.git_dir();
        let held = HeldDir::top(&dir.tree())
            .and_then(|tree| tree.dir(Path::new(".git")))
            .map_err(CloneError::file(&shown))?
            .ok_or_else(|| CloneError::OddFile {
                path: shown.clone(),
            })?;
        let foreign = Self { held, shown };
        // The other way to keep references is not read.
        if foreign.stat("reftable")?.is_some() {
            return Err(foreign.odd(Path::new("reftable")));
        }
        Ok(foreign)
    }

    fn shown(&self, path: &Path) -> Utf8PathBuf {
        self.shown.join(path.to_string_lossy().as_ref())
    }

    fn odd(&self, path: &Path) -> CloneError {
        CloneError::OddFile {
            path: self.shown(path),
        }
    }

    fn failed(&self, path: &Path) -> impl FnOnce(io::Error) -> CloneError {
        CloneError::file(self.shown(path))
    }

    fn stat(&self, path: &str) -> Result<Option<rustix::fs::Stat>, CloneError> {
        let path = Path::new(path);
        self.held.stat(path).map_err(self.failed(path))
    }

    /// A directory, which Git may have left out.
    fn dir(&self, path: &Path) -> Result<Option<HeldDir>, CloneError> {
        match self.held.dir(path).map_err(self.failed(path))? {
            Some(held) => Ok(Some(held)),
            None => match self.held.stat(path).map_err(self.failed(path))? {
                None => Ok(None),
                Some(_) => Err(self.odd(path)),
            },
        }
    }

    /// The text of a file, which may be missing.
    fn text(&self, path: &str, limit: u64) -> Result<Option<String>, CloneError> {
        let path = Path::new(path);
        let (parent, name) = (path.parent().unwrap_or(Path::new("")), path.file_name());
        let Some(parent) = self.dir(parent)? else {
            return Ok(None);
        };
        let content = read(&parent, name.unwrap_or_default(), limit);
        match content.map_err(self.failed(path))? {
            Content::Nothing => Ok(None),
            Content::Odd => Err(self.odd(path)),
            Content::Bytes(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(self.odd(path)),
            },
        }
    }

    fn head(&self, record: &Record) -> Result<String, CloneError> {
        let head = self.text("HEAD", LARGEST_REF)?;
        head.filter(|head| is_head(head, record.object_length()))
            .ok_or_else(|| self.odd(Path::new("HEAD")))
    }

    /// Links all objects and packs into the quarantine.
    fn objects(&self, git_dir: &Utf8Path) -> Result<(), CloneError> {
        let mut links = Links::default();
        let objects = Path::new("objects");
        let top = self.dir(objects)?.ok_or_else(|| self.odd(objects))?;
        for (name, _) in top.entries().map_err(self.failed(objects))? {
            let Some(text) = name.to_str() else { continue };
            let path = objects.join(text);
            let is_fan = text.len() == 2 && is_hex(text);
            if !is_fan && text != "pack" {
                continue;
            }
            let directory = self.dir(&path)?.ok_or_else(|| self.odd(&path))?;
            let target = git_dir.join("objects").join(text);
            fs::create_dir_all(&target).map_err(CloneError::file(&target))?;
            for (file, _) in directory.entries().map_err(self.failed(&path))? {
                let wanted = file.to_str().is_some_and(|file| {
                    if is_fan {
                        is_hex(file) && file.len() > 30
                    } else {
                        is_pack(file)
                    }
                });
                if wanted {
                    let path = path.join(&file);
                    links.add(self, &directory, &file, &path, &target)?;
                }
            }
        }
        Ok(())
    }

    /// Copies all references into the quarantine.
    fn references(&self, git_dir: &Utf8Path) -> Result<(), CloneError> {
        if let Some(packed) = self.text("packed-refs", LARGEST_PACKED_REFS)? {
            let path = git_dir.join("packed-refs");
            fs::write(&path, packed).map_err(CloneError::file(path))?;
        }
        let mut queue = vec![PathBuf::from("refs")];
        let mut seen = 0;
        while let Some(path) = queue.pop() {
            let directory = self.dir(&path)?.ok_or_else(|| self.odd(&path))?;
            let target = git_dir.as_std_path().join(&path);
            let shown = self.shown(&path);
            fs::create_dir_all(&target).map_err(CloneError::file(&shown))?;
            for (name, file_type) in directory.entries().map_err(self.failed(&path))? {
                seen += 1;
                if seen > MOST_REFS {
                    return Err(CloneError::TooMuch {
                        path: shown,
                        what: "references",
                        limit: "100000",
                    });
                }
                if file_type == FileType::Directory {
                    queue.push(path.join(name));
                    continue;
                }
                let content = read(&directory, &name, LARGEST_REF).map_err(self.failed(&path))?;
                let Content::Bytes(bytes) = content else {
                    return Err(self.odd(&path.join(name)));
                };
                fs::write(target.join(&name), bytes).map_err(CloneError::file(&shown))?;
            }
        }
        Ok(())
    }
}

/// What has been linked so far.
#[derive(Default)]
struct Links {
    size: i64,
    number: usize,
}

impl Links {
    fn add(
        &mut self,
        foreign: &Foreign,
        directory: &HeldDir,
        name: &OsStr,
        path: &Path,
        target: &Utf8Path,
    ) -> Result<(), CloneError> {
        let stat = directory
            .stat(Path::new(name))
            .map_err(foreign.failed(path))?;
        let stat = stat.ok_or_else(|| foreign.odd(path))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(foreign.odd(path));
        }
        self.size = self.size.saturating_add(stat.st_size);
        self.number += 1;
        if self.size > LARGEST_OBJECTS || self.number > MOST_OBJECTS {
            return Err(CloneError::TooMuch {
                path: foreign.shown(Path::new("objects")),
                what: "objects",
                limit: "16 GiB in 2000000 files",
            });
        }
        let to = target.as_std_path().join(name);
        rustix::fs::linkat(&directory.fd, name, CWD, &to, AtFlags::empty())
            .map_err(|error| foreign.failed(path)(error.into()))
    }
}

enum Content {
    Nothing,
    Odd,
    Bytes(Vec<u8>),
}

/// The content of a regular file of at most `limit` bytes.
fn read(directory: &HeldDir, name: &OsStr, limit: u64) -> io::Result<Content> {
    // A FIFO must not keep ocx waiting.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(&directory.fd, name, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(rustix::io::Errno::NOENT) => return Ok(Content::Nothing),
        Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => return Ok(Content::Odd),
        Err(error) => return Err(error.into()),
    };
    if !file.metadata()?.is_file() {
        return Ok(Content::Odd);
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > limit {
        Content::Odd
    } else {
        Content::Bytes(bytes)
    })
}

fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Whether a file is a pack or its index. What else Git keeps beside them it can do without.
fn is_pack(name: &str) -> bool {
    let middle = name.strip_prefix("pack-");
    let middle = middle.and_then(|rest| rest.strip_suffix(".pack").or(rest.strip_suffix(".idx")));
    middle.is_some_and(|middle| middle.len() >= 40 && is_hex(middle))
}
