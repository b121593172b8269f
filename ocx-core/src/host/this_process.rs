//! The facts about the calling process, its user and its machine. This is the only place in ocx that
//! reads the environment, the user database and the terminal.

use std::{collections::BTreeMap, io, io::IsTerminal as _};

use camino::{Utf8Path, Utf8PathBuf};
use etcetera::BaseStrategy as _;
use nix::unistd::{Gid, Group, User, getegid, geteuid, getgroups, gethostname};

use super::{Cpu, Dirs, Host, HostUser, OwnContainer, Terminals, search_path};

impl Host {
    /// The facts about the process that calls this.
    ///
    /// # Errors
    ///
    /// If there is no home directory, or the current directory cannot be told.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use ocx_core::Host;
    ///
    /// let host = Host::of_this_process()?;
    /// println!("{} in {}", host.user.name, host.current_dir);
    /// # Ok::<(), ocx_core::host::HostError>(())
    /// ```
    pub fn of_this_process() -> Result<Self, HostError> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter_map(|(name, value)| match name.as_str() {
                "PATH" => Some((name, search_path::absolute(&value)?)),
                _ => Some((name, value)),
            })
            .collect();
        let base = etcetera::base_strategy::Xdg::new().map_err(|_| HostError::NoHome)?;
        let home = utf8(base.home_dir())?;
        Ok(Self {
            machine: gethostname()
                .ok()
                .and_then(|name| name.into_string().ok())
                .unwrap_or_default(),
            current_dir: current_dir()?,
            dirs: Dirs {
                config: utf8(&base.config_dir().join("ocx"))?,
                cache: utf8(&base.cache_dir().join("ocx"))?,
                state: utf8(
                    &base
                        .state_dir()
                        .unwrap_or_else(|| base.data_dir())
                        .join("ocx"),
                )?,
                data: utf8(&base.data_dir().join("ocx"))?,
            },
            user: user(),
            terminals: Terminals {
                stdin: io::stdin().is_terminal(),
                stdout: io::stdout().is_terminal(),
                stderr: io::stderr().is_terminal(),
            },
            memory: memory(),
            processors: std::thread::available_parallelism().ok(),
            cpu: Cpu::of_this_machine(),
            time_zone: iana_time_zone::get_timezone().ok(),
            ca_bundle: ca_bundle(&environment),
            own_authorities: has_own_authorities(&environment),
            selinux_enforcing: std::fs::read("/sys/fs/selinux/enforce")
                .is_ok_and(|state| state.starts_with(b"1")),
            container: OwnContainer::of_this_process(),
            home,
            environment,
        })
    }
}

/// <https://man7.org/linux/man-pages/man2/sysinfo.2.html>
fn memory() -> Option<u64> {
    let info = rustix::system::sysinfo();
    let bytes = info.totalram.checked_mul(u64::from(info.mem_unit))?;
    (bytes > 0).then_some(bytes)
}

fn current_dir() -> Result<Utf8PathBuf, HostError> {
    let directory = std::env::current_dir().map_err(|source| HostError::CurrentDir { source })?;
    // The kernel's answer has no links in it.
    utf8(&directory)
}

fn user() -> HostUser {
    let (uid, gid) = (geteuid(), getegid());
    // An ID without a name, as in a container, is no reason to fail.
    let name = User::from_uid(uid)
        .ok()
        .flatten()
        .map_or_else(|| "user".to_owned(), |user| user.name);
    let group = Group::from_gid(gid)
        .ok()
        .flatten()
        .map_or_else(|| name.clone(), |group| group.name);
    HostUser {
        name,
        group,
        uid: uid.as_raw(),
        gid: gid.as_raw(),
        groups: supplementary_groups(gid),
    }
}

fn supplementary_groups(primary: Gid) -> Vec<u32> {
    let mut groups: Vec<u32> = getgroups()
        .unwrap_or_default()
        .into_iter()
        .filter(|&group| group != primary)
        .map(Gid::as_raw)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// Where a system's administrator puts certificates that it is to trust as well: update-ca-certificates(8) on
/// Debian and SUSE, update-ca-trust(8) on Fedora and Arch.
const ADDED: [&str; 4] = [
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/etc/ca-certificates/trust-source/anchors",
];

fn has_own_authorities(environment: &BTreeMap<String, String>) -> bool {
    let is_added = ADDED.iter().any(|directory| {
        let entries = std::fs::read_dir(directory);
        entries.is_ok_and(|mut entries| entries.next().is_some())
    });
    is_added || ca_bundle(environment) != ca_bundle(&BTreeMap::new())
}

fn ca_bundle(environment: &BTreeMap<String, String>) -> Option<Utf8PathBuf> {
    let own = environment
        .get("SSL_CERT_FILE")
        .map(Utf8PathBuf::from)
        .filter(|path| path.is_file());
    let bundle =
        own.or_else(|| Utf8PathBuf::from_path_buf(openssl_probe::probe().cert_file?).ok())?;
    bundle.canonicalize_utf8().ok()
}

fn utf8(path: &std::path::Path) -> Result<Utf8PathBuf, HostError> {
    Utf8Path::from_path(path)
        .map(Utf8Path::to_owned)
        .ok_or_else(|| HostError::NotUtf8 {
            path: path.display().to_string(),
        })
}

/// Why the facts could not be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The current directory is gone, or closed to the user.
    #[error("the current directory cannot be told")]
    CurrentDir {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Nothing says where home is.
    #[error(
        "there is no home directory: `HOME` is not set, and you have none in the user database"
    )]
    NoHome,
    /// A directory has a name that is not UTF-8.
    #[error("the path `{path}` is not UTF-8")]
    NotUtf8 {
        /// The path, as far as it can be shown.
        path: String,
    },
}
