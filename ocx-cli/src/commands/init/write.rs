//! Writing the files of a project: all of them or none, and none half.

use std::{fs, io, io::Write as _, os::unix::fs::PermissionsExt as _};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::scaffold::{ScaffoldError, ScaffoldFile};
use tempfile::NamedTempFile;
use tokio::signal::unix::{SignalKind, signal};

use super::InitError;

/// Writes the files below `root`. When this fails, everything is as it was before.
pub(super) fn write(root: &Utf8Path, files: &[ScaffoldFile]) -> Result<(), InitError> {
    // Writing takes a few milliseconds. What would end the process meanwhile is let pass, so that
    // no file stands there without the other, and no temporary file stays.
    let _handlers = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ]
    .map(signal);
    let mut written = Written::default();
    let mut ready = Vec::new();
    for file in files {
        let path = root.join(&file.path);
        let prepared = written
            .make_directories(path.parent().unwrap_or(root))
            .and_then(|()| prepare(&path, &file.text));
        match prepared {
            Ok(temporary) => ready.push((temporary, path)),
            Err(source) => return Err(InitError::Write { path, source }),
        }
    }
    for (temporary, path) in ready {
        // The name is given only if nobody else has taken it since the check.
        match temporary.persist_noclobber(&path) {
            Ok(_) => written.files.push(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(ScaffoldError::Exists { path }.into());
            }
            Err(error) => {
                let source = error.error;
                return Err(InitError::Write { path, source });
            }
        }
    }
    written.keep();
    Ok(())
}

/// A temporary file with the text, beside the place where it will be.
fn prepare(path: &Utf8Path, text: &str) -> io::Result<NamedTempFile> {
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::Builder::new()
        .prefix(".ocx-init-")
        // As any new file of the user's: the umask is applied to it.
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// What has been made so far. It is removed again when this is dropped.
#[derive(Debug, Default)]
struct Written {
    files: Vec<Utf8PathBuf>,
    directories: Vec<Utf8PathBuf>,
}

impl Written {
    fn make_directories(&mut self, directory: &Utf8Path) -> io::Result<()> {
        let missing: Vec<&Utf8Path> = directory
            .ancestors()
            .take_while(|ancestor| !ancestor.exists())
            .collect();
        for directory in missing.into_iter().rev() {
            fs::create_dir(directory)?;
            self.directories.push(directory.to_owned());
        }
        Ok(())
    }

    fn keep(mut self) {
        self.files.clear();
        self.directories.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // What cannot be removed has been changed by somebody meanwhile.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for directory in self.directories.iter().rev() {
            let _ = fs::remove_dir(directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> ScaffoldFile {
        ScaffoldFile {
            path: path.into(),
            text: format!("text of {path}\n"),
        }
    }

    fn listed(directory: &Utf8Path) -> Vec<String> {
        let mut names: Vec<String> = directory
            .read_dir_utf8()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_owned())
            .collect();
        names.sort();
        names
    }

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        (directory, path)
    }

    #[tokio::test]
    async fn files_are_written_with_their_directories() {
        let (_guard, root) = temporary();
        write(&root, &[file("a/b/Dockerfile"), file("ocx.toml")]).unwrap();
        assert_eq!(listed(&root), ["a", "ocx.toml"]);
        assert_eq!(listed(&root.join("a/b")), ["Dockerfile"]);
        let text = fs::read_to_string(root.join("a/b/Dockerfile")).unwrap();
        assert_eq!(text, "text of a/b/Dockerfile\n");
    }

    #[tokio::test]
    async fn one_that_appears_meanwhile_is_kept_and_the_others_are_taken_back() {
        let (_guard, root) = temporary();
        fs::write(root.join("ocx.toml"), "mine").unwrap();
        let error = write(&root, &[file("a/b/Dockerfile"), file("ocx.toml")]).unwrap_err();
        assert!(error.to_string().contains("exists already"), "{error}");
        assert_eq!(listed(&root), ["ocx.toml"]);
        assert_eq!(fs::read_to_string(root.join("ocx.toml")).unwrap(), "mine");
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_made() {
        let (_guard, root) = temporary();
        fs::write(root.join("file"), "").unwrap();
        let error = write(&root, &[file("ocx.toml"), file("file/Dockerfile")]).unwrap_err();
        assert!(matches!(error, InitError::Write { .. }), "{error}");
        assert_eq!(listed(&root), ["file"]);
    }
}
