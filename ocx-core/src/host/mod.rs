//! What ocx knows about the machine it runs on, gathered once at the edge.

mod own_container;
mod search_path;
mod this_process;

use std::{collections::BTreeMap, fmt, num::NonZeroUsize};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

pub use self::{own_container::OwnContainer, this_process::HostError};
use crate::spec::Terminal;

/// Facts about the host and the calling process.
///
/// All of them stay true for as long as the process runs, so one value serves any number of sessions.
/// [`Host::of_this_process`] gathers them; a program that links this crate may also fill them in as it
/// likes. Processes that ocx starts get this environment, and nothing else.
///
/// [`fmt::Debug`] leaves the environment out, which may hold secrets.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Host {
    /// The machine's own name, by which a container engine on another machine is told from a local
    /// one.
    pub machine: String,
    /// The current directory, absolute and with symbolic links resolved.
    pub current_dir: Utf8PathBuf,
    /// The user's home directory.
    pub home: Utf8PathBuf,
    /// Where ocx keeps its own files.
    pub dirs: Dirs,
    /// The user that ocx runs as.
    pub user: HostUser,
    /// Which of the standard streams are terminals.
    pub terminals: Terminals,
    /// The environment, less the variables that are not UTF-8. Of `PATH`
    /// [`of_this_process`](Host::of_this_process) takes the absolute entries: any other one is the
    /// current directory, which is a project.
    pub environment: BTreeMap<String, String>,
    /// The size of the machine's memory in bytes, if that is known.
    pub memory: Option<u64>,
    /// How many processors there are for this process, if that is known.
    pub processors: Option<NonZeroUsize>,
    /// The processor, as far as it decides which opencode build runs.
    pub cpu: Cpu,
    /// IANA name of the time zone, such as `Europe/Berlin`.
    pub time_zone: Option<String>,
    /// The bundle of certificate authorities that the host trusts (PEM).
    pub ca_bundle: Option<Utf8PathBuf>,
    /// Whether somebody has added to whom the system trusts by itself.
    pub own_authorities: bool,
    /// Whether SELinux is enforcing.
    pub selinux_enforcing: bool,
    /// The container that this process runs in, if it does.
    pub container: Option<OwnContainer>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("current_dir", &self.current_dir)
            .field("dirs", &self.dirs)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Host {
    /// The facts for a program that links this crate: a user with a home directory, who has no
    /// terminal and the usual directories below home. All other fields can be set afterwards.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocx_core::{Host, host::HostUser};
    ///
    /// let user = HostUser {
    ///     name: "jane".to_owned(),
    ///     group: "jane".to_owned(),
    ///     uid: 1000,
    ///     gid: 1000,
    ///     groups: Vec::new(),
    /// };
    /// let mut host = Host::new(user, "/home/jane".into(), "/home/jane/app".into());
    /// host.environment.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    /// host.time_zone = Some("Europe/Berlin".to_owned());
    ///
    /// assert_eq!(host.dirs.config, "/home/jane/.config/ocx");
    /// assert_eq!(host.variable("PATH"), Some("/usr/bin:/bin"));
    /// ```
    #[must_use]
    pub fn new(user: HostUser, home: Utf8PathBuf, current_dir: Utf8PathBuf) -> Self {
        Self {
            machine: String::new(),
            current_dir,
            dirs: Dirs::below(&home),
            home,
            user,
            terminals: Terminals {
                stdin: false,
                stdout: false,
                stderr: false,
            },
            environment: BTreeMap::new(),
            memory: None,
            processors: None,
            cpu: Cpu::of_this_machine(),
            time_zone: None,
            ca_bundle: None,
            own_authorities: false,
            selinux_enforcing: false,
            container: None,
        }
    }

    /// The value of an environment variable, if it is set, not empty and UTF-8.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The program that this name leads to, by the absolute entries of the variable `PATH`.
    #[must_use]
    pub fn find_program(&self, name: &str) -> Option<Utf8PathBuf> {
        let path = search_path::absolute(self.variable("PATH")?)?;
        path.split(':')
            .map(|directory| Utf8Path::new(directory).join(name))
            .find(|candidate| candidate.is_file())
    }

    /// Where opencode keeps its data on the host, its logins among them.
    #[must_use]
    pub(crate) fn opencode_data(&self) -> Utf8PathBuf {
        self.dirs.data.with_file_name("opencode")
    }

    /// Where Git looks for the user's own files, beside `~/.gitconfig`.
    #[must_use]
    pub(crate) fn git_directory(&self) -> Utf8PathBuf {
        let config = self.variable("XDG_CONFIG_HOME");
        let config = config.map_or_else(|| self.home.join(".config"), Utf8PathBuf::from);
        config.join("git")
    }

    /// Replaces a leading `~` by the home directory.
    #[must_use]
    pub fn expand_home(&self, path: &Utf8Path) -> Utf8PathBuf {
        path.strip_prefix("~").map_or_else(
            |_| path.to_owned(),
            |rest| {
                if rest == "" {
                    self.home.clone()
                } else {
                    self.home.join(rest)
                }
            },
        )
    }
}

/// The directories of ocx, each already ending in `ocx`, after the XDG base directory
/// specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// Global configuration and Dockerfiles; `~/.config/ocx` by default.
    pub config: Utf8PathBuf,
    /// What can be made again; `~/.cache/ocx` by default.
    pub cache: Utf8PathBuf,
    /// State of projects: opencode's data and config copies; `~/.local/state/ocx` by default.
    pub state: Utf8PathBuf,
    /// The user's own data, such as credentials; `~/.local/share/ocx` by default.
    pub data: Utf8PathBuf,
}

impl Dirs {
    /// The directories of a user who has none of the `XDG_*` variables set.
    #[must_use]
    pub fn below(home: &Utf8Path) -> Self {
        Self {
            config: home.join(".config/ocx"),
            cache: home.join(".cache/ocx"),
            state: home.join(".local/state/ocx"),
            data: home.join(".local/share/ocx"),
        }
    }
}

/// The user on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostUser {
    /// Login name.
    pub name: String,
    /// Name of the primary group.
    pub group: String,
    /// User ID.
    pub uid: u32,
    /// ID of the primary group.
    pub gid: u32,
    /// IDs of the supplementary groups, in ascending order and without the primary one.
    pub groups: Vec<u32>,
}

/// Which of the standard streams are terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminals {
    /// Standard input.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

impl Terminals {
    /// Whether a program in a container gets a terminal: if it would read from one and write to one.
    #[must_use]
    pub fn for_program(self) -> Terminal {
        if self.stdin && self.stdout {
            Terminal::Interactive
        } else {
            Terminal::Piped
        }
    }
}

/// The processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// Its architecture.
    pub arch: Arch,
    /// Whether it has AVX2, which opencode's plain x64 builds may use.
    pub avx2: bool,
}

impl Cpu {
    /// The processor that this program runs on.
    #[must_use]
    pub(crate) fn of_this_machine() -> Self {
        #[cfg(target_arch = "x86_64")]
        return Self {
            arch: Arch::X64,
            avx2: std::is_x86_feature_detected!("avx2"),
        };
        #[cfg(not(target_arch = "x86_64"))]
        return Self {
            arch: Arch::Arm64,
            avx2: false,
        };
    }
}

/// An architecture that opencode is published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// x86-64; `amd64` in the words of container engines.
    X64,
    /// 64-bit Arm; `arm64` in the words of container engines.
    Arm64,
}

impl Arch {
    /// The architecture that a container engine calls `name`.
    #[must_use]
    pub(crate) fn from_engine_name(name: &str) -> Option<Self> {
        match name {
            "amd64" | "x86_64" => Some(Self::X64),
            "arm64" | "aarch64" => Some(Self::Arm64),
            _ => None,
        }
    }

    /// The word for it in the names of opencode's npm packages.
    #[must_use]
    pub(crate) fn npm_name(self) -> &'static str {
        match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
        }
    }

    /// The word for it in the `Architecture` field of an image.
    #[must_use]
    pub fn engine_name(self) -> &'static str {
        match self {
            Self::X64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}
