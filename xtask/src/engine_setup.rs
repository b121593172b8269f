//! Getting a Docker engine, for the tests and the demo.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use ocx_tests::{bases, cache, engine::Docker, reaper::Reaper, run_id, sandbox::find_program};

use crate::step::{Outcome, cargo, run, say};

/// Debian's packages for an engine, and what makes base images without a registry.
const PACKAGES: &[&str] = &["docker.io", "iptables", "runc", "mmdebstrap"];

/// How long a new engine may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// An engine, and the run whose remains are removed from it.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) docker: Docker,
    pub(crate) run: run_id::RunId,
    reaper: Reaper,
}

impl Engine {
    /// Makes sure that an engine answers and has a Debian image. What had to be started is stopped,
    /// and what was made is removed, when this process ends, in whatever way.
    pub(crate) fn get() -> Outcome<Self> {
        if !cfg!(target_os = "linux") {
            return Err("this needs Linux: containers and images are made on this machine".into());
        }
        // The reaper is one of the programs of the tests.
        run(&mut cargo(&[
            "build",
            "--quiet",
            "--package=ocx-tests",
            "--bins",
        ]))?;
        let run = run_id::RunId::of_this_process();
        let (docker, daemon) = match Docker::find() {
            Ok(docker) => (docker, None),
            Err(reason) => {
                say(&reason.to_string());
                if reason.0.contains("permission denied") {
                    return Err(
                        "Docker runs, but you may not use it; run\n    sudo usermod \
                                --append --groups docker \"$USER\"\nand log in again"
                            .to_owned(),
                    );
                }
                let daemon = start_daemon()?;
                let docker = Docker::find().map_err(|reason| reason.to_string())?;
                (docker, Some(daemon))
            }
        };
        let reaper = Reaper::start(&run, daemon);
        provide_debian(&docker)?;
        Ok(Self {
            docker,
            run,
            reaper,
        })
    }

    /// Removes what was made, and stops what was started.
    pub(crate) fn finish(self) {
        say("removing what this run made");
        self.reaper.finish();
    }
}

fn provide_debian(docker: &Docker) -> Outcome {
    if docker.image(bases::DEBIAN).is_some() {
        return Ok(());
    }
    say("getting a Debian base image: from its registry, or made from Debian's archive (30 s)");
    // The registry needs no further package, so it comes first.
    if bases::provide_debian(docker).is_err() {
        install_missing(&["mmdebstrap"])?;
        bases::provide_debian(docker)?;
    }
    Ok(())
}

/// Starts an engine and returns its process ID.
fn start_daemon() -> Outcome<u32> {
    if !is_root() {
        return Err(format!(
            "no Docker engine answers, and only root can start one. Either start Docker \
             (`sudo systemctl start docker`), or run\n    sudo apt-get install --yes \
             --no-install-recommends {}\n    sudo sh -c 'dockerd >/tmp/dockerd.log 2>&1 &'\n    \
             sudo usermod --append --groups docker \"$USER\"   # then log in again",
            PACKAGES.join(" ")
        ));
    }
    if find_program("dockerd").is_none() {
        install_missing(PACKAGES)?;
    }
    remove_stale_pid_files();
    let log = cache::directory("logs").join("dockerd.log");
    say(&format!("starting dockerd; its log is {log}"));
    let output = File::create(&log).map_err(|error| format!("{log}: {error}"))?;
    let errors = output
        .try_clone()
        .map_err(|error| format!("{log}: {error}"))?;
    let program = find_program("dockerd").ok_or("the package docker.io brings no dockerd")?;
    // A process group of its own: Ctrl-C must not stop it before the remains are removed.
    let mut daemon = Command::new(program)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot start dockerd: {error}"))?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        if Docker::find().is_ok() {
            return Ok(daemon.id());
        }
        let ended = daemon.try_wait().ok().flatten();
        if ended.is_some() || Instant::now() > deadline {
            let _ = daemon.kill();
            let text = fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = text.lines().rev().take(10).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            return Err(format!(
                "dockerd does not come up; the end of {log}:\n{}",
                tail.join("\n")
            ));
        }
        thread::sleep(Duration::from_millis(200));
    }
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

fn install_missing(packages: &[&str]) -> Outcome {
    let line = format!(
        "apt-get install --yes --no-install-recommends {}",
        packages.join(" ")
    );
    if find_program("apt-get").is_none() {
        return Err(format!(
            "these packages of Debian's, or what your system calls them, are needed: {}",
            packages.join(", ")
        ));
    }
    let prefix: &[&str] = if is_root() {
        &[]
    } else if may_sudo() {
        &["sudo", "--non-interactive"]
    } else {
        return Err(format!("a package is missing; run\n    sudo {line}"));
    };
    say(&format!("installing {}", packages.join(", ")));
    let apt = |args: &[&str]| {
        let words: Vec<&str> = prefix
            .iter()
            .chain(&["apt-get", "--quiet=2"])
            .copied()
            .collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null());
        run(&mut command)
    };
    apt(&["update"])?;
    let mut args = vec!["install", "--yes", "--no-install-recommends"];
    args.extend(packages);
    apt(&args)
}

fn may_sudo() -> bool {
    Command::new("sudo")
        .args(["--non-interactive", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    ocx_tests::account::Account::root().is_some()
}
