//! Docker with a daemon of root's.

use std::{fs, process::Command};

use ocx_tests::{
    engine::{Engine, Lane},
    run_id::RunId,
    sandbox::find_program,
};

use super::{packages, start};
use crate::step::{Outcome, say};

/// What is looked for, and Debian's packages that bring it.
const PACKAGES: &[(&str, &str)] = &[
    ("dockerd", "docker.io"),
    ("iptables", "iptables"),
    ("runc", "runc"),
];

/// Starts an engine if none answers, and returns its process ID if it did.
pub(super) fn start_if_missing() -> Outcome<Option<u32>> {
    let find = || Engine::find(Lane::Docker, &RunId::of_this_process());
    let Err(reason) = find() else {
        return Ok(None);
    };
    say(&reason.to_string());
    if reason.0.contains("permission denied") {
        return Err(
            "Docker runs, but you may not use it; run\n    sudo usermod --append --groups docker \
             \"$USER\"\nand log in again"
                .to_owned(),
        );
    }
    if !packages::is_root() {
        let names: Vec<&str> = PACKAGES.iter().map(|(_, package)| *package).collect();
        return Err(format!(
            "no Docker engine answers, and only root can start one. Either start Docker \
             (`sudo systemctl start docker`), or run\n    sudo apt-get install --yes \
             --no-install-recommends {}\n    sudo sh -c 'dockerd >/tmp/dockerd.log 2>&1 &'\n    \
             sudo usermod --append --groups docker \"$USER\"   # then log in again",
            names.join(" ")
        ));
    }
    packages::install_missing(PACKAGES)?;
    remove_stale_pid_files();
    let program = find_program("dockerd").ok_or("the package docker.io brings no dockerd")?;
    start::start(Command::new(program), "dockerd", |_| find().is_ok()).map(Some)
}

/// Removes what an engine that was killed left behind: the next one takes any process that has its
/// number by now for the engine itself, and does not start.
fn remove_stale_pid_files() {
    for (path, program) in [
        ("/var/run/docker.pid", "dockerd"),
        ("/var/run/docker/containerd/containerd.pid", "containerd"),
    ] {
        let Ok(pid) = fs::read_to_string(path) else {
            continue;
        };
        let name = fs::read_to_string(format!("/proc/{}/comm", pid.trim())).unwrap_or_default();
        if name.trim() != program {
            let _ = fs::remove_file(path);
        }
    }
}
