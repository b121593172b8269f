//! Podman of an ordinary user, with a storage of the run's own.
//!
//! Podman has no daemon, so a storage is all it takes. The homes of sandboxes differ, and Podman's
//! storage, settings and running state would lie in them; so variables name one place for all.

use std::{fs, process::Command, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::Signal;

use super::{Engine, EngineCli, Lane, System, Unusable, process};
use crate::{account::Account, cache, run_id::RunId, sandbox::set_mode};

/// The variable that names a directory for Podman's storage that outlasts the run.
pub const DIRECTORY: &str = "OCX_TEST_PODMAN";

/// Programs that Podman looks up in `PATH`.
const HELPERS: &[&str] = &[
    "newuidmap",
    "newgidmap",
    "slirp4netns",
    "pasta",
    "fuse-overlayfs",
    "catatonit",
];

/// Where the Podman of a run keeps everything.
#[must_use]
pub fn directory(lane: Lane, run: &RunId) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("/tmp/{run}-{lane}"))
}

/// Podman with the storage of the variable or of this run, which is made if it is missing.
pub(super) fn find(lane: Lane, run: &RunId) -> Result<Engine, Unusable> {
    let directory = lasting_directory(lane).unwrap_or_else(|| directory(lane, run));
    let system = System::of(lane, run)?;
    if let Some(missing) = HELPERS
        .iter()
        .take(2)
        .find(|name| system.program(name).is_none())
    {
        return Err(Unusable(format!("rootless Podman needs `{missing}`")));
    }
    let _lock = cache::lock(&cache::directory("locks").join(lane.name()));
    configure(&directory, system);
    let mut engine = in_directory(lane, system, &directory)?;
    engine.helpers = HELPERS;
    let answer = engine.cli().ask(&[
        "info",
        "--format",
        "{{.Host.Security.Rootless}} {{.Store.GraphRoot}}",
    ]);
    let expected = format!("true {}", storage(&directory));
    if String::from_utf8_lossy(&answer.stdout).trim() == expected {
        return Ok(engine);
    }
    Err(Unusable(format!(
        "Podman does not work with a storage at {directory}: {}{}",
        String::from_utf8_lossy(&answer.stdout),
        String::from_utf8_lossy(&answer.stderr).trim()
    )))
}

/// Ends what runs in the storage that a run's Podman has, and removes it.
pub(crate) fn remove(lane: Lane, run: &RunId) {
    let directory = &directory(lane, run);
    if !directory.exists() {
        return;
    }
    let engine = System::of(lane, run).and_then(|system| in_directory(lane, system, directory));
    if let Ok(engine) = engine {
        engine.remove_all_containers();
        if Account::root().is_none() {
            // The files belong to the user's other IDs.
            let _ = engine
                .cli()
                .ask(&["unshare", "rm", "-rf", storage(directory).as_str()]);
        }
    }
    // It keeps the user's namespace for Podman's next command.
    let pid_file = runtime_directory(directory).join("libpod/tmp/pause.pid");
    for name in ["catatonit", "podman", "podman pause"] {
        if let Some(pid) = process::of_pid_file(&pid_file, name) {
            process::end(pid, Signal::KILL, Duration::from_secs(5));
        }
    }
    let _ = fs::remove_dir_all(directory);
}

/// Whether the storage outlasts the run.
pub(super) fn lasts() -> bool {
    lasting_directory(Lane::Podman).is_some()
}

fn lasting_directory(lane: Lane) -> Option<Utf8PathBuf> {
    let path = std::env::var(DIRECTORY).ok()?;
    (lane == Lane::Podman && !path.is_empty()).then(|| path.into())
}

fn in_directory(lane: Lane, system: System, directory: &Utf8Path) -> Result<Engine, Unusable> {
    let program = system
        .program("podman")
        .ok_or_else(|| Unusable("there is no `podman` command in PATH".to_owned()))?;
    let settings = directory.join("settings");
    let environment = [
        ("CONTAINERS_STORAGE_CONF", settings.join("storage.conf")),
        ("CONTAINERS_CONF", settings.join("containers.conf")),
        (
            "CONTAINERS_REGISTRIES_CONF",
            settings.join("registries.conf"),
        ),
        ("XDG_RUNTIME_DIR", runtime_directory(directory)),
    ]
    .map(|(name, path)| (name.to_owned(), path.into_string()));
    let cli = EngineCli::new(program, environment.into())
        .run_by(Account::ordinary(), directory.join("home"))
        .in_system(system);
    Ok(Engine::new(lane, cli))
}

fn storage(directory: &Utf8Path) -> Utf8PathBuf {
    directory.join("storage")
}

fn runtime_directory(directory: &Utf8Path) -> Utf8PathBuf {
    directory.join("run")
}

fn configure(directory: &Utf8Path, system: System) {
    let settings = directory.join("settings");
    if settings.exists() {
        return;
    }
    let account = Account::ordinary();
    let make = |path: &Utf8Path, mode| {
        fs::create_dir_all(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        set_mode(path, mode);
    };
    make(directory, 0o755);
    for part in [
        storage(directory),
        runtime_directory(directory),
        directory.join("home"),
    ] {
        make(&part, 0o700);
        account.give(&part);
    }
    let unfinished = directory.join("settings.new");
    make(&unfinished, 0o755);
    for (name, text) in [
        ("storage.conf", storage_settings(directory)),
        ("containers.conf", engine_settings(system)),
        (
            "registries.conf",
            "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"permissive\"\n"
                .to_owned(),
        ),
    ] {
        let file = unfinished.join(name);
        fs::write(&file, text).unwrap_or_else(|error| panic!("{file}: {error}"));
        set_mode(&file, 0o644);
    }
    fs::rename(&unfinished, &settings).unwrap_or_else(|error| panic!("{settings}: {error}"));
}

/// Podman 4.3 takes `graphroot` for root's storage only, and without a driver it chooses vfs, which
/// copies every image for every container.
fn storage_settings(directory: &Utf8Path) -> String {
    format!(
        "[storage]\ndriver = \"overlay\"\nrootless_storage_path = \"{}\"\n",
        storage(directory)
    )
}

fn engine_settings(system: System) -> String {
    let mut settings = "[engine]\nevents_logger = \"file\"\n".to_owned();
    if Account::root().is_some() {
        // Nobody has logged in as the account that root runs the tests as, so no service manager
        // serves it.
        settings += "cgroup_manager = \"cgroupfs\"\n";
    }
    let mixed =
        system == System::Machine && !Utf8Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
    if mixed && find_runc(system) {
        // crun 1.8 refuses a mixture of cgroup versions.
        settings += "runtime = \"runc\"\n";
    }
    settings
}

fn find_runc(system: System) -> bool {
    system
        .program("runc")
        .is_some_and(|program| Command::new(program).arg("--version").output().is_ok())
}
