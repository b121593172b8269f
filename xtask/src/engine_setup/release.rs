//! Roots of other Debian releases, and the engines in them.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    thread,
};

use camino::Utf8Path;
use ocx_tests::{
    cache,
    engine::{Engine, EngineKind, Lane, Release, System, docker_release::Daemon, system},
    run_id::RunId,
};

use super::{packages, podman, start};
use crate::step::{Outcome, say};

/// What is in a root, beside the essential packages.
const PACKAGES: &str = "ca-certificates,podman,crun,docker.io,docker-cli,docker-buildx,uidmap,passt,\
    slirp4netns,netavark,aardvark-dns,fuse-overlayfs,iptables,nftables,procps,git,catatonit,iproute2";

/// What is left out of its packages.
const LEFT_OUT: [&str; 4] = [
    "/usr/share/doc/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
];

/// What the roots are made and entered with on this machine.
const TOOLS: &[(&str, &str)] = &[("mmdebstrap", "mmdebstrap"), ("slirp4netns", "slirp4netns")];

/// Enters the new root and stays there: `enter-root FILES STATE`.
const ENTER: &str = include_str!("enter_root.sh");

/// After how many days the files of a release are made anew, since testing moves.
const DAYS: u64 = 14;

/// Makes the files of the releases that `lanes` need, unless they are there: two minutes, and about
/// 600 MB each.
pub(super) fn make_files(lanes: &[Lane]) -> Outcome {
    let wanted: Vec<Release> = Release::ALL
        .into_iter()
        .filter(|release| lanes.iter().any(|lane| lane.release() == Some(*release)))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    if !packages::is_root() {
        return Err(
            "only root can run the engines of other Debian releases; the tests on this machine's \
             own are `cargo xtask test --quick`"
                .to_owned(),
        );
    }
    packages::install_missing(TOOLS)?;
    let making: Vec<_> = wanted
        .into_iter()
        .map(|release| thread::spawn(move || make(release)))
        .collect();
    making
        .into_iter()
        .try_for_each(|thread| thread.join().expect("making files does not panic"))
}

fn make(release: Release) -> Outcome {
    let files = release.files();
    let suite = release.suite();
    let _lock = cache::lock(&cache::directory("locks").join(suite));
    if is_recent(&files) {
        return Ok(());
    }
    say(&format!(
        "making a root of Debian {suite} with its engines, from Debian's archive (2 minutes)"
    ));
    let unfinished = files.with_added_extension("new");
    let _ = fs::remove_dir_all(&unfinished);
    let output = Command::new("mmdebstrap")
        .args(["--quiet", "--variant=minbase", "--format=directory"])
        // The security archive of testing has an expired date at times.
        .args([
            "--aptopt=Acquire::Check-Valid-Until \"false\"",
            "--dpkgopt=force-unsafe-io",
        ])
        .args(LEFT_OUT.map(|path| format!("--dpkgopt=path-exclude={path}")))
        .arg(format!("--include={PACKAGES}"))
        .arg(suite)
        .arg(&unfinished)
        .output()
        .map_err(|error| format!("mmdebstrap cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "Debian {suite} could not be made: mmdebstrap said\n{}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    // The directories of packages and lists are not needed to run anything.
    for part in ["var/lib/apt/lists", "var/cache/apt"] {
        let _ = fs::remove_dir_all(unfinished.join(part));
    }
    let _ = fs::remove_dir_all(&files);
    fs::rename(&unfinished, &files).map_err(|error| format!("{files}: {error}"))
}

fn is_recent(files: &Utf8Path) -> bool {
    fs::metadata(files)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|made| {
            made.elapsed()
                .is_ok_and(|age| age.as_secs() < DAYS * 24 * 60 * 60)
        })
}

/// Starts the root of a release for `run`, and its Docker if `lanes` want that.
pub(super) fn start(release: Release, lanes: &[Lane], run: &RunId) -> Outcome {
    podman::let_users_make_namespaces()?;
    let directory = release.directory(run);
    for part in ["upper", "work", "root"] {
        let path = directory.join(part);
        fs::create_dir_all(&path).map_err(|error| format!("{path}: {error}"))?;
    }
    let mut holder = Command::new("unshare");
    holder
        .args(["--mount", "--propagation=private", "--"])
        .args(["/bin/sh", "-c", ENTER, "enter-root"])
        .args([release.files().as_str(), directory.as_str()]);
    let pid_file = directory.join("holder.pid");
    start::start(holder, release.suite(), |pid| {
        // It becomes the holder by its last step.
        fs::write(&pid_file, pid.to_string()).is_ok() && system::holder(&directory).is_some()
    })?;
    for lane in lanes.iter().filter(|lane| lane.release() == Some(release)) {
        if lane.kind() == EngineKind::Docker {
            start_docker(*lane, release, run)?;
        }
    }
    Ok(())
}

fn start_docker(lane: Lane, release: Release, run: &RunId) -> Outcome {
    let find = || Engine::find(lane, run);
    let system = System::of(lane, run).map_err(|reason| reason.to_string())?;
    let daemon = Daemon::of(release, run);
    let mut words = system.prefix("/".into());
    words.extend(daemon.configure(release));
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let name = format!("dockerd-{}", release.suite());
    let pid = start::start(command, &name, |_| find().is_ok())?;
    connect(pid, &release.directory(run).join("network.pid"))
}

/// Lets the network of the process `pid` reach what this machine's reaches, but not this machine.
fn connect(pid: u32, pid_file: &Utf8Path) -> Outcome {
    let child = Command::new("slirp4netns")
        .args(["--configure", "--mtu=65520", "--disable-host-loopback"])
        .args([&pid.to_string(), "tap0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("slirp4netns cannot be run: {error}"))?;
    fs::write(pid_file, child.id().to_string()).map_err(|error| format!("{pid_file}: {error}"))
}
