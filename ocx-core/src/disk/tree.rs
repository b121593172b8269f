//! Directories as a whole: how much they hold, and removing them without leaving half of one.

use std::{
    collections::HashSet,
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::make_private_dir;

/// `st_blocks` counts these, whatever the file system.
const BLOCK: u64 = 512;

/// The bytes that a file or directory takes on its disk, a file with several names counted once. `None`
/// if it is not there or cannot be read; what cannot be read in it is left out. Follows no link.
pub(crate) fn tree_size(top: &Utf8Path) -> Option<u64> {
    let metadata = fs::symlink_metadata(top).ok()?;
    let mut size = metadata.blocks() * BLOCK;
    if !metadata.is_dir() {
        return Some(size);
    }
    let mut seen = HashSet::new();
    let mut queue = vec![fs::read_dir(top).ok()?];
    while let Some(directory) = queue.pop() {
        for entry in directory.flatten() {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                queue.extend(fs::read_dir(entry.path()));
            } else if metadata.nlink() > 1 && !seen.insert((metadata.dev(), metadata.ino())) {
                continue;
            }
            size += metadata.blocks() * BLOCK;
        }
    }
    Some(size)
}

/// Whether there is no directory any more. One that cannot be looked at is there.
pub(crate) fn is_gone(root: &Utf8Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match fs::symlink_metadata(root) {
        Ok(metadata) => !metadata.is_dir(),
        Err(error) => matches!(error.kind(), NotFound | NotADirectory),
    }
}

/// Where directories go before they are deleted, on the same disk: from one moment to the next they are
/// gone from their place, and what is left of one when a process is killed lies where nobody takes it for
/// whole.
#[derive(Clone, Debug)]
pub(crate) struct Trash {
    directory: Utf8PathBuf,
}

impl Trash {
    /// The one in a directory of ocx's own. It need not exist.
    pub(crate) fn new(own: &Utf8Path) -> Self {
        Self {
            directory: own.join("trash"),
        }
    }

    /// Where it is.
    pub(crate) fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// Removes a directory. No error if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be taken from its place, which it then still has; or if what was taken cannot be
    /// deleted, which [`empty`](Self::empty) tries again.
    pub(crate) fn throw(&self, path: &Utf8Path) -> io::Result<()> {
        make_private_dir(&self.directory).map_err(io::Error::other)?;
        let place = tempfile::tempdir_in(&self.directory)?.keep();
        let place = Utf8PathBuf::try_from(place).map_err(io::Error::other)?;
        match fs::rename(path, place.join("it")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let _ = fs::remove_dir(&place);
                return Err(error);
            }
            _ => {}
        }
        remove(&place)
    }

    /// Deletes what was left here.
    ///
    /// # Errors
    ///
    /// The first failure; the rest is deleted all the same.
    pub(crate) fn empty(&self) -> io::Result<()> {
        let entries = self.directory.read_dir_utf8().into_iter().flatten();
        let removals: Vec<_> = entries
            .flatten()
            .map(|entry| remove(entry.path()))
            .collect();
        removals.into_iter().collect()
    }
}

/// A container may have taken the user's rights to directories away.
fn remove(path: &Utf8Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(path);
            fs::remove_dir_all(path)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Nobody else writes there any more, so that no directory becomes a link meanwhile.
fn open_up(top: &Utf8Path) {
    let mut queue = vec![top.as_std_path().to_owned()];
    while let Some(directory) = queue.pop() {
        let _ = fs::set_permissions(&directory, fs::Permissions::from_mode(0o700));
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                queue.push(entry.path());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path()).unwrap().to_owned();
        (directory, path)
    }

    #[test]
    fn a_file_with_two_names_counts_once_and_a_link_leads_nowhere() {
        let (_guard, top) = temporary();
        let large = vec![1; 256 * 1024];
        fs::write(top.join("elsewhere"), &large).unwrap();
        let tree = top.join("tree");
        fs::create_dir_all(tree.join("deep")).unwrap();
        fs::write(tree.join("a"), &large).unwrap();
        fs::hard_link(tree.join("a"), tree.join("deep/b")).unwrap();
        std::os::unix::fs::symlink(&top, tree.join("deep/link")).unwrap();
        let size = tree_size(&tree).unwrap();
        assert!((256 * 1024..400 * 1024).contains(&size), "{size}");
        assert_eq!(tree_size(&top.join("missing")), None);
    }

    #[test]
    fn what_is_thrown_away_goes_and_nothing_that_it_links_to() {
        let (_guard, top) = temporary();
        let trash = Trash::new(&top);
        let tree = top.join("tree");
        fs::create_dir_all(tree.join("deep/locked")).unwrap();
        fs::write(top.join("kept"), "kept").unwrap();
        std::os::unix::fs::symlink(&top, tree.join("deep/link")).unwrap();
        for locked in ["deep/locked", "deep"] {
            let none = fs::Permissions::from_mode(0o000);
            fs::set_permissions(tree.join(locked), none).unwrap();
        }
        trash.throw(&tree).unwrap();
        assert!(!tree.exists());
        assert_eq!(fs::read_dir(trash.directory()).unwrap().count(), 0);
        assert_eq!(fs::read(top.join("kept")).unwrap(), b"kept");
        trash.throw(&tree).unwrap();
    }

    #[test]
    fn what_was_left_goes_with_the_rest() {
        let (_guard, top) = temporary();
        let trash = Trash::new(&top);
        trash.empty().unwrap();
        fs::create_dir_all(trash.directory().join("x/it/deep")).unwrap();
        trash.empty().unwrap();
        assert_eq!(fs::read_dir(trash.directory()).unwrap().count(), 0);
    }
}
