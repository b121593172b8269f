//! Docker whose daemon runs as an ordinary user.

use std::{fs, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::Signal;

use super::{Engine, Lane, System, Unusable, docker, process};
use crate::{account::Account, run_id::RunId, sandbox::set_mode};

/// The variable that tells where a rootless Docker listens that shall be used: `unix:///…`.
pub const ADDRESS: &str = "OCX_TEST_DOCKER_ROOTLESS";

/// How long the daemon may take to stop its containers.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the engine of a run keeps everything. The path is short, since sockets in it may have no
/// more than 108 characters.
#[must_use]
pub fn directory(run: &RunId) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("/tmp/{run}-{}", Lane::DockerRootless))
}

/// `XDG_RUNTIME_DIR` of the engine in `directory`.
#[must_use]
fn runtime_directory(directory: &Utf8Path) -> Utf8PathBuf {
    directory.join("run")
}

/// Makes the directory of an engine that is about to be started, and returns its
/// `XDG_RUNTIME_DIR`.
#[must_use]
pub fn make(directory: &Utf8Path) -> Utf8PathBuf {
    let runtime = runtime_directory(directory);
    for (path, mode) in [
        (directory, 0o755),
        (&runtime, 0o700),
        (&directory.join("data"), 0o700),
    ] {
        fs::create_dir_all(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        set_mode(path, mode);
    }
    for path in [&runtime, &directory.join("data")] {
        Account::ordinary().give(path);
    }
    runtime
}

/// Where the engine in `directory` listens.
fn address(directory: &Utf8Path) -> String {
    format!("unix://{}/docker.sock", runtime_directory(directory))
}

/// The engine of the variable, of this run, or of the user.
pub(super) fn find(run: &RunId) -> Result<Engine, Unusable> {
    let places = [
        std::env::var(ADDRESS).ok().filter(|host| !host.is_empty()),
        Some(address(&directory(run))),
        // Root's `XDG_RUNTIME_DIR` holds no rootless engine.
        std::env::var("XDG_RUNTIME_DIR")
            .ok()
            .filter(|_| Account::root().is_none())
            .map(|directory| format!("unix://{directory}/docker.sock")),
    ];
    let there = |host: &String| {
        docker::socket(host).is_none_or(|path| fs::exists(path).is_ok_and(|there| there))
    };
    let host = places
        .into_iter()
        .flatten()
        .find(there)
        .ok_or_else(|| Unusable(format!(
            "no rootless Docker was found: `cargo xtask test` starts one for root, and {ADDRESS} names another"
        )))?;
    let engine = docker::at(Lane::DockerRootless, System::Machine, &host)?;
    if docker::is_rootless(engine.cli()) {
        Ok(engine)
    } else {
        Err(Unusable(format!(
            "the Docker engine at {host} is not rootless"
        )))
    }
}

/// Stops the engine in `directory`, if one runs there.
pub(crate) fn stop(directory: &Utf8Path) {
    let runtime = runtime_directory(directory);
    if let Ok(engine) = docker::at(Lane::DockerRootless, System::Machine, &address(directory)) {
        // The daemon would give each of them some time to end by itself.
        engine.remove_all_containers();
    }
    let Some(daemon) = process::of_pid_file(&runtime.join("docker.pid"), "dockerd") else {
        return;
    };
    // RootlessKit and its network end along with the daemon.
    let kit = process::parents(daemon, "rootlesskit");
    process::end(daemon, Signal::TERM, PATIENCE);
    for pid in kit {
        process::end(pid, Signal::TERM, Duration::from_secs(5));
    }
}
