//! What an engine is asked to run.

use std::{collections::BTreeMap, fmt, net::IpAddr, str::FromStr};

use camino::Utf8PathBuf;

use super::{
    Device, Environment, Gpus, HostAddress, HostName, Mount, Ulimit, UlimitName,
    mount::is_engine_name,
};
use crate::image::ImageReference;

/// A container to be run in the foreground.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunSpec {
    /// The image; it must be in local storage.
    pub image: ImageReference,
    /// The container's name; `None` for one that is made up.
    pub name: Option<ContainerName>,
    /// Program and arguments.
    pub command: Vec<String>,
    /// A program with arguments that the command is added to, and that becomes it after having done
    /// something in its place; empty for none.
    pub launcher: Vec<String>,
    /// Absolute path of the working directory.
    pub working_directory: Utf8PathBuf,
    /// Mounts, in the order in which they must be made.
    pub mounts: Vec<Mount>,
    /// Environment variables.
    pub environment: Environment,
    /// Labels of the container.
    pub labels: BTreeMap<String, String>,
    /// Who the program runs as.
    pub user: UserMapping,
    /// Groups of the program besides its user's own one.
    pub groups: Groups,
    /// The container's network.
    pub network: Network,
    /// Ports published on the host.
    pub ports: Vec<PublishedPort>,
    /// A name under which the host itself is reachable, such as `host.docker.internal`.
    pub host_alias: Option<String>,
    /// Hosts that are known without asking anybody.
    pub hosts: BTreeMap<HostName, HostAddress>,
    /// Who is asked for names; nobody but whom the engine asks if there is none.
    pub dns_servers: Vec<IpAddr>,
    /// Domains in which names without a dot are looked up; the engine's own if there is none.
    pub dns_search: Vec<String>,
    /// Limits on resources.
    pub limits: Limits,
    /// Size of `/dev/shm` in bytes, not zero; `None` for the engine's own.
    pub shm_size: Option<u64>,
    /// Limits of each process; the engine's own for what is not among them.
    pub ulimits: BTreeMap<UlimitName, Ulimit>,
    /// Devices of the host.
    pub devices: Vec<Device>,
    /// Graphics cards of the host.
    pub gpus: Option<Gpus>,
    /// Capabilities of the program.
    pub capabilities: Capabilities,
    /// Whether the image's own files may be changed.
    pub root_filesystem: RootFilesystem,
    /// The SELinux label.
    pub selinux: SelinuxLabel,
    /// Whether the program gets a terminal.
    pub terminal: Terminal,
    /// The first process of the container.
    pub init: Init,
    /// Where the program's input comes from.
    pub stdin: Stdin,
    /// Where the program's output goes.
    pub output: Output,
    /// What becomes of the container afterwards.
    pub lifetime: Lifetime,
}

impl RunSpec {
    /// A container with as little as can be: no network, no capabilities, nothing mounted, the image's
    /// own files read-only, and output that is captured. It is removed when its program ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocx_core::spec::{Access, Mount, Network, RunSpec, UserMapping};
    ///
    /// let user = UserMapping::Direct { uid: 1000, gid: 1000 };
    /// let mut spec = RunSpec::new("debian".parse()?, vec!["ls".to_owned()], user);
    /// spec.mounts.push(Mount::bind("/home/jane/app", "/app", Access::ReadOnly));
    /// assert_eq!(spec.network, Network::None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(image: ImageReference, command: Vec<String>, user: UserMapping) -> Self {
        Self {
            image,
            name: None,
            command,
            launcher: Vec::new(),
            working_directory: "/".into(),
            mounts: Vec::new(),
            environment: Environment::new(),
            labels: BTreeMap::new(),
            user,
            groups: Groups::None,
            network: Network::None,
            ports: Vec::new(),
            host_alias: None,
            hosts: BTreeMap::new(),
            dns_servers: Vec::new(),
            dns_search: Vec::new(),
            limits: Limits::default(),
            shm_size: None,
            ulimits: BTreeMap::new(),
            devices: Vec::new(),
            gpus: None,
            capabilities: Capabilities::None,
            root_filesystem: RootFilesystem::ReadOnly,
            selinux: SelinuxLabel::EngineDefault,
            terminal: Terminal::Piped,
            init: Init::Program,
            stdin: Stdin::Null,
            output: Output::Capture,
            lifetime: Lifetime::RemoveOnExit,
        }
    }
}

/// Who a container's program runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserMapping {
    /// IDs in the container are the host's.
    Direct {
        /// User ID.
        uid: u32,
        /// Group ID.
        gid: u32,
    },
    /// The container's root is the host user: rootless Docker.
    ContainerRootIsHost,
    /// The engine's user namespace keeps the host user's own ID: rootless Podman.
    KeepId {
        /// User ID.
        uid: u32,
        /// Group ID.
        gid: u32,
    },
}

impl UserMapping {
    /// User and group ID inside the container.
    #[must_use]
    pub fn ids_inside(self) -> (u32, u32) {
        match self {
            Self::Direct { uid, gid } | Self::KeepId { uid, gid } => (uid, gid),
            Self::ContainerRootIsHost => (0, 0),
        }
    }
}

/// Groups of a container's program besides its user's own one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Groups {
    /// None.
    None,
    /// These, by number.
    Numbers(Vec<u32>),
    /// All that the caller is in, without a name or number inside: rootless Podman's `keep-groups`.
    KeepHosts,
}

/// A container's network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Network {
    /// The engine's own.
    Default,
    /// No network but loopback.
    None,
    /// The host's.
    Host,
    /// One that the user made.
    Named(String),
}

/// A port of the container published on the host's loopback address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedPort {
    /// Port on the host.
    pub host: u16,
    /// Port in the container.
    pub container: u16,
}

/// Limits on resources.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// Number of processors, fractions allowed.
    pub cpus: Option<f64>,
    /// Number of processes and threads.
    pub pids: Option<u32>,
}

// The number of processors comes from a settings file and is never NaN.
impl Eq for Limits {}

/// Capabilities of a container's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capabilities {
    /// None, and no way to get any: `--cap-drop ALL` with `no-new-privileges`.
    None,
    /// The engine's default set.
    EngineDefault,
}

/// Whether an image's own files may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootFilesystem {
    /// They may; changes are gone with the container.
    Writable,
    /// They may not.
    ReadOnly,
}

/// The SELinux label of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelinuxLabel {
    /// The engine's own.
    EngineDefault,
    /// None, so that the user's files can be used without being relabelled.
    Disabled,
}

/// Whether a program gets a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// Standard input and output are the caller's terminal.
    Interactive,
    /// They are pipes or files.
    Piped,
}

/// The first process of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// The engine's small init, which passes signals on and reaps orphans.
    Engine,
    /// The program itself.
    Program,
}

/// Where a program's output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// To the caller's own standard output and error.
    Inherit,
    /// Into the outcome, up to 64 MiB of each stream.
    Capture,
    /// Into the outcome as far as that goes, and each line is told as it comes.
    Lines,
}

/// Where a program's input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// The caller's own standard input.
    Inherit,
    /// There is none.
    Null,
}

/// What becomes of a container when its program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It is removed.
    RemoveOnExit,
    /// It stays.
    Keep,
}

/// The name of a container: letters, digits, `_`, `.` and `-`, starting with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerName(String);

impl ContainerName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ContainerName {
    type Err = ContainerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_engine_name(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ContainerNameError {
                found: text.to_owned(),
            })
        }
    }
}

/// A text cannot be the name of a container.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` cannot be the name of a container: use letters, digits, `_`, `.` and `-`, starting with a letter or digit"
)]
pub struct ContainerNameError {
    /// What was found.
    pub found: String,
}
