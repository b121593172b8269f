//! Docker of another Debian release, with a daemon of root's in that release's root.

use std::{fs, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::Signal;

use super::{Engine, Lane, Release, System, Unusable, docker, process};
use crate::run_id::RunId;

/// How long the daemon may take to stop its containers.
const PATIENCE: Duration = Duration::from_secs(20);

/// Settings of a daemon as it is installed.
const AS_INSTALLED: &str = "{}";

/// Settings of a daemon that keeps images as new installations do from Docker 29 on.
const CONTAINERD_STORE: &str = r#"{"features": {"containerd-snapshotter": true}}"#;

/// The directories and files of a daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Daemon {
    /// Where everything is. It lies on a disk, since an overlay cannot be put on an overlay.
    directory: Utf8PathBuf,
}

impl Daemon {
    /// That of a release, for a run.
    #[must_use]
    pub fn of(release: Release, run: &RunId) -> Self {
        Self {
            directory: release.directory(run).join("docker"),
        }
    }

    /// Makes the directory and the daemon's configuration, and returns the daemon's arguments. The
    /// socket belongs to the group with the number `group`.
    #[must_use]
    pub fn configure(&self, release: Release, group: u32) -> Vec<String> {
        let data = self.directory.join("data");
        fs::create_dir_all(&data).unwrap_or_else(|error| panic!("{data}: {error}"));
        let settings = match release {
            Release::Trixie => AS_INSTALLED,
            Release::Testing => CONTAINERD_STORE,
        };
        let file = self.directory.join("daemon.json");
        fs::write(&file, settings).unwrap_or_else(|error| panic!("{file}: {error}"));
        vec![
            format!("--config-file={file}"),
            format!("--data-root={data}"),
            "--exec-root=/run/docker".to_owned(),
            format!("--pidfile={}", self.pid_file()),
            format!("--host={}", self.address()),
            format!("--group={group}"),
        ]
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix://{}/docker.sock", self.directory)
    }

    /// The file with the number of its process.
    #[must_use]
    pub fn pid_file(&self) -> Utf8PathBuf {
        self.directory.join("docker.pid")
    }
}

/// The engine that was started for this run.
pub(super) fn find(lane: Lane, release: Release, run: &RunId) -> Result<Engine, Unusable> {
    let system = System::of(lane, run)?;
    docker::at(lane, system, &Daemon::of(release, run).address())
}

/// Stops the engine of a run, if one runs.
pub(crate) fn stop(lane: Lane, release: Release, run: &RunId) {
    if let Ok(engine) = find(lane, release, run) {
        engine.remove_all_containers();
    }
    let pid_file = Daemon::of(release, run).pid_file();
    end(&pid_file, "dockerd");
}

fn end(pid_file: &Utf8Path, program: &str) {
    if let Some(daemon) = process::of_pid_file(pid_file, program) {
        process::end(daemon, Signal::TERM, PATIENCE);
    }
}
