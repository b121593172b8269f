//! A root of a minimal Debian, to install a package in.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Output},
};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{account::Account, bases};
use tempfile::TempDir;

use crate::step::{Outcome, line, read};

/// By which mmdebstrap leaves manual pages and documents out, of later packages as well.
const LEFT_OUT: &str = "etc/dpkg/dpkg.cfg.d/99mmdebstrap";

/// Where dpkg writes down what it did.
const RECORDS: [&str; 2] = ["var/lib/dpkg", "var/log"];

/// The files of a Debian 12, which are removed with this.
pub(super) struct Root {
    directory: TempDir,
}

impl Root {
    /// Unpacks the system that tests use as a base image.
    ///
    /// # Errors
    /// This is not root, or there is no such system and it cannot be made.
    pub(super) fn make() -> Outcome<Self> {
        if Account::root().is_none() {
            return Err("only root can make a Debian to install it in".to_owned());
        }
        let files = bases::debian_tar()?;
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        read(
            Command::new("tar")
                .args(["--extract", "--numeric-owner", "--file", files.as_str()])
                .arg("--directory")
                .arg(directory.path()),
        )?;
        let root = Self { directory };
        let path = root.path().join(LEFT_OUT);
        fs::remove_file(&path).map_err(|error| format!("{path}: {error}"))?;
        Ok(root)
    }

    /// Where its files are.
    pub(super) fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.directory.path()).expect("temporary paths are UTF-8")
    }

    /// Runs a program in there and returns what it printed.
    pub(super) fn run(&self, words: &[&str]) -> Outcome<String> {
        read(&mut self.command(words))
    }

    /// Runs a program in there, however it ends.
    pub(super) fn ask(&self, words: &[&str]) -> Outcome<Output> {
        let mut command = self.command(words);
        command
            .output()
            .map_err(|error| format!("cannot run `{}`: {error}", line(&command)))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("/usr/sbin/chroot");
        command
            .arg(self.directory.path())
            .args(words)
            .env_clear()
            .env("HOME", "/root")
            .env("LC_ALL", "C.UTF-8")
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            );
        command
    }

    /// The paths of all that is in there, but for dpkg's own records.
    pub(super) fn paths(&self) -> Outcome<BTreeSet<Utf8PathBuf>> {
        let mut paths = BTreeSet::new();
        let mut waiting = vec![Utf8PathBuf::new()];
        while let Some(directory) = waiting.pop() {
            let place = self.path().join(&directory);
            let failed = |error: std::io::Error| format!("{place}: {error}");
            for entry in place.read_dir_utf8().map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let path = directory.join(entry.file_name());
                if RECORDS.contains(&path.as_str()) {
                    continue;
                }
                if entry.file_type().map_err(failed)?.is_dir() {
                    waiting.push(path.clone());
                }
                paths.insert(path);
            }
        }
        Ok(paths)
    }
}
