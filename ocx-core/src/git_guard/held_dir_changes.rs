//! Changing what lies beneath a directory whose content is hostile: relative to directories that are
//! held open, as in [`held_dir`](super::held_dir).

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use camino::Utf8Path;
use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags},
    io::Errno,
};

use super::{
    file_state::FileState,
    held_dir::{HeldDir, is_absence, names, open_dir},
};

impl HeldDir {
    /// Makes what is at `relative` what `state` says, by a new file and a rename, so that nobody
    /// ever reads half of it. Directories on the way are made.
    pub(super) fn put(&self, relative: &Path, state: &FileState) -> io::Result<()> {
        match state {
            FileState::Absent => self.remove(relative),
            // Nothing is known that could be put back.
            FileState::Other => Ok(()),
            FileState::Link { target } => {
                self.remove(relative)?;
                let (parent, name) = self.made_parent(relative)?;
                Ok(rustix::fs::symlinkat(
                    OsStr::from_bytes(target),
                    &parent.fd,
                    name,
                )?)
            }
            FileState::File { content, mode } => {
                let (parent, name) = self.made_parent(relative)?;
                parent.replace(name, content, *mode)
            }
        }
    }

    fn replace(&self, name: &OsStr, content: &[u8], mode: u32) -> io::Result<()> {
        // The name under which Git makes a new one, so that no Git that runs at the same time
        // loses or overwrites a change. Somebody may hold it for ever, hence the other one.
        let mut locked = name.to_owned();
        locked.push(".lock");
        let own = OsString::from(format!(".ocx-{}", hex::encode(random()?)));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        for temporary in [locked, own] {
            match rustix::fs::openat(&self.fd, &temporary, flags, Mode::from_raw_mode(0o600)) {
                Ok(fd) => {
                    let written = self.fill(File::from(fd), &temporary, name, content, mode);
                    if written.is_err() {
                        let _ = rustix::fs::unlinkat(&self.fd, &temporary, AtFlags::empty());
                    }
                    return written;
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn fill(
        &self,
        mut file: File,
        temporary: &OsStr,
        name: &OsStr,
        content: &[u8],
        mode: u32,
    ) -> io::Result<()> {
        file.write_all(content)?;
        rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
        match rustix::fs::renameat(&self.fd, temporary, &self.fd, name) {
            // An empty directory in the place of a file; one that is not is moved aside before.
            Err(Errno::ISDIR) => {
                rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)?;
                Ok(rustix::fs::renameat(&self.fd, temporary, &self.fd, name)?)
            }
            other => Ok(other?),
        }
    }

    /// Makes a directory with the usual mode.
    pub(super) fn make_dir(&self, name: &str) -> io::Result<()> {
        match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file, a link or an empty directory.
    pub(super) fn remove(&self, relative: &Path) -> io::Result<()> {
        let Some((parent, name)) = self.parent(relative)? else {
            return Ok(());
        };
        match rustix::fs::unlinkat(&parent.fd, name, AtFlags::empty()) {
            Ok(()) => Ok(()),
            Err(Errno::ISDIR | Errno::PERM) => {
                Ok(rustix::fs::unlinkat(&parent.fd, name, AtFlags::REMOVEDIR)?)
            }
            Err(error) if is_absence(error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Renames what is at `relative`: to `target` if that is on the same file system, else to a
    /// name beside it that no program looks for, which is returned.
    pub(super) fn move_out(
        &self,
        relative: &Path,
        target: &Utf8Path,
    ) -> io::Result<Option<OsString>> {
        let Some((parent, name)) = self.parent(relative)? else {
            return Ok(None);
        };
        match rustix::fs::renameat(&parent.fd, name, CWD, target.as_str()) {
            // A directory that the user may not write to cannot be moved to another parent.
            Err(Errno::XDEV | Errno::ACCESS) => {
                let mut beside = OsString::from(format!("ocx-kept-{}-", hex::encode(random()?)));
                beside.push(name);
                rustix::fs::renameat(&parent.fd, name, &parent.fd, &beside)?;
                Ok(Some(beside))
            }
            other => {
                other?;
                Ok(None)
            }
        }
    }

    /// Takes the permission to execute from the file at `relative`.
    pub(super) fn disarm(&self, relative: &Path) -> io::Result<()> {
        let Some((parent, name)) = self.parent(relative)? else {
            return Ok(());
        };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&parent.fd, name, flags, Mode::empty())?;
        let mode = rustix::fs::fstat(&fd)?.st_mode & 0o666;
        Ok(rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode))?)
    }

    /// Gives the file at `relative` a second name, `target`. Fails across file systems.
    pub(super) fn link_to(&self, relative: &Path, target: &Utf8Path) -> io::Result<()> {
        let Some((parent, name)) = self.parent(relative)? else {
            return Err(io::ErrorKind::NotFound.into());
        };
        Ok(rustix::fs::linkat(
            &parent.fd,
            name,
            CWD,
            target.as_str(),
            AtFlags::empty(),
        )?)
    }

    /// Gives the file `source` of ocx's own a second name at `relative`.
    pub(super) fn link_from(&self, source: &Utf8Path, relative: &Path) -> io::Result<()> {
        let (parent, name) = self.made_parent(relative)?;
        Ok(rustix::fs::linkat(
            CWD,
            source.as_str(),
            &parent.fd,
            name,
            AtFlags::empty(),
        )?)
    }

    fn made_parent<'a>(&self, relative: &'a Path) -> io::Result<(Self, &'a OsStr)> {
        let name = relative.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut held = Self {
            fd: self.fd.try_clone()?,
        };
        for component in names(relative.parent().unwrap_or(Path::new("")))? {
            let fd = match open_dir(&held.fd, component) {
                Err(error) if is_absence(error) => {
                    if error != Errno::NOENT {
                        rustix::fs::unlinkat(&held.fd, component, AtFlags::empty())?;
                    }
                    rustix::fs::mkdirat(&held.fd, component, Mode::from_raw_mode(0o755))?;
                    open_dir(&held.fd, component)?
                }
                other => other?,
            };
            held = Self { fd };
        }
        Ok((held, name))
    }
}

fn random() -> io::Result<[u8; 6]> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}
