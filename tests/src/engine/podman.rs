//! Podman of an ordinary user, with a storage of the run's own.
//!
//! Podman has no daemon, so a storage is all it takes. The homes of sandboxes differ, and Podman's
//! storage, settings and running state would lie in them; so variables name one place for all.

use std::{fs, process::Command, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::Signal;

use super::{Engine, EngineCli, EngineKind, Unusable, process};
use crate::{
    account::Account,
    cache,
    run_id::RunId,
    sandbox::{find_program, set_mode},
};

/// The variable that names a directory for Podman's storage that outlasts the run.
pub const DIRECTORY: &str = "OCX_TEST_PODMAN";

/// Programs that Podman looks up in `PATH`.
const HELPERS: &[&str] = &[
    "newuidmap",
    "newgidmap",
    "slirp4netns",
    "fuse-overlayfs",
    "catatonit",
];

/// Where the Podman of a run keeps everything.
#[must_use]
pub fn directory(run: &RunId) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("/tmp/{run}-{}", EngineKind::Podman))
}

/// Podman with the storage of the variable or of this run, which is made if it is missing.
pub(super) fn find(run: &RunId) -> Result<Engine, Unusable> {
    let directory = lasting_directory().unwrap_or_else(|| directory(run));
    let program = program()?;
    if let Some(missing) = HELPERS
        .iter()
        .take(2)
        .find(|name| find_program(name).is_none())
    {
        return Err(Unusable(format!("rootless Podman needs `{missing}`")));
    }
    let _lock = cache::lock(&cache::directory("locks").join("podman"));
    configure(&directory);
    let mut engine = in_directory(program, &directory);
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

/// Ends what runs in the storage at `directory`, and removes it.
pub(crate) fn remove(directory: &Utf8Path) {
    if !directory.exists() {
        return;
    }
    if let Ok(program) = program() {
        let engine = in_directory(program, directory);
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
    lasting_directory().is_some()
}

fn lasting_directory() -> Option<Utf8PathBuf> {
    let path = std::env::var(DIRECTORY).ok()?;
    (!path.is_empty()).then(|| path.into())
}

fn program() -> Result<Utf8PathBuf, Unusable> {
    find_program("podman")
        .ok_or_else(|| Unusable("there is no `podman` command in PATH".to_owned()))
}

fn in_directory(program: Utf8PathBuf, directory: &Utf8Path) -> Engine {
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
        .run_by(Account::ordinary(), directory.join("home"));
    Engine::new(EngineKind::Podman, cli)
}

fn storage(directory: &Utf8Path) -> Utf8PathBuf {
    directory.join("storage")
}

fn runtime_directory(directory: &Utf8Path) -> Utf8PathBuf {
    directory.join("run")
}

fn configure(directory: &Utf8Path) {
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
        ("containers.conf", engine_settings()),
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

fn engine_settings() -> String {
    let mut settings = "[engine]\nevents_logger = \"file\"\n".to_owned();
    if Account::root().is_some() {
        // Nobody has logged in as the account that root runs the tests as, so no service manager
        // serves it.
        settings += "cgroup_manager = \"cgroupfs\"\n";
    }
    if !Utf8Path::new("/sys/fs/cgroup/cgroup.controllers").exists() && find_runc() {
        // crun 1.8 refuses a mixture of cgroup versions.
        settings += "runtime = \"runc\"\n";
    }
    settings
}

fn find_runc() -> bool {
    find_program("runc")
        .is_some_and(|program| Command::new(program).arg("--version").output().is_ok())
}
