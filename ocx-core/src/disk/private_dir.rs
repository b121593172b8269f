//! Directories that only their owner may enter.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
};

use camino::{Utf8Path, Utf8PathBuf};

const PRIVATE: u32 = 0o700;

/// Why a private directory cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PrivateDirError {
    /// Something else is at its place; a symbolic link counts as something else.
    #[error("`{path}` is not a directory")]
    NotADirectory {
        /// The path.
        path: Utf8PathBuf,
    },
    /// It belongs to somebody else, who could read or change what is in it.
    #[error("`{path}` belongs to user {owner}, but ocx runs as user {user}")]
    ForeignOwner {
        /// The directory.
        path: Utf8PathBuf,
        /// The user ID of its owner.
        owner: u32,
        /// The effective user ID of this process.
        user: u32,
    },
    /// It cannot be made, looked at or given its mode.
    #[error("cannot make the private directory `{path}`")]
    Io {
        /// The directory.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Makes `path` with mode 0700 whatever the umask, or tightens the one that is there.
///
/// Missing parents are made with mode 0700 too; existing parents stay as they are.
pub(crate) fn make_private_dir(path: &Utf8Path) -> Result<(), PrivateDirError> {
    let failed = |source| PrivateDirError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(parent) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(PRIVATE)
            .create(parent)
            .map_err(failed)?;
    }
    match fs::DirBuilder::new().mode(PRIVATE).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    let metadata = fs::symlink_metadata(path).map_err(failed)?;
    if !metadata.is_dir() {
        return Err(PrivateDirError::NotADirectory {
            path: path.to_owned(),
        });
    }
    check_owner(path, &metadata)?;
    if metadata.mode() & 0o7777 != PRIVATE {
        fs::set_permissions(path, fs::Permissions::from_mode(PRIVATE)).map_err(failed)?;
    }
    Ok(())
}

/// Fails if `metadata`, that of `path`, does not name the current user as the owner.
fn check_owner(path: &Utf8Path, metadata: &fs::Metadata) -> Result<(), PrivateDirError> {
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() == user {
        return Ok(());
    }
    Err(PrivateDirError::ForeignOwner {
        path: path.to_owned(),
        owner: metadata.uid(),
        user,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temp() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, path)
    }

    fn mode(path: &Utf8Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn makes_parents_and_tightens_what_is_there() {
        let (_guard, root) = temp();
        let path = root.join("a/b");
        make_private_dir(&path).unwrap();
        assert_eq!((mode(&root.join("a")), mode(&path)), (0o700, 0o700));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        make_private_dir(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
    }

    #[test]
    fn refuses_links_and_files() {
        let (_guard, root) = temp();
        fs::create_dir(root.join("real")).unwrap();
        fs::set_permissions(root.join("real"), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink(root.join("real"), root.join("link")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        for name in ["link", "file"] {
            assert!(matches!(
                make_private_dir(&root.join(name)),
                Err(PrivateDirError::NotADirectory { .. })
            ));
        }
        assert_eq!(mode(&root.join("real")), 0o755);
    }

    #[test]
    fn refuses_a_foreign_owner() {
        let (_guard, root) = temp();
        let user = rustix::process::geteuid().as_raw();
        // Root owns `/`; when root runs this, a directory given away takes its part.
        let foreign = if user == 0 {
            std::os::unix::fs::chown(&root, Some(12_345), None).unwrap();
            root
        } else {
            Utf8PathBuf::from("/")
        };
        assert!(matches!(
            make_private_dir(&foreign),
            Err(PrivateDirError::ForeignOwner { .. })
        ));
    }
}
