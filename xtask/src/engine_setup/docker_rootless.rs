//! Docker with a daemon of an ordinary user's.

use std::process::Command;

use ocx_tests::{
    account::Account,
    engine::{Engine, Lane, docker_rootless},
    run_id::RunId,
    sandbox::find_program,
};

use super::{packages, podman, start};
use crate::step::{Outcome, say};

/// Docker's own packages bring it in `PATH`.
const SCRIPT: &str = "dockerd-rootless.sh";

/// Where Debian keeps the script.
const DEBIANS_SCRIPT: &str = "/usr/share/docker.io/contrib/dockerd-rootless.sh";

/// What is looked for, and Debian's packages that bring it.
const PACKAGES: &[(&str, &str)] = &[
    ("dockerd", "docker.io"),
    ("iptables", "iptables"),
    ("runc", "runc"),
    ("rootlesskit", "rootlesskit"),
    ("slirp4netns", "slirp4netns"),
    ("newuidmap", "uidmap"),
];

/// Starts an engine of the run's own if none is to be found.
pub(super) fn start_if_missing(run: &RunId) -> Outcome {
    let find = || Engine::find(Lane::DockerRootless, run);
    let Err(reason) = find() else {
        return Ok(());
    };
    if !packages::is_root() {
        return Err(format!(
            "{reason}. Yours is set up by\n    dockerd-rootless-setuptool.sh install\nor choose \
             other engines by `--engine`"
        ));
    }
    say(&reason.to_string());
    packages::install_missing(PACKAGES)?;
    podman::let_users_make_namespaces()?;
    let script = find_program(SCRIPT)
        .or_else(|| find_program(DEBIANS_SCRIPT))
        .ok_or_else(|| format!("there is neither {SCRIPT} nor {DEBIANS_SCRIPT}"))?;
    let directory = docker_rootless::directory(run);
    let runtime = docker_rootless::make(&directory);
    let mut command = Command::new("/usr/bin/env");
    command
        .args(Account::ordinary().prefix(&[]))
        .arg(script)
        // What containers write must not need the slower FUSE.
        .args(["--storage-driver", "overlay2", "--data-root"])
        .arg(directory.join("data"))
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env("HOME", &runtime)
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("DOCKERD_ROOTLESS_ROOTLESSKIT_NET", "slirp4netns")
        .current_dir("/");
    start::start(command, "dockerd-rootless", |_| find().is_ok())?;
    Ok(())
}
