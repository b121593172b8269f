//! The directory that keeps what is taken out of a repository.

use std::{fs, io, path::Path};

use camino::{Utf8Path, Utf8PathBuf};

use super::{file_state::FileState, held_dir::HeldDir, place::Place};
use crate::disk::{PrivateDirError, make_private_dir, write_atomically};

/// A session that writes the same thing again and again does not fill the disk.
const MOST: u32 = 200;

/// A private directory outside of every mount. It is made when it is first needed.
#[derive(Debug)]
pub(super) struct Aside {
    directory: Utf8PathBuf,
    count: u32,
}

impl Aside {
    pub(super) fn new(directory: Utf8PathBuf) -> Self {
        Self {
            directory,
            count: 0,
        }
    }

    /// The directory, if there is something in it.
    pub(super) fn used(&self) -> Option<&Utf8Path> {
        (self.count > 0).then_some(&self.directory)
    }

    /// Keeps a copy of what stood at a place.
    pub(super) fn keep(&mut self, place: &Place, state: &FileState) -> io::Result<()> {
        let content = match state {
            FileState::File { content, .. } => content.clone(),
            FileState::Link { target } => [b"a symbolic link to ", target.as_slice()].concat(),
            FileState::Absent | FileState::Other => return Ok(()),
        };
        match self.next(place)? {
            // Nobody executes anything in here by accident.
            Some(path) => write_atomically(&path, &content, 0o600),
            None => Ok(()),
        }
    }

    /// Moves what is at `relative` of `dir` in here. On another file system it stays where it is,
    /// under a name that no program looks for.
    pub(super) fn take(&mut self, place: &Place, dir: &HeldDir, relative: &Path) -> io::Result<()> {
        let target = match self.next(place)? {
            Some(path) => path,
            None => self.directory.join(format!("{}", u32::MAX)),
        };
        dir.move_out(relative, &target)?;
        Ok(())
    }

    fn next(&mut self, place: &Place) -> io::Result<Option<Utf8PathBuf>> {
        if self.count >= MOST {
            return Ok(None);
        }
        make_private_dir(&self.directory).map_err(|error| match error {
            PrivateDirError::Io { source, .. } => source,
            other => io::Error::other(other),
        })?;
        // Another guard of the same session may have been here.
        loop {
            self.count += 1;
            let name = format!("{:03}-{}", self.count, file_name(place));
            let path = self.directory.join(name);
            if fs::symlink_metadata(&path).is_err() {
                return Ok(Some(path));
            }
        }
    }
}

/// The path as one name. Its end tells most.
fn file_name(place: &Place) -> String {
    let name: String = place
        .relative
        .to_string_lossy()
        .chars()
        .map(|character| match character {
            '/' => '%',
            control if control.is_control() => '?',
            other => other,
        })
        .collect();
    let skipped = name.chars().count().saturating_sub(60);
    name.chars().skip(skipped).collect()
}
