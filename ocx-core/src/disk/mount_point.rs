//! Places that something is mounted at. Where there is none, an engine makes one, as root.

use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use cap_std::{
    ambient_authority,
    fs::{Dir, OpenOptions},
};

/// What is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MountPoint {
    Directory,
    File,
}

/// Why there is no place for a mount.
#[derive(Debug)]
pub(crate) enum MountPointError {
    /// Something else is there, or on the way, at this path below the top: a link, or a file in place of a
    /// directory.
    InTheWay(Utf8PathBuf),
    Io(io::Error),
}

impl From<io::Error> for MountPointError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Makes the place at `path`, relative to the directory `top`, with the directories on the way, and leaves
/// what is there already. A session may have written there, so no link is followed.
pub(crate) fn make_mount_point(
    top: &Utf8Path,
    path: &Utf8Path,
    wanted: MountPoint,
) -> Result<(), MountPointError> {
    let mut directory = Dir::open_ambient_dir(top, ambient_authority())?;
    let mut done = Utf8PathBuf::new();
    let mut components = path.components().peekable();
    while let Some(component) = components.next() {
        let Utf8Component::Normal(name) = component else {
            continue;
        };
        done.push(name);
        let wants_file = wanted == MountPoint::File && components.peek().is_none();
        match directory.symlink_metadata(name) {
            Ok(found) if wants_file && found.is_file() || !wants_file && found.is_dir() => {}
            Ok(_) => return Err(MountPointError::InTheWay(done)),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Err(_) if wants_file => {
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                directory.open_with(name, &options)?;
            }
            Err(_) => directory.create_dir(name)?,
        }
        if !wants_file {
            directory = directory.open_dir(name)?;
        }
    }
    Ok(())
}
