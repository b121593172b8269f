//! Podman of an ordinary user, with a storage of the run's own.
//!
//! Podman has no daemon, so a storage is all it takes. The homes of sandboxes differ, and Podman's
//! storage, settings and running state would lie in them; so variables name one place for all.

use std::{fs, process::Command, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Resource, Signal, getrlimit};

use super::{Engine, EngineCli, Lane, StorageDriver, System, Unusable, apart, process};
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

/// Where a Podman keeps everything, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) lane: Lane,
    pub(super) system: System,
    pub(super) directory: Utf8PathBuf,
    pub(super) account: Account,
}

/// Podman with the storage of the variable or of this run, which is made if it is missing.
pub(super) fn find(lane: Lane, run: &RunId) -> Result<Engine, Unusable> {
    let place = Place {
        lane,
        system: System::of(lane, run)?,
        directory: lasting_directory(lane).unwrap_or_else(|| directory(lane, run)),
        account: Account::ordinary(),
    };
    if let Some(missing) = HELPERS
        .iter()
        .take(2)
        .find(|name| place.system.program(name).is_none())
    {
        return Err(Unusable(format!("rootless Podman needs `{missing}`")));
    }
    let _lock = cache::lock(&cache::directory("locks").join(lane.name()));
    place.configure(StorageDriver::Overlay);
    place.engine()
}

/// Ends what runs in the storages that a run's Podmans have, and removes them.
pub(crate) fn remove(lane: Lane, run: &RunId) {
    let apart = apart::directories(lane, run);
    for directory in apart.into_iter().chain([directory(lane, run)]) {
        let system = System::of(lane, run);
        let place = Place {
            lane,
            system: system.clone().unwrap_or_default(),
            account: Account::of_directory(&directory.join("home")),
            directory,
        };
        if system.is_ok() {
            place.remove_containers();
        }
        place.remove();
    }
}

/// Whether the storage outlasts the run.
pub(super) fn lasts() -> bool {
    lasting_directory(Lane::Podman).is_some()
}

fn lasting_directory(lane: Lane) -> Option<Utf8PathBuf> {
    let path = std::env::var(DIRECTORY).ok()?;
    (lane == Lane::Podman && !path.is_empty()).then(|| path.into())
}

impl Place {
    /// The Podman that is configured here, if it answers.
    pub(super) fn engine(&self) -> Result<Engine, Unusable> {
        let mut engine = self.unchecked()?;
        engine.helpers = HELPERS;
        let answer = engine.cli().ask(&[
            "info",
            "--format",
            "{{.Host.Security.Rootless}} {{.Store.GraphRoot}}",
        ]);
        let expected = format!("{} {}", !self.account.is_root(), self.storage());
        if String::from_utf8_lossy(&answer.stdout).trim() == expected {
            return Ok(engine);
        }
        Err(Unusable(format!(
            "Podman does not work with a storage at {}: {}{}",
            self.directory,
            String::from_utf8_lossy(&answer.stdout),
            String::from_utf8_lossy(&answer.stderr).trim()
        )))
    }

    fn unchecked(&self) -> Result<Engine, Unusable> {
        let program = self
            .system
            .program("podman")
            .ok_or_else(|| Unusable("there is no `podman` command in PATH".to_owned()))?;
        let settings = self.directory.join("settings");
        let environment = [
            ("CONTAINERS_STORAGE_CONF", settings.join("storage.conf")),
            ("CONTAINERS_CONF", settings.join("containers.conf")),
            (
                "CONTAINERS_REGISTRIES_CONF",
                settings.join("registries.conf"),
            ),
            ("XDG_RUNTIME_DIR", self.runtime_directory()),
        ]
        .map(|(name, path)| (name.to_owned(), path.into_string()));
        let cli = EngineCli::new(program, environment.into())
            .run_by(self.account.clone(), self.directory.join("home"))
            .in_system(self.system);
        Ok(Engine::new(self.lane, cli))
    }

    /// Ends what runs in the storage.
    pub(super) fn remove_containers(&self) {
        if !self.directory.exists() {
            return;
        }
        if let Ok(engine) = self.unchecked() {
            engine.remove_all_containers();
            if Account::root().is_none() {
                // The files belong to the user's other IDs.
                let _ = engine
                    .cli()
                    .ask(&["unshare", "rm", "-rf", self.storage().as_str()]);
            }
        }
    }

    /// Removes the storage, in which nothing runs any more, and all else.
    pub(super) fn remove(&self) {
        // It keeps the user's namespace for Podman's next command, and what is mounted in there.
        let pid_file = self.runtime_directory().join("libpod/tmp/pause.pid");
        for name in ["catatonit", "podman", "podman pause"] {
            if let Some(pid) = process::of_pid_file(&pid_file, name) {
                process::end(pid, Signal::KILL, Duration::from_secs(5));
            }
        }
        let _ = fs::remove_dir_all(&self.directory);
    }

    fn storage(&self) -> Utf8PathBuf {
        self.directory.join("storage")
    }

    fn runtime_directory(&self) -> Utf8PathBuf {
        self.directory.join("run")
    }

    /// Makes the directories and Podman's configuration, unless they are there.
    pub(super) fn configure(&self, driver: StorageDriver) {
        let directory = &self.directory;
        let settings = directory.join("settings");
        if settings.exists() {
            return;
        }
        let make = |path: &Utf8Path, mode| {
            fs::create_dir_all(path).unwrap_or_else(|error| panic!("{path}: {error}"));
            set_mode(path, mode);
        };
        make(directory, 0o755);
        for part in [
            self.storage(),
            self.runtime_directory(),
            directory.join("home"),
        ] {
            make(&part, 0o700);
            self.account.give(&part);
        }
        let unfinished = directory.join("settings.new");
        make(&unfinished, 0o755);
        for (name, text) in [
            ("storage.conf", self.storage_settings(driver)),
            ("containers.conf", self.engine_settings()),
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

    /// Podman 4.3 takes `graphroot` for root's storage only, and without a driver it chooses vfs,
    /// which copies every image for every container.
    fn storage_settings(&self, driver: StorageDriver) -> String {
        let (driver, more) = match driver {
            StorageDriver::Overlay => ("overlay", String::new()),
            StorageDriver::FuseOverlay => {
                let program = self.system.program("fuse-overlayfs");
                let program = program.expect("fuse-overlayfs is installed");
                let option = format!("mount_program = \"{program}\"");
                ("overlay", format!("[storage.options.overlay]\n{option}\n"))
            }
            StorageDriver::Vfs => ("vfs", String::new()),
        };
        let storage = self.storage();
        let place = if self.account.is_root() {
            let running = self.runtime_directory().join("storage");
            format!("graphroot = \"{storage}\"\nrunroot = \"{running}\"\n")
        } else {
            format!("rootless_storage_path = \"{storage}\"\n")
        };
        format!("[storage]\ndriver = \"{driver}\"\n{place}{more}")
    }

    fn engine_settings(&self) -> String {
        let mut settings = String::new();
        if self.account.is_root() {
            // Root's Podman asks for more than this machine may allow even root.
            settings += &format!("[containers]\ndefault_ulimits = {:?}\n", own_limits());
        }
        settings += "[engine]\nevents_logger = \"file\"\n";
        if self.system == System::Machine {
            // Else they lie in /dev/shm, one file for all storages of a user. What a storage that is removed
            // had taken would be taken for good, and who is killed with a lock leaves it in a state that
            // the next container with its number meets.
            settings += "lock_type = \"file\"\n";
        }
        if Account::root().is_some() {
            // Nobody has logged in as the account that root runs the tests as, so no service manager
            // serves it.
            settings += "cgroup_manager = \"cgroupfs\"\n";
        }
        let mixed = self.system == System::Machine
            && !Utf8Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
        if mixed && find_runc(self.system) {
            // crun 1.8 refuses a mixture of cgroup versions.
            settings += "runtime = \"runc\"\n";
        }
        settings
    }
}

/// The limits that this process has, as Podman's configuration has them.
fn own_limits() -> [String; 2] {
    [("nofile", Resource::Nofile), ("nproc", Resource::Nproc)].map(|(name, resource)| {
        let limit = getrlimit(resource).maximum;
        // -1 stands for no limit.
        let limit = limit.map_or_else(|| "-1".to_owned(), |limit| limit.to_string());
        format!("{name}={limit}:{limit}")
    })
}

fn find_runc(system: System) -> bool {
    system
        .program("runc")
        .is_some_and(|program| Command::new(program).arg("--version").output().is_ok())
}
