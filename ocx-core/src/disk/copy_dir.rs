//! Writes beneath a directory whose content is hostile.
//!
//! The agent in a container can put symbolic links anywhere in the copy, also while ocx writes to
//! it. Every directory is therefore opened component by component without following links, and
//! every change is made relative to a directory so opened.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};
use cap_std::fs::Dir;
use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, OFlags},
    io::Errno,
};

/// The private copy, held open.
#[derive(Debug)]
pub(crate) struct CopyDir {
    top: Dir,
}

impl CopyDir {
    /// Opens the top directory. Its parents belong to ocx and are trusted.
    pub(crate) fn open(path: &Utf8Path) -> io::Result<Self> {
        Ok(Self {
            top: open_dir(CWD, path.as_str())?,
        })
    }

    /// Whether a regular file is at `relative`, with no link on the way.
    pub(crate) fn has_file(&self, relative: &Utf8Path) -> io::Result<bool> {
        Ok(self.file_type(relative)? == Some(FileType::RegularFile))
    }

    /// What is at `relative`, if its parents are real directories.
    pub(crate) fn file_type(&self, relative: &Utf8Path) -> io::Result<Option<FileType>> {
        let Some((parent, name)) = self.existing_parent(relative)? else {
            return Ok(None);
        };
        match rustix::fs::statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Moves `staged`, a file outside the copy on the same file system, to `relative`.
    /// Whatever stands in the way is replaced: links, files in place of directories and directories
    /// in place of files.
    pub(crate) fn put_file(&self, staged: &Utf8Path, relative: &Utf8Path) -> io::Result<()> {
        let (parent, name) = self.made_parent(relative)?;
        let rename = || rustix::fs::renameat(CWD, staged.as_str(), &parent, name);
        match rename() {
            Err(Errno::ISDIR | Errno::EXIST | Errno::NOTEMPTY) => {
                parent.remove_dir_all(name)?;
                Ok(rename()?)
            }
            other => Ok(other?),
        }
    }

    /// Moves a staged directory to `relative` unless something is there.
    pub(crate) fn put_new_dir(&self, staged: &Utf8Path, relative: &Utf8Path) -> io::Result<bool> {
        let (parent, name) = self.made_parent(relative)?;
        match rustix::fs::renameat(CWD, staged.as_str(), &parent, name) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the file or link at `relative`, and the directories that are empty then. A directory
    /// there is the agent's own and stays. Returns whether something was removed.
    pub(crate) fn remove_file(&self, relative: &Utf8Path) -> io::Result<bool> {
        let Some((parent, name)) = self.existing_parent(relative)? else {
            return Ok(false);
        };
        match rustix::fs::unlinkat(&parent, name, AtFlags::empty()) {
            Ok(()) => {}
            // Linux says EISDIR, POSIX EPERM.
            Err(Errno::NOENT | Errno::ISDIR | Errno::PERM) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let mut directory = relative.parent();
        while let Some(path) = directory.filter(|path| !path.as_str().is_empty()) {
            let Some((parent, name)) = self.existing_parent(path)? else {
                break;
            };
            if rustix::fs::unlinkat(&parent, name, AtFlags::REMOVEDIR).is_err() {
                break;
            }
            directory = path.parent();
        }
        Ok(true)
    }

    fn existing_parent<'a>(&self, relative: &'a Utf8Path) -> io::Result<Option<(Dir, &'a str)>> {
        let (parents, name) = split(relative)?;
        let mut directory = self.top.try_clone()?;
        for component in parents {
            match open_dir(&directory, component) {
                Ok(next) => directory = next,
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some((directory, name)))
    }

    fn made_parent<'a>(&self, relative: &'a Utf8Path) -> io::Result<(Dir, &'a str)> {
        let (parents, name) = split(relative)?;
        let mut directory = self.top.try_clone()?;
        for component in parents {
            directory = match open_dir(&directory, component) {
                Ok(next) => next,
                Err(error @ (Errno::NOENT | Errno::NOTDIR | Errno::LOOP)) => {
                    if error != Errno::NOENT {
                        rustix::fs::unlinkat(&directory, component, AtFlags::empty())?;
                    }
                    rustix::fs::mkdirat(&directory, component, Mode::RWXU)?;
                    let made = open_dir(&directory, component)?;
                    // The umask may have taken bits away.
                    rustix::fs::fchmod(&made, Mode::RWXU)?;
                    made
                }
                Err(error) => return Err(error.into()),
            };
        }
        Ok((directory, name))
    }
}

fn open_dir(parent: impl rustix::fd::AsFd, name: &str) -> Result<Dir, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    Ok(Dir::from_std_file(fs::File::from(fd)))
}

/// The names of the directories on the way to `relative`, and its own.
fn split(relative: &Utf8Path) -> io::Result<(Vec<&str>, &str)> {
    let mut names: Vec<&str> = Vec::new();
    for component in relative.components() {
        match component {
            camino::Utf8Component::Normal(name) => names.push(name),
            // The manifest is ocx's own, but a path that leads elsewhere is never acted upon.
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
    let name = names.pop().ok_or(io::ErrorKind::InvalidInput)?;
    Ok((names, name))
}

/// A directory beside the copy in which files are made whole before they are moved into it. It is
/// never mounted, so nobody meddles with them.
#[derive(Debug)]
pub(crate) struct Staging {
    path: Utf8PathBuf,
    made: bool,
}

impl Staging {
    /// Removes what an interrupted sync left behind.
    pub(crate) fn new(path: Utf8PathBuf) -> io::Result<Self> {
        match fs::remove_dir_all(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(Self { path, made: false })
    }

    /// A path in the directory, which is made when it is first needed.
    pub(crate) fn path(&mut self, name: &str) -> io::Result<Utf8PathBuf> {
        use std::os::unix::fs::DirBuilderExt;
        if !self.made {
            fs::DirBuilder::new().mode(0o700).create(&self.path)?;
            self.made = true;
        }
        Ok(self.path.join(name))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.made {
            // What stays here is removed by the next sync.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
