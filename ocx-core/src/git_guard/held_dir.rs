//! Looking beneath a directory whose content is hostile.
//!
//! A session can put symbolic links, FIFOs and directories anywhere in the project, also while ocx
//! looks. So each directory is opened component by component without following links, and what is
//! read is named relative to a directory so opened.

use std::{
    ffi::{CStr, OsStr, OsString},
    fs::File,
    io::{self, Read},
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::ffi::OsStringExt,
    },
    path::{Component, Path, PathBuf},
};

use camino::Utf8Path;
use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat},
    io::Errno,
};

use super::file_state::FileState;

/// No file that is compared is larger; Git's own are far smaller.
pub(super) const LARGEST_FILE: u64 = 1024 * 1024;

/// A directory, held open.
#[derive(Debug)]
pub(crate) struct HeldDir {
    pub(crate) fd: OwnedFd,
}

impl HeldDir {
    /// Opens a directory whose way is trusted, such as the project's root.
    pub(crate) fn top(path: &Utf8Path) -> io::Result<Self> {
        Ok(Self {
            fd: open_dir(CWD, path.as_std_path().as_os_str())?,
        })
    }

    /// The directory at `relative`; `None` if there is none, or a link on the way.
    pub(crate) fn dir(&self, relative: &Path) -> io::Result<Option<Self>> {
        let mut held = Self {
            fd: self.fd.try_clone()?,
        };
        for name in names(relative)? {
            match open_dir(&held.fd, name) {
                Ok(fd) => held = Self { fd },
                Err(error) if is_absence(error) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(held))
    }

    /// A path by which the kernel finds this very directory, whatever happens to its name.
    pub(super) fn kernel_path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.fd.as_raw_fd()).into()
    }

    /// What is at `relative`, itself and not what it may point to.
    pub(crate) fn stat(&self, relative: &Path) -> io::Result<Option<Stat>> {
        let Some((parent, name)) = self.parent(relative)? else {
            return Ok(None);
        };
        match rustix::fs::statat(&parent.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(error) if is_absence(error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a directory is at `relative`, with no link on the way.
    pub(super) fn is_dir(&self, relative: &str) -> bool {
        self.type_of(relative) == Some(FileType::Directory)
    }

    /// What kind of thing is at `relative`.
    pub(super) fn type_of(&self, relative: &str) -> Option<FileType> {
        let stat = self.stat(Path::new(relative)).ok()??;
        Some(FileType::from_raw_mode(stat.st_mode))
    }

    /// What is at `relative`, with its content.
    pub(super) fn state(&self, relative: &Path) -> io::Result<FileState> {
        let Some((parent, name)) = self.parent(relative)? else {
            return Ok(FileState::Absent);
        };
        // A FIFO must not keep ocx waiting.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&parent.fd, name, flags, Mode::empty()) {
            Ok(fd) => File::from(fd),
            Err(Errno::LOOP) => {
                let target = rustix::fs::readlinkat(&parent.fd, name, Vec::new())?;
                return Ok(FileState::Link {
                    target: target.into_bytes(),
                });
            }
            Err(error) if is_absence(error) => return Ok(FileState::Absent),
            // A socket, or a file that its owner may not read.
            Err(Errno::NXIO | Errno::ACCESS | Errno::PERM) => return Ok(FileState::Other),
            Err(error) => return Err(error.into()),
        };
        let stat = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(FileState::Other);
        }
        let mut content = Vec::new();
        file.take(LARGEST_FILE + 1).read_to_end(&mut content)?;
        if content.len() as u64 > LARGEST_FILE {
            return Ok(FileState::Other);
        }
        Ok(FileState::File {
            content,
            mode: stat.st_mode & 0o777,
        })
    }

    /// The names in this directory with their types, in no order.
    pub(crate) fn entries(&self) -> io::Result<Vec<(OsString, FileType)>> {
        let mut found = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            let file_type = match entry.file_type() {
                FileType::Unknown => self.type_by_stat(name)?,
                known => known,
            };
            found.push((OsString::from_vec(name.to_bytes().to_vec()), file_type));
        }
        Ok(found)
    }

    /// Some file systems do not tell types in listings.
    fn type_by_stat(&self, name: &CStr) -> io::Result<FileType> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(FileType::from_raw_mode(stat.st_mode)),
            Err(error) if is_absence(error) => Ok(FileType::Unknown),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn parent<'a>(&self, relative: &'a Path) -> io::Result<Option<(Self, &'a OsStr)>> {
        let name = relative.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let parent = relative.parent().unwrap_or(Path::new(""));
        Ok(self.dir(parent)?.map(|parent| (parent, name)))
    }
}

pub(super) fn open_dir(parent: impl AsFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::empty())
}

/// Whether an error means that there is no such thing where it was looked for.
pub(super) fn is_absence(error: Errno) -> bool {
    matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
}

/// The components of a path that leads down and nowhere else.
pub(super) fn names(relative: &Path) -> io::Result<Vec<&OsStr>> {
    relative
        .components()
        .map(|component| match component {
            Component::Normal(name) => Ok(name),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        })
        .collect()
}
