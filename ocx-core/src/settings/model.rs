//! The settings themselves.

use std::{collections::BTreeMap, fmt, net::IpAddr};

use camino::Utf8PathBuf;
use url::Url;

use super::{
    ByteSize, CachePath, FollowedDevcontainer, ForbiddenPaths, KEYS, KeysPlace, NetworkMode,
    Providers,
};
use crate::{
    bridge::Rule,
    image::{ImageReference, OpencodeVersion},
    port_forward::ForwardedPort,
    runtime::EngineName,
    spec::{
        Access, BuildNetwork, Device, EnvName, Gpus, HostAddress, HostName, Network, Ulimit,
        UlimitName, VolumeName,
    },
};

/// What is set, after all layers. Paths are absolute unless a field says otherwise.
///
/// [`fmt::Debug`] leaves out the values of environment variables and build arguments.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Name of the base image.
    pub custom_base_image: Option<ImageReference>,
    /// Dockerfile of the base, as it was written, with a leading `~` expanded.
    pub custom_base_dockerfile: Option<Utf8PathBuf>,
    /// Build arguments for that Dockerfile.
    pub custom_base_build_args: BTreeMap<String, String>,
    /// Stage of that Dockerfile to stop at.
    pub custom_base_target: Option<String>,
    /// The build context of that Dockerfile, relative to the project, with a leading `~` expanded;
    /// `None` for the Dockerfile's directory.
    pub custom_base_context: Option<Utf8PathBuf>,
    /// Whether the project's `devcontainer.json` says what the base is. What it says stands in the fields
    /// above.
    pub custom_base_devcontainer: bool,
    /// The one that says so; `None` if none is followed.
    pub devcontainer: Option<FollowedDevcontainer>,
    /// When images are fetched for the base.
    pub base_pull: PullPolicy,
    /// What the build of the base reaches.
    pub base_build_network: BuildNetwork,
    /// Which version of opencode to run.
    pub opencode_version: VersionRequest,
    /// npm registry that opencode comes from; its path ends in `/`.
    pub opencode_registry: Url,
    /// How many of the newest versions of opencode are kept when disks are tidied.
    pub keep_versions: usize,
    /// A local opencode binary to use instead.
    pub opencode_binary: Option<Utf8PathBuf>,
    /// The container engine.
    pub runtime: RuntimeChoice,
    /// Prefix of the names of containers.
    pub container_name: Option<String>,
    /// Memory limit; `None` for no limit.
    pub memory: Option<ByteSize>,
    /// Limit on processors, finite and above zero; `None` for no limit.
    pub cpus: Option<f64>,
    /// Limit on processes and threads; `None` for no limit.
    pub pids_limit: Option<u32>,
    /// Size of each directory in memory for temporary files, such as `/tmp`; `None` for the engine's own.
    pub tmp_size: Option<ByteSize>,
    /// Size of a `tmp` in memory in the workspace; `None` for no such directory.
    pub workspace_tmp_size: Option<ByteSize>,
    /// Size of `/dev/shm`, not zero; `None` for the engine's own.
    pub shm_size: Option<ByteSize>,
    /// Limits of each process.
    pub ulimits: BTreeMap<UlimitName, Ulimit>,
    /// What sessions reach.
    pub network: NetworkMode,
    /// What is reached with [`NetworkMode::Filtered`], and unasked with [`NetworkMode::Ask`].
    pub network_allow: Vec<Rule>,
    /// What is not, whatever allows it.
    pub network_deny: Vec<Rule>,
    /// Ports of the host's loopback interface that sessions reach on their own.
    pub host_ports: Vec<u16>,
    /// Ports of sessions that are on the host while they run.
    pub ports: Vec<ForwardedPort>,
    /// Whether a port is published on the host's loopback address.
    pub publish_port: bool,
    /// Which one, not zero; `None` for a free one.
    pub port: Option<u16>,
    /// Whether the host is reachable as `host.docker.internal`.
    pub add_host_docker_internal: bool,
    /// Hosts that sessions know without asking anybody.
    pub add_hosts: BTreeMap<HostName, HostAddress>,
    /// Name servers; none for those of the engine.
    pub dns: Vec<IpAddr>,
    /// Domains in which names are looked up; none for those of the engine.
    pub dns_search: Vec<String>,
    /// Devices of the host.
    pub devices: Vec<Device>,
    /// Graphics cards of the host.
    pub gpus: Option<Gpus>,
    /// User name in the container; `None` for the host user's.
    pub username: Option<String>,
    /// User ID in the container; `None` for the host user's.
    pub uid: Option<u32>,
    /// Group ID in the container; `None` for the host user's.
    pub gid: Option<u32>,
    /// Whether the host user's supplementary groups are kept in the container.
    pub keep_groups: bool,
    /// opencode's configuration directory on the host; `None` for the usual one.
    pub opencode_config_dir: Option<Utf8PathBuf>,
    /// A file with ignore rules for ripgrep.
    pub rgignore_file: Option<Utf8PathBuf>,
    /// Environment variables of the container.
    pub env: BTreeMap<EnvName, String>,
    /// Environment variables that are passed on from the host.
    pub env_passthrough: Vec<EnvName>,
    /// Files with environment variables.
    pub env_file: Vec<Utf8PathBuf>,
    /// Whether sessions may use the keys of the user's SSH agent.
    pub ssh_agent: bool,
    /// The model providers whose keys and logins a session gets.
    pub providers: Providers,
    /// Where the API keys of those are; `None` for what [`keys_place`](Self::keys_place) says.
    pub keys: Option<KeysPlace>,
    /// Which projects keep a home directory between sessions.
    pub data_volumes_mode: DataVolumesMode,
    /// Name of the home volume; `None` for one of the project's own.
    pub data_volumes_name: Option<VolumeName>,
    /// Whether the agent is told where it is.
    pub agent_notes: bool,
    /// What becomes of the base's entry point.
    pub entrypoint: EntrypointUse,
    /// Directories of the container that stand first in the search path, absolute.
    pub path_prepend: Vec<Utf8PathBuf>,
    /// Whether the image's own files are read-only.
    pub read_only: bool,
    /// What sessions work on.
    pub workspace: WorkspaceMode,
    /// What of the project is copied into a clone although Git does not track it, relative to the
    /// project root, without `..`.
    pub clone_include: Vec<Utf8PathBuf>,
    /// Paths that are hidden.
    pub forbidden_paths: ForbiddenPaths,
    /// Directories that sessions have for themselves, relative to the project root, without `..`.
    pub private_paths: Vec<Utf8PathBuf>,
    /// Caches that the sessions of all projects share.
    pub cache_paths: Vec<CachePath>,
    /// More mounts.
    pub extra_mounts: Vec<ExtraMount>,
    /// Time zone of the container; `None` for the host's.
    pub timezone: Option<String>,
}

impl Settings {
    /// What `default.toml` is read into. It sets every field that must have a value.
    pub(super) fn unset() -> Self {
        Self {
            custom_base_image: None,
            custom_base_dockerfile: None,
            custom_base_build_args: BTreeMap::new(),
            custom_base_target: None,
            custom_base_context: None,
            custom_base_devcontainer: true,
            devcontainer: None,
            base_pull: PullPolicy::Never,
            base_build_network: BuildNetwork::None,
            opencode_version: VersionRequest::Latest,
            opencode_registry: Url::parse("invalid:").expect("a valid address"),
            keep_versions: 2,
            opencode_binary: None,
            runtime: RuntimeChoice::Auto,
            container_name: None,
            memory: None,
            cpus: None,
            pids_limit: None,
            tmp_size: None,
            workspace_tmp_size: None,
            shm_size: None,
            ulimits: BTreeMap::new(),
            network: NetworkMode::Engine(Network::None),
            network_allow: Vec::new(),
            network_deny: Vec::new(),
            host_ports: Vec::new(),
            ports: Vec::new(),
            publish_port: false,
            port: None,
            add_host_docker_internal: false,
            add_hosts: BTreeMap::new(),
            dns: Vec::new(),
            dns_search: Vec::new(),
            devices: Vec::new(),
            gpus: None,
            username: None,
            uid: None,
            gid: None,
            keep_groups: true,
            opencode_config_dir: None,
            rgignore_file: None,
            env: BTreeMap::new(),
            env_passthrough: Vec::new(),
            env_file: Vec::new(),
            ssh_agent: true,
            providers: Providers::All,
            keys: None,
            data_volumes_mode: DataVolumesMode::Never,
            data_volumes_name: None,
            agent_notes: true,
            entrypoint: EntrypointUse::None,
            path_prepend: Vec::new(),
            read_only: true,
            workspace: WorkspaceMode::Clone,
            clone_include: Vec::new(),
            forbidden_paths: ForbiddenPaths::default(),
            private_paths: Vec::new(),
            cache_paths: Vec::new(),
            extra_mounts: Vec::new(),
            timezone: None,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Settings");
        for key in &KEYS {
            if key.sensitive {
                fields.field(key.name, &format_args!("…"));
            } else {
                fields.field(key.name, &format_args!("{}", (key.show)(self)));
            }
        }
        fields.finish()
    }
}

/// Which version of opencode to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionRequest {
    /// The newest one.
    Latest,
    /// This one.
    Exact(OpencodeVersion),
}

impl fmt::Display for VersionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Exact(version) => version.fmt(f),
        }
    }
}

/// When images are fetched for the base, on ocx's account. Images that a Dockerfile names and that
/// are missing are fetched by the engine whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PullPolicy {
    /// When the user says so on the terminal; without one, never.
    Ask,
    /// Never.
    Never,
    /// When the base image is not there.
    Missing,
    /// When it is not there, and by `ocx build` also when its registry has another one by now. So
    /// are the images that the Dockerfile names.
    Newer,
}

impl fmt::Display for PullPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ask => "ask",
            Self::Never => "never",
            Self::Missing => "missing",
            Self::Newer => "newer",
        })
    }
}

/// Which container engine to use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RuntimeChoice {
    /// Whichever is there.
    Auto,
    /// The one of this name.
    Named(EngineName),
}

impl fmt::Display for RuntimeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Named(name) => name.fmt(f),
        }
    }
}

/// Which projects keep a home directory between sessions, from few to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataVolumesMode {
    /// None.
    Never,
    /// Those in a Git repository.
    Git,
    /// All.
    Always,
}

impl fmt::Display for DataVolumesMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::Git => "git",
            Self::Always => "always",
        })
    }
}

/// What sessions work on, from less to more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkspaceMode {
    /// Each on a private clone of the project's repository.
    Clone,
    /// All on the project's own files.
    Shared,
}

impl fmt::Display for WorkspaceMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clone => "clone",
            Self::Shared => "shared",
        })
    }
}

/// What becomes of the `ENTRYPOINT` of a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntrypointUse {
    /// It is left out.
    None,
    /// Each session's program is started by it.
    Keep,
}

impl fmt::Display for EntrypointUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Keep => "keep",
        })
    }
}

/// A bind mount that the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraMount {
    /// File or directory of the host, absolute.
    pub source: Utf8PathBuf,
    /// Absolute path in the container.
    pub target: Utf8PathBuf,
    /// Whether the container may write.
    pub access: Access,
}

impl fmt::Display for ExtraMount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.access {
            Access::ReadOnly => "ro",
            Access::ReadWrite => "rw",
        };
        write!(f, "{}:{}:{mode}", self.source, self.target)
    }
}
