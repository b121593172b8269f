//! Real engines.
//!
//! Tests whose subject depends on the engine are written once and run on each of them, see
//! [`on_each_engine!`](crate::on_each_engine). What a test sees of an engine is the same for all of
//! them, so that no body asks which one it has, unless that is what the test is about.

mod apart;
mod choice;
mod cli;
mod container_output;
mod docker;
mod docker_apart;
pub mod docker_release;
pub mod docker_rootless;
mod each;
mod health;
mod host_network;
mod kind;
mod lane;
pub mod podman;
mod podman_apart;
mod process;
mod release;
pub mod system;

use std::fmt;

use camino::Utf8Path;
use serde_json::Value;

use crate::{account::Account, run_id::RunId};

pub(crate) use self::choice::lasting;
pub use self::{
    choice::{CHOSEN, REQUIRED, run_on},
    cli::EngineCli,
    docker_apart::{DaemonVariant, DockerApart},
    host_network::HostNetwork,
    kind::EngineKind,
    lane::Lane,
    podman_apart::{PodmanApart, StorageDriver},
    release::Release,
    system::System,
};

/// How often a list of images is asked for that changes meanwhile.
const ATTEMPTS: u32 = 10;

/// A container engine that works on this machine.
#[derive(Clone, Debug)]
pub struct Engine {
    lane: Lane,
    cli: EngineCli,
    /// The groups whose members may use the engine.
    groups: Vec<u32>,
    /// Programs that its command looks up in `PATH`.
    helpers: &'static [&'static str],
}

/// Why an engine cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable(pub String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Engine {
    fn new(lane: Lane, cli: EngineCli) -> Self {
        Self {
            lane,
            cli,
            groups: Vec::new(),
            helpers: &[],
        }
    }

    /// Looks for the engine: one that was set up for `run`, or one of this machine's.
    pub fn find(lane: Lane, run: &RunId) -> Result<Self, Unusable> {
        match (lane.kind(), lane.release()) {
            (EngineKind::Docker, None) => docker::find(),
            (EngineKind::Docker, Some(release)) => docker_release::find(lane, release, run),
            (EngineKind::DockerRootless, _) => docker_rootless::find(run),
            (EngineKind::Podman, _) => podman::find(lane, run),
        }
    }

    /// Which of the engines it is.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// Which kind of engine it is.
    #[must_use]
    pub fn kind(&self) -> EngineKind {
        self.lane.kind()
    }

    /// Where its command runs.
    #[must_use]
    pub fn system(&self) -> System {
        self.cli.system()
    }

    /// Its command line.
    #[must_use]
    pub fn cli(&self) -> &EngineCli {
        &self.cli
    }

    /// The groups whose members may use the engine.
    pub(crate) fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// Programs that its command looks up in `PATH`.
    pub(crate) fn helpers(&self) -> &'static [&'static str] {
        self.helpers
    }

    /// The user whom a container's process must be on the inside to be `account` on the outside, as
    /// `UID:GID`.
    #[must_use]
    pub fn user_inside(&self, account: &Account) -> String {
        match self.kind() {
            // Everybody else inside is one of the user's subordinate IDs.
            EngineKind::DockerRootless => "0:0".to_owned(),
            EngineKind::Docker | EngineKind::Podman => format!("{}:{}", account.uid, account.gid),
        }
    }

    /// The flags with which `run` starts a process that is `account` on the outside.
    #[must_use]
    pub fn identity_flags(&self, account: &Account) -> Vec<String> {
        let mut flags = vec![format!("--user={}", self.user_inside(account))];
        if self.kind() == EngineKind::Podman {
            flags.push("--userns=keep-id".to_owned());
        }
        flags
    }

    /// The network that a container with `--network host` has. `None`, with a message, if servers of
    /// the harness cannot listen in it.
    #[must_use]
    pub fn host_network(&self) -> Option<HostNetwork> {
        match self.kind() {
            EngineKind::Podman => Some(HostNetwork::OfMachine),
            EngineKind::Docker if self.system() == System::Machine => Some(HostNetwork::OfMachine),
            EngineKind::Docker | EngineKind::DockerRootless if Account::root().is_none() => {
                crate::skip::skip("only root can enter the network of the daemon");
                None
            }
            EngineKind::Docker | EngineKind::DockerRootless => {
                let daemon = docker::daemon(self).expect("the daemon has a socket here");
                Some(HostNetwork::OfProcess(daemon))
            }
        }
    }

    /// Whether a build asks registries about the images that a Dockerfile begins with, even if it has
    /// had them: BuildKit does not keep them under their names (Docker 26.1 and 28.5), as the legacy
    /// builder and Podman do.
    #[must_use]
    pub fn builds_ask_registries(&self) -> bool {
        self.has_buildkit()
    }

    /// Whether builds are BuildKit's: Docker's client takes it where its buildx plugin is installed.
    #[must_use]
    pub fn has_buildkit(&self) -> bool {
        match self.kind() {
            EngineKind::Docker | EngineKind::DockerRootless => {
                self.cli.ask(&["buildx", "version"]).status.success()
            }
            EngineKind::Podman => false,
        }
    }

    /// The name by which containers on the default network reach the host.
    #[must_use]
    pub fn host_alias(&self) -> &'static str {
        match self.kind() {
            EngineKind::Docker | EngineKind::DockerRootless => "host.docker.internal",
            EngineKind::Podman => "host.containers.internal",
        }
    }

    /// Whether the engine can limit the number of processes: rootless ones need cgroup v2 for that,
    /// and the controller.
    #[must_use]
    pub fn limits_processes(&self) -> bool {
        match self.kind() {
            EngineKind::Docker | EngineKind::DockerRootless => {
                self.cli.require(&["info", "--format", "{{.PidsLimit}}"]) == "true"
            }
            EngineKind::Podman => {
                let info = self.cli.require(&["info", "--format", "{{json .Host}}"]);
                let host: Value = serde_json::from_str(&info).expect("it answers in JSON");
                host["cgroupVersion"] == "v2"
                    && host["cgroupControllers"]
                        .as_array()
                        .is_some_and(|found| found.iter().any(|name| name == "pids"))
            }
        }
    }

    /// Whether a container's program can be in groups besides its user's own: rootless engines take
    /// crun for that.
    #[must_use]
    pub fn passes_groups_on(&self) -> bool {
        match self.kind() {
            EngineKind::Docker => true,
            EngineKind::DockerRootless => false,
            EngineKind::Podman => {
                self.cli
                    .require(&["info", "--format", "{{.Host.OCIRuntime.Name}}"])
                    == "crun"
            }
        }
    }

    /// What `image inspect` says, or `None` if there is no such image.
    #[must_use]
    pub fn image(&self, name: &str) -> Option<Value> {
        self.cli.inspect("image", &[name]).pop()
    }

    /// All images, as `image inspect` says it.
    #[must_use]
    pub fn images(&self) -> Vec<Value> {
        let list = || {
            self.cli
                .lines(&["image", "ls", "--all", "--quiet", "--no-trunc"])
        };
        // While others remove images, Podman fails for all of them at once.
        (0..ATTEMPTS)
            .find_map(|_| self.cli.try_inspect("image", &list()).ok())
            .unwrap_or_else(|| self.cli.inspect("image", &list()))
    }

    /// The names of all images that mention `name` as a run or sandbox does.
    #[must_use]
    pub fn images_mentioning(&self, name: &str) -> Vec<String> {
        self.cli
            .lines(&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"])
            .iter()
            .filter(|image| crate::run_id::mentions(image, name))
            .map(|image| local_name(image).to_owned())
            .collect()
    }

    /// What `container inspect` says of each running container with this label.
    #[must_use]
    pub fn running(&self, label: &str) -> Vec<Value> {
        let filter = format!("label={label}");
        let ids = self
            .cli
            .lines(&["ps", "--quiet", "--no-trunc", "--filter", &filter]);
        self.cli.inspect("container", &ids)
    }

    /// Takes a name from an image, and leaves the layers that had none.
    pub fn untag(&self, image: &str) {
        match self.kind() {
            EngineKind::Docker | EngineKind::DockerRootless => {
                self.cli.require(&["rmi", "--no-prune", image])
            }
            EngineKind::Podman => self.cli.require(&["untag", image]),
        };
    }

    /// Removes a directory with files that are not the tests' own.
    pub(crate) fn remove_directory(&self, directory: &Utf8Path) {
        let parent = directory.parent().expect("nobody removes the root");
        let bind = format!("type=bind,source={parent},target=/parent");
        let name = directory.file_name().expect("the directory has a name");
        let image = crate::bases::debian(self);
        let _ = self.cli.ask(&[
            "run",
            "--rm",
            "--pull=never",
            "--network=none",
            "--mount",
            &bind,
            &image,
            "rm",
            "-rf",
            &format!("/parent/{name}"),
        ]);
    }

    /// Removes all containers. Only for engines that are a run's own.
    fn remove_all_containers(&self) {
        let listed = self.cli.ask(&["ps", "--all", "--quiet"]);
        let all = String::from_utf8_lossy(&listed.stdout);
        let mut args = vec!["rm", "--force"];
        args.extend(all.lines());
        if args.len() > 2 {
            let _ = self.cli.ask(&args);
        }
    }
}

/// An image's name as Docker lists it: Podman puts a registry before those that were made here.
#[must_use]
pub fn local_name(listed: &str) -> &str {
    listed.strip_prefix("localhost/").unwrap_or(listed)
}
