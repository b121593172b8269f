//! Docker of another Debian release, with a daemon of root's in that release's root.

use std::{fs, time::Duration};

use camino::Utf8PathBuf;
use rustix::process::Signal;

use super::{Engine, Lane, Release, System, Unusable, apart, docker, process};
use crate::run_id::RunId;

/// How long the daemon may take to stop its containers.
const PATIENCE: Duration = Duration::from_secs(20);

/// The number of the group whose members may use Docker there. It needs no name.
pub(super) const DOCKER_GROUP: u32 = 1502;

/// Starts a daemon in a network of its own: two would take the bridge `docker0` from each other.
const IN_A_NETWORK: [&str; 6] = [
    "/usr/bin/unshare",
    "--net",
    "/bin/sh",
    "-c",
    "ip link set lo up && exec dockerd \"$@\"",
    "dockerd",
];

/// The settings of a release's daemon: as it is installed, but for what its builder keeps of former
/// builds. Each test has a build context of its own, and with it 200 MB.
fn settings(release: Release) -> serde_json::Value {
    let mut settings = serde_json::json!({
        "builder": {"gc": {"enabled": true, "defaultKeepStorage": "1GB"}},
    });
    if release == Release::Testing {
        // As new installations keep images from Docker 29 on.
        settings["features"] = serde_json::json!({"containerd-snapshotter": true});
    }
    settings
}

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
        Self::in_directory(release.directory(run).join("docker"))
    }

    pub(super) fn in_directory(directory: Utf8PathBuf) -> Self {
        Self { directory }
    }

    /// Makes the directory and the configuration of a release's daemon, and returns the command line
    /// that starts it in the release's root.
    #[must_use]
    pub fn configure(&self, release: Release) -> Vec<String> {
        fs::create_dir_all(&self.directory)
            .unwrap_or_else(|error| panic!("{}: {error}", self.directory));
        let file = self.directory.join("daemon.json");
        fs::write(&file, settings(release).to_string())
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        self.command(&[format!("--config-file={file}")])
    }

    /// Makes the directory, and returns the command line that starts a daemon with these flags.
    pub(super) fn command(&self, flags: &[String]) -> Vec<String> {
        let data = self.directory.join("data");
        fs::create_dir_all(&data).unwrap_or_else(|error| panic!("{data}: {error}"));
        let own_data = flags.iter().any(|flag| flag.starts_with("--data-root="));
        let data = (!own_data).then(|| format!("--data-root={data}"));
        let places = [
            // Sockets lie in there, whose paths must be short.
            format!("--exec-root=/run/{}", self.name()),
            format!("--pidfile={}", self.pid_file()),
            format!("--host={}", self.address()),
            format!("--group={DOCKER_GROUP}"),
        ];
        let words = IN_A_NETWORK.map(str::to_owned).into_iter();
        let flags = flags.iter().cloned().chain(data).chain(places);
        words.chain(flags).collect()
    }

    /// A short name that no other daemon of the run has.
    fn name(&self) -> &str {
        let name = self.directory.file_name().unwrap_or("docker");
        name.rsplit('.').next().unwrap_or(name)
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

    /// The file for what it prints.
    pub(super) fn log(&self) -> Utf8PathBuf {
        self.directory.join("log")
    }

    /// Stops it, if it runs.
    pub(super) fn stop(&self) {
        if let Some(daemon) = process::of_pid_file(&self.pid_file(), "dockerd") {
            process::end(daemon, Signal::TERM, PATIENCE);
        }
    }

    /// Removes its files.
    pub(super) fn remove(&self) {
        let _ = fs::remove_dir_all(&self.directory);
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
    Daemon::of(release, run).stop();
    for directory in apart::directories(lane, run) {
        let daemon = Daemon::in_directory(directory);
        daemon.stop();
        daemon.remove();
    }
}
