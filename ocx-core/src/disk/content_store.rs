//! Generated files at paths that follow from their content, so that a plan can name them before
//! they exist and two runs name the same ones.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{
    atomic_file::write_atomically,
    file_name::is_file_name,
    private_dir::{PrivateDirError, make_private_dir},
};

const EMPTY_FILE: &str = "empty-file";
const EMPTY_DIRECTORY: &str = "empty-directory";
/// Half of a SHA-256, in bytes: far more than enough to tell a user's files apart.
const HASH_BYTES: usize = 16;

/// `<cache>/files/`: files named by their content, and the empty ones that hide forbidden paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContentStore {
    directory: Utf8PathBuf,
}

impl ContentStore {
    /// The store in ocx's cache directory. Touches nothing.
    #[must_use]
    pub(crate) fn new(cache_dir: &Utf8Path) -> Self {
        Self {
            directory: cache_dir.join("files"),
        }
    }

    /// Where [`ContentStore::file`] puts this content. Touches nothing.
    #[must_use]
    pub(crate) fn path_for(&self, name: &str, content: &[u8]) -> Utf8PathBuf {
        let hash = Sha256::digest(content);
        self.directory
            .join(hex::encode(&hash[..HASH_BYTES]))
            .join(name)
    }

    /// Makes sure that [`ContentStore::path_for`] holds exactly `content` with exactly `mode`, and
    /// returns it. A file that was changed or replaced since is written anew.
    ///
    /// # Errors
    ///
    /// If `name` is no file name, or the file cannot be read or written.
    pub(crate) fn file(
        &self,
        name: &str,
        content: &[u8],
        mode: u32,
    ) -> Result<Utf8PathBuf, ContentStoreError> {
        if !is_file_name(name) {
            return Err(ContentStoreError::InvalidName {
                name: name.to_owned(),
            });
        }
        let path = self.path_for(name, content);
        self.ensure(&path, content, mode)?;
        Ok(path)
    }

    /// Where [`ContentStore::empty_file`] is. Touches nothing.
    #[must_use]
    pub(crate) fn empty_file_path(&self) -> Utf8PathBuf {
        self.directory.join(EMPTY_FILE)
    }

    /// A file with mode 0444 and nothing in it, made anew if something is.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(crate) fn empty_file(&self) -> Result<Utf8PathBuf, ContentStoreError> {
        let path = self.empty_file_path();
        self.ensure(&path, b"", 0o444)?;
        Ok(path)
    }

    /// Where [`ContentStore::empty_directory`] is. Touches nothing.
    #[must_use]
    pub(crate) fn empty_directory_path(&self) -> Utf8PathBuf {
        self.directory.join(EMPTY_DIRECTORY)
    }

    /// A directory with mode 0555 and nothing in it.
    ///
    /// # Errors
    ///
    /// [`ContentStoreError::NotEmpty`] if somebody put something in it (it is not ours to delete),
    /// or if it cannot be made.
    pub(crate) fn empty_directory(&self) -> Result<Utf8PathBuf, ContentStoreError> {
        let path = self.empty_directory_path();
        make_private_dir(&self.directory)?;
        let failed = |source| ContentStoreError::Io {
            path: path.clone(),
            source,
        };
        match fs::DirBuilder::new().mode(0o555).create(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        let metadata = fs::symlink_metadata(&path).map_err(failed)?;
        if !metadata.is_dir() {
            return Err(failed(io::ErrorKind::NotADirectory.into()));
        }
        if metadata.mode() & 0o7777 != 0o555 {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).map_err(failed)?;
        }
        if let Some(entry) = fs::read_dir(&path).map_err(failed)?.next() {
            let entry = entry.map_err(failed)?;
            return Err(ContentStoreError::NotEmpty {
                found: entry.file_name().to_string_lossy().into_owned(),
                path,
            });
        }
        Ok(path)
    }

    fn ensure(&self, path: &Utf8Path, content: &[u8], mode: u32) -> Result<(), ContentStoreError> {
        if is_exactly(path, content, mode) {
            return Ok(());
        }
        make_private_dir(&self.directory)?;
        if let Some(parent) = path.parent() {
            make_private_dir(parent)?;
        }
        write_atomically(path, content, mode).map_err(|source| ContentStoreError::Io {
            path: path.to_owned(),
            source,
        })
    }
}

/// Whether `path` is a regular file, not a link, with this content and mode.
fn is_exactly(path: &Utf8Path, content: &[u8], mode: u32) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| {
        metadata.is_file()
            && metadata.mode() & 0o7777 == mode
            && metadata.len() == content.len() as u64
            && fs::read(path).is_ok_and(|found| found == content)
    })
}

/// Why a generated file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ContentStoreError {
    /// The name is no file name.
    #[error("`{name}` cannot be a file name")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// The directory that hides forbidden paths has something in it.
    #[error("`{path}` must be empty but holds `{found}`")]
    NotEmpty {
        /// The directory.
        path: Utf8PathBuf,
        /// One of its entries.
        found: String,
    },
    /// The store's directory is unusable.
    #[error("the directory of generated files is unusable")]
    Directory(#[from] PrivateDirError),
    /// A file or directory cannot be made.
    #[error("cannot make `{path}`")]
    Io {
        /// The file or directory.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, ContentStore) {
        let dir = tempfile::tempdir().unwrap();
        let store = ContentStore::new(Utf8Path::from_path(dir.path()).unwrap());
        (dir, store)
    }

    fn inode(path: &Utf8Path) -> u64 {
        fs::metadata(path).unwrap().ino()
    }

    #[test]
    fn same_content_same_path_and_written_once() {
        let (_guard, store) = store();
        let planned = store.path_for("passwd", b"root:x:0:0\n");
        assert!(!planned.exists());
        let path = store.file("passwd", b"root:x:0:0\n", 0o444).unwrap();
        assert_eq!(path, planned);
        let before = inode(&path);
        store.file("passwd", b"root:x:0:0\n", 0o444).unwrap();
        assert_eq!(inode(&path), before);
        assert_ne!(store.path_for("passwd", b"other"), path);
        assert_ne!(store.path_for("group", b"root:x:0:0\n"), path);
    }

    #[test]
    fn a_changed_file_is_written_anew() {
        let (_guard, store) = store();
        let path = store.file("passwd", b"good", 0o644).unwrap();
        fs::write(&path, "evil").unwrap();
        store.file("passwd", b"good", 0o644).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"good");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        store.file("passwd", b"good", 0o644).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o644);
        let elsewhere = store.file("other", b"good", 0o644).unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        store.file("passwd", b"good", 0o644).unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
    }

    #[test]
    fn names_stay_in_the_directory() {
        let (_guard, store) = store();
        for name in ["", "..", "a/b"] {
            assert!(matches!(
                store.file(name, b"", 0o444),
                Err(ContentStoreError::InvalidName { .. })
            ));
        }
    }

    #[test]
    fn empty_things_are_empty_each_time() {
        let (_guard, store) = store();
        let file = store.empty_file().unwrap();
        assert_eq!(file, store.empty_file_path());
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o444);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(&file, "something").unwrap();
        store.empty_file().unwrap();
        assert_eq!(fs::metadata(&file).unwrap().len(), 0);

        let directory = store.empty_directory().unwrap();
        assert_eq!(directory, store.empty_directory_path());
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o7777, 0o555);
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(directory.join("x"), "").unwrap();
        assert!(matches!(
            store.empty_directory(),
            Err(ContentStoreError::NotEmpty { found, .. }) if found == "x"
        ));
    }
}
