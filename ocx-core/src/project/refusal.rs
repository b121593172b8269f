//! Directories that may not be a project.
//!
//! A project is mounted at its own path, writable. At a directory that the system lives in, it
//! would cover the container's own; a home directory would hand over every key and password in it.

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::Host;

/// Why a directory may not be a project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is a home directory.
    #[error("it is a home directory, and everything in it would be open to the agent")]
    Home,
    /// The home directory lies in it.
    #[error("your home directory {home} lies in it")]
    AboveHome {
        /// The home directory.
        home: Utf8PathBuf,
    },
    /// It belongs to the system.
    #[error("it is a system directory, and would cover the container's own")]
    System,
    /// ocx itself uses the path inside of the container.
    #[error("ocx uses /ocx inside of the container")]
    ReservedInContainer,
    /// ocx keeps its own files there: the agent could change the global settings.
    #[error("ocx keeps its own files in {directory}, and the agent could change them")]
    OwnFiles {
        /// The directory of ocx.
        directory: Utf8PathBuf,
    },
}

/// Refused themselves, but not what lies in them.
const SYSTEM: [&str; 34] = [
    "/",
    "/etc",
    "/home",
    "/media",
    "/mnt",
    "/nix",
    "/nix/store",
    "/opt",
    "/root",
    "/run",
    "/run/media",
    "/run/user",
    "/snap",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/games",
    "/usr/include",
    "/usr/local",
    "/usr/local/etc",
    "/usr/local/include",
    "/usr/local/share",
    "/usr/local/src",
    "/usr/share",
    "/usr/src",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/local",
    "/var/log",
    "/var/opt",
    "/var/spool",
    "/var/tmp",
    "/dev/shm",
];

/// Refused with everything in them: programs and libraries that a container starts from, and what
/// the kernel shows as files.
const SYSTEM_TREES: [&str; 20] = [
    "/bin",
    "/boot",
    "/dev",
    "/etc/alternatives",
    "/etc/ssl",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/proc",
    "/sbin",
    "/sys",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/sbin",
];

/// Why `directory`, a canonical path, may not be a project; `None` if it may.
pub(super) fn refusal(directory: &Utf8Path, host: &Host) -> Option<Refusal> {
    for home in [host.home.clone(), canonical(&host.home)] {
        if directory == home {
            return Some(Refusal::Home);
        }
        if directory != "/" && home.starts_with(directory) {
            return Some(Refusal::AboveHome { home });
        }
    }
    if directory == "/root" || directory.parent().is_some_and(|parent| parent == "/home") {
        return Some(Refusal::Home);
    }
    if directory.starts_with("/ocx") {
        return Some(Refusal::ReservedInContainer);
    }
    let in_shared_memory = directory.starts_with("/dev/shm");
    if SYSTEM.contains(&directory.as_str())
        || (!in_shared_memory && SYSTEM_TREES.iter().any(|tree| directory.starts_with(tree)))
    {
        return Some(Refusal::System);
    }
    let dirs = &host.dirs;
    for own in [&dirs.config, &dirs.state, &dirs.data, &dirs.cache] {
        let own = canonical(own);
        if own.starts_with(directory) || directory.starts_with(&own) {
            return Some(Refusal::OwnFiles { directory: own });
        }
    }
    None
}

/// `path` with the symbolic links of its existing part resolved.
fn canonical(path: &Utf8Path) -> Utf8PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(existing) = ancestor.canonicalize_utf8() {
            let rest = path.strip_prefix(ancestor).unwrap_or(Utf8Path::new(""));
            return if rest == "" {
                existing
            } else {
                existing.join(rest)
            };
        }
    }
    path.to_owned()
}
