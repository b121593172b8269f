//! The pieces of a container, by which it can be told why it has them and how an engine is asked for them.

use std::fmt;

use camino::Utf8PathBuf;

use super::EnvName;

/// One piece of a [`RunSpec`](super::RunSpec).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Piece {
    /// The engine that runs the container.
    Engine,
    /// The image.
    Image,
    /// What starts the program.
    Launcher,
    /// Program and arguments.
    Command,
    /// The container's name.
    Name,
    /// What becomes of the container when its program ends.
    Lifetime,
    /// The directory in which the program begins.
    WorkingDirectory,
    /// Input, output and terminal.
    Terminal,
    /// The first process.
    Init,
    /// Who the program runs as.
    User,
    /// Further groups of the user.
    Groups,
    /// Capabilities and privileges.
    Capabilities,
    /// The SELinux label.
    Selinux,
    /// Whether the image's own files may be changed.
    RootFilesystem,
    /// What each container of ocx is asked for, so that neither the image nor the engine's configuration
    /// decides it: namespaces of its own, no health check, no image from a registry.
    Baseline,
    /// The limit on processes, or that there is none.
    Pids,
    /// The limit on memory.
    Memory,
    /// The limit on processors.
    Cpus,
    /// The size of shared memory.
    SharedMemory,
    /// The limits of each process.
    Ulimits,
    /// The network.
    Network,
    /// The host's name in the container.
    HostAlias,
    /// Hosts that are known without asking anybody.
    Hosts,
    /// Who is asked for names.
    DnsServers,
    /// Domains in which names are looked up.
    DnsSearch,
    /// Devices of the host.
    Devices,
    /// Graphics cards of the host.
    Gpus,
    /// Ports that are published on the host.
    Ports,
    /// What is mounted at this path.
    Mount(Utf8PathBuf),
    /// The environment variable of this name.
    Variable(EnvName),
    /// The label of this name.
    Label(String),
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine => "engine",
            Self::Image => "image",
            Self::Launcher => "launcher",
            Self::Command => "command",
            Self::Name => "name",
            Self::Lifetime => "lifetime",
            Self::WorkingDirectory => "working directory",
            Self::Terminal => "terminal",
            Self::Init => "init",
            Self::User => "user",
            Self::Groups => "groups",
            Self::Capabilities => "capabilities",
            Self::Selinux => "SELinux",
            Self::RootFilesystem => "root filesystem",
            Self::Baseline => "baseline",
            Self::Pids => "processes",
            Self::Memory => "memory",
            Self::Cpus => "processors",
            Self::SharedMemory => "shared memory",
            Self::Ulimits => "limits of each process",
            Self::Network => "network",
            Self::HostAlias => "host alias",
            Self::Hosts => "hosts",
            Self::DnsServers => "name servers",
            Self::DnsSearch => "domains",
            Self::Devices => "devices",
            Self::Gpus => "graphics cards",
            Self::Ports => "ports",
            Self::Mount(target) => return write!(f, "mount {target}"),
            Self::Variable(name) => return write!(f, "variable {name}"),
            Self::Label(name) => return write!(f, "label {name}"),
        })
    }
}
