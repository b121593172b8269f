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
const SYSTEM_TREES: [&str; 22] = [
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
    "/var/lib/containers",
    "/var/lib/docker",
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
    // A user's runtime directory holds the sockets of engines and key agents.
    let is_runtime_dir = directory
        .parent()
        .is_some_and(|parent| parent == "/run/user");
    if is_runtime_dir
        || SYSTEM.contains(&directory.as_str())
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

#[cfg(test)]
mod tests {
    use super::{super::sandbox::Sandbox, *};

    /// A host whose directories need not exist.
    fn host() -> Host {
        let mut host = Sandbox::new().host;
        host.home = "/home/ann".into();
        host.dirs.config = "/home/ann/.config/ocx".into();
        host.dirs.cache = "/home/ann/.cache/ocx".into();
        host.dirs.state = "/home/ann/.local/state/ocx".into();
        host.dirs.data = "/home/ann/.local/share/ocx".into();
        host
    }

    #[test]
    fn places_for_projects() {
        for path in [
            "/home/ann/app",
            "/home/ann/.config/nvim",
            "/home/bob/app",
            "/root/app",
            "/tmp/app",
            "/var/tmp/app",
            "/srv/app",
            "/opt/app",
            "/mnt/app",
            "/media/ann/disk/app",
            "/run/media/ann/disk",
            "/var/www",
            "/var/www/app",
            "/var/lib/jenkins/workspace/app",
            "/usr/src/app",
            "/usr/local/src/app",
            "/etc/nixos",
            "/dev/shm/app",
            "/app",
            "/workspace",
            "/ocx-project",
            "/binary",
        ] {
            assert_eq!(refusal(path.into(), &host()), None, "{path}");
        }
    }

    #[test]
    fn system_directories() {
        for path in [
            "/",
            "/etc",
            "/usr",
            "/usr/bin",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/local",
            "/usr/local/bin",
            "/bin",
            "/lib64",
            "/proc/1",
            "/sys",
            "/dev",
            "/dev/shm",
            "/tmp",
            "/var",
            "/var/lib/docker/volumes",
            "/opt",
            "/run/user/1000",
        ] {
            assert_eq!(
                refusal(path.into(), &host()),
                Some(Refusal::System),
                "{path}"
            );
        }
        for path in ["/ocx", "/ocx/home"] {
            assert_eq!(
                refusal(path.into(), &host()),
                Some(Refusal::ReservedInContainer)
            );
        }
    }

    #[test]
    fn home_directories() {
        for path in ["/home/ann", "/home/bob", "/root"] {
            assert_eq!(refusal(path.into(), &host()), Some(Refusal::Home), "{path}");
        }
        let mut host = host();
        host.home = "/data/people/ann".into();
        for path in ["/data", "/data/people"] {
            assert!(
                matches!(refusal(path.into(), &host), Some(Refusal::AboveHome { .. })),
                "{path}"
            );
        }
        assert_eq!(
            refusal("/data/people/ann".into(), &host),
            Some(Refusal::Home)
        );
        assert_eq!(refusal("/data/people/anna".into(), &host), None);
    }

    #[test]
    fn root_at_home() {
        let mut host = host();
        host.home = "/root".into();
        assert_eq!(refusal("/root".into(), &host), Some(Refusal::Home));
        assert_eq!(refusal("/".into(), &host), Some(Refusal::System));
        assert_eq!(refusal("/root/app".into(), &host), None);
    }

    #[test]
    fn the_agent_cannot_reach_the_global_settings() {
        for path in [
            "/home/ann/.config",
            "/home/ann/.config/ocx",
            "/home/ann/.config/ocx/ruby",
            "/home/ann/.local",
        ] {
            assert!(
                matches!(
                    refusal(path.into(), &host()),
                    Some(Refusal::OwnFiles { .. })
                ),
                "{path}"
            );
        }
    }

    #[test]
    fn links_to_home_and_to_own_files_are_seen_through() {
        let mut sandbox = Sandbox::new();
        let dotfiles = sandbox.directory("home/dotfiles/config");
        std::os::unix::fs::symlink(&dotfiles, sandbox.top.join("home/.config")).unwrap();
        assert!(matches!(
            refusal(&sandbox.top.join("home/dotfiles"), &sandbox.host),
            Some(Refusal::OwnFiles { .. })
        ));

        let real = sandbox.host.home.clone();
        std::os::unix::fs::symlink(&real, sandbox.top.join("link")).unwrap();
        sandbox.host.home = sandbox.top.join("link");
        assert_eq!(refusal(&real, &sandbox.host), Some(Refusal::Home));
    }
}
