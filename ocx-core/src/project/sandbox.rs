//! A home directory and projects for tests, in a temporary directory.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Project, discover};
use crate::host::{Arch, Cpu, Dirs, Host, HostUser, Terminals};

/// A temporary directory with a home directory in it.
pub(crate) struct Sandbox {
    pub(crate) host: Host,
    pub(crate) top: Utf8PathBuf,
    _directory: tempfile::TempDir,
}

impl Sandbox {
    /// A sandbox whose current directory is `home/work/app`.
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(directory.path())
            .unwrap()
            .canonicalize_utf8()
            .unwrap();
        let home = top.join("home");
        let current_dir = home.join("work/app");
        std::fs::create_dir_all(&current_dir).unwrap();
        let host = Host {
            machine: "here".to_owned(),
            current_dir,
            dirs: Dirs::below(&home),
            user: HostUser {
                name: "ann".to_owned(),
                group: "ann".to_owned(),
                uid: rustix::process::getuid().as_raw(),
                gid: rustix::process::getgid().as_raw(),
                groups: vec![27, 100],
            },
            home,
            terminals: Terminals {
                stdin: false,
                stdout: false,
                stderr: false,
            },
            environment: [].into(),
            memory: None,
            processors: None,
            cpu: Cpu {
                arch: Arch::X64,
                avx2: true,
            },
            time_zone: None,
            ca_bundle: None,
            own_authorities: false,
            selinux_enforcing: false,
            container: None,
        };
        Self {
            host,
            top,
            _directory: directory,
        }
    }

    /// Writes a file; `path` is relative to the sandbox.
    pub(crate) fn write(&self, path: &str, text: &str) -> Utf8PathBuf {
        let path = self.top.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Makes a directory.
    pub(crate) fn directory(&self, path: &str) -> Utf8PathBuf {
        let path = self.top.join(path);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// Makes what Git takes for a repository.
    pub(crate) fn git_dir(&self, path: &str) -> Utf8PathBuf {
        self.directory(&format!("{path}/objects"));
        self.directory(&format!("{path}/refs"));
        self.write(&format!("{path}/HEAD"), "ref: refs/heads/main\n");
        self.top.join(path)
    }

    /// The project around the current directory.
    pub(crate) fn project(&self) -> Project {
        discover(&self.host, None).unwrap()
    }

    /// `text` without the path of the sandbox.
    pub(crate) fn plain(&self, text: &impl ToString) -> String {
        text.to_string().replace(self.top.as_str(), "")
    }
}
