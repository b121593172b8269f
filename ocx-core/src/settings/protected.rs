//! Places of the host that no project gets, whatever is approved.
//!
//! A click on "yes" is quick, and these give away the machine or every account of the user's. Who
//! wants one of them all the same sets it in a file, variable or flag of their own.

use std::os::unix::fs::FileTypeExt as _;

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::Host;

/// Below home: keys, passwords and sessions of programs.
const IN_HOME: [&str; 37] = [
    ".ansible/vault",
    ".aws",
    ".azure",
    ".bash_history",
    ".cargo/credentials.toml",
    ".config/1Password",
    ".config/BraveSoftware",
    ".config/chromium",
    ".config/containers",
    ".config/doctl",
    ".config/gcloud",
    ".config/gh",
    ".config/glab-cli",
    ".config/google-chrome",
    ".config/op",
    ".config/rclone",
    ".config/sops",
    ".docker",
    ".git-credentials",
    ".config/git/credentials",
    ".gnupg",
    ".kube",
    ".local/share/containers",
    ".local/share/keyrings",
    ".local/share/kwalletd",
    ".local/share/opencode",
    ".mozilla",
    ".netrc",
    ".npmrc",
    ".oci",
    ".password-store",
    ".pki",
    ".pypirc",
    ".ssh",
    ".terraform.d",
    ".thunderbird",
    ".vault-token",
];

/// Of the system, with everything in them: accounts and keys, other users' homes, what the kernel
/// shows as files, engines' storage, and sockets.
const TREES: [&str; 13] = [
    "/boot",
    "/dev",
    "/etc",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/log",
    "/var/run",
    "/var/spool",
];

/// Where removable disks are mounted.
const EXCEPT: [&str; 1] = ["/run/media"];

/// Variables that name a socket by which more can be done than the agent may.
const SOCKETS: [&str; 5] = [
    "CONTAINER_HOST",
    "DBUS_SESSION_BUS_ADDRESS",
    "DOCKER_HOST",
    "SSH_AUTH_SOCK",
    "WAYLAND_DISPLAY",
];

/// Why no project gets the file or directory that `path` leads to; `None` if one may be given it.
/// The text is a clause.
pub(crate) fn reason(path: &Utf8Path, host: &Host) -> Option<&'static str> {
    [normal(path), canonical(path)]
        .iter()
        .find_map(|path| of_canonical(path, host))
}

fn of_canonical(path: &Utf8Path, host: &Host) -> Option<&'static str> {
    // What lies in it, and what it lies in.
    let touches = |place: &Utf8Path| path.starts_with(place) || place.starts_with(path);
    let both = |place: Utf8PathBuf| {
        [canonical(&place), place]
            .iter()
            .any(|place| touches(place))
    };
    if path == "/" {
        return Some("it is the whole machine");
    }
    if [host.home.clone(), canonical(&host.home)]
        .iter()
        .any(|home| home.starts_with(path))
    {
        return Some("your home directory is or lies there");
    }
    let dirs = &host.dirs;
    if [&dirs.config, &dirs.data, &dirs.state, &dirs.cache]
        .into_iter()
        .any(|own| both(own.clone()))
    {
        return Some("ocx keeps its own files there");
    }
    if is_socket(path) || sockets(host).any(both) {
        return Some("it leads to a socket, by which other programs do what the agent may not");
    }
    if IN_HOME.iter().any(|place| both(host.home.join(place))) {
        return Some("keys or passwords of yours are kept there");
    }
    let is_excepted = EXCEPT
        .iter()
        .any(|place| path.starts_with(place) && path != *place);
    // Root's home is where root's projects are.
    let mut trees = TREES
        .iter()
        .map(Utf8Path::new)
        .filter(|tree| !host.home.starts_with(tree));
    if !is_excepted && trees.any(touches) {
        return Some("it belongs to the system");
    }
    // Other users' homes; the user's own is told above.
    (path.parent() == Some(Utf8Path::new("/home"))).then_some("it is a home directory")
}

fn is_socket(path: &Utf8Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.file_type().is_socket())
}

/// The sockets that the user's own environment names.
fn sockets(host: &Host) -> impl Iterator<Item = Utf8PathBuf> {
    SOCKETS.iter().filter_map(|name| {
        let value = host.variable(name)?;
        let path = value
            .strip_prefix("unix://")
            .or_else(|| value.strip_prefix("unix:path="))
            .unwrap_or(value);
        let path = path.split([',', ';']).next()?;
        path.starts_with('/').then(|| Utf8PathBuf::from(path))
    })
}

/// `path` with `..` taken back by name alone.
fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut normal = Utf8PathBuf::new();
    for component in path.components() {
        if component.as_str() == ".." {
            normal.pop();
        } else {
            normal.push(component);
        }
    }
    normal
}

/// `path` with its symbolic links resolved, also those that lead to what is not there yet.
pub(super) fn canonical(path: &Utf8Path) -> Utf8PathBuf {
    resolved(path, MOST_LINKS)
}

/// As in Linux.
const MOST_LINKS: usize = 40;

fn resolved(path: &Utf8Path, links: usize) -> Utf8PathBuf {
    for ancestor in path.ancestors() {
        let rest = path.strip_prefix(ancestor).unwrap_or(Utf8Path::new(""));
        let with_rest = |base: Utf8PathBuf| normal(&base.join(rest));
        if let Ok(existing) = ancestor.canonicalize_utf8() {
            return with_rest(existing);
        }
        if let (Ok(target), Some(parent), 1..) =
            (ancestor.read_link_utf8(), ancestor.parent(), links)
        {
            return resolved(&parent.join(target).join(rest), links - 1);
        }
    }
    normal(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::sandbox::Sandbox;

    #[test]
    fn what_no_project_gets() {
        let mut sandbox = Sandbox::new();
        let socket = sandbox.top.join("run/agent/ssh.sock");
        sandbox
            .host
            .environment
            .insert("SSH_AUTH_SOCK".to_owned(), socket.to_string());
        sandbox.host.environment.insert(
            "DOCKER_HOST".to_owned(),
            format!("unix://{}/engine/docker.sock", sandbox.top),
        );
        let home = sandbox.host.home.clone();
        for path in [
            "/",
            "/etc",
            "/etc/passwd",
            "/proc/1/root",
            "/run",
            "/run/docker.sock",
            "/var/run/docker.sock",
            "/run/user/1000/podman/podman.sock",
            "/var/lib/docker/volumes",
            "/var",
            "/var/lib",
            "/home/bob",
            "/usr/../etc",
            "/tmp/../root",
        ] {
            assert!(reason(path.into(), &sandbox.host).is_some(), "{path}");
        }
        for path in [
            "",
            ".ssh",
            ".ssh/id_ed25519",
            ".gnupg",
            ".aws/credentials",
            ".config",
            ".config/gh/hosts.yml",
            ".local/share",
            ".config/ocx",
            ".config/ocx/ocx.toml",
            ".local/share/ocx/auth.json",
            ".cache",
            "work/../.ssh",
        ] {
            assert!(reason(&home.join(path), &sandbox.host).is_some(), "{path}");
        }
        for path in ["run", "run/agent", "run/agent/ssh.sock", "engine", ""] {
            let path = sandbox.top.join(path);
            assert!(reason(&path, &sandbox.host).is_some(), "{path}");
        }
        for path in [
            home.join("datasets"),
            home.join("work/app/docker"),
            home.join(".config-of-mine"),
            home.join(".sshd"),
            "/srv/data".into(),
            "/opt/tools".into(),
            "/usr/share/dict".into(),
            "/run/media/ann/disk".into(),
        ] {
            assert_eq!(reason(&path, &sandbox.host), None, "{path}");
        }
    }

    #[test]
    fn through_links_too() {
        let sandbox = Sandbox::new();
        let home = &sandbox.host.home;
        sandbox.write("home/.ssh/id_rsa", "x");
        let link = |target: &Utf8Path, name: &str| {
            let link = sandbox.host.current_dir.join(name);
            std::os::unix::fs::symlink(target, &link).unwrap();
            link
        };
        for (target, name) in [
            (home.clone(), "a"),
            (home.join(".ssh"), "b"),
            (Utf8PathBuf::from("/etc"), "c"),
            (home.join("work/app/b"), "twice"),
            // It may come to be.
            (home.join(".gnupg"), "dangling"),
        ] {
            let link = link(&target, name);
            assert!(reason(&link, &sandbox.host).is_some(), "{name}");
            // Of home, only some of what is in it.
            let within = reason(&link.join("x/y"), &sandbox.host);
            assert_eq!(within.is_some(), name != "a", "{name}");
        }
        // Round and round: it leads nowhere, and comes to an end.
        link(&home.join("work/app/round"), "round");
        let round = sandbox.host.current_dir.join("round/x");
        assert_eq!(reason(&round, &sandbox.host), None);
        // And where home, or a directory of keys, is itself a link.
        sandbox.directory("disk/keys");
        std::os::unix::fs::symlink(sandbox.top.join("disk/keys"), home.join(".gnupg")).unwrap();
        let real = sandbox.top.join("disk/keys/private");
        assert!(reason(&real, &sandbox.host).is_some());
    }

    #[test]
    fn sockets_wherever_they_are() {
        let sandbox = Sandbox::new();
        let path = sandbox.directory("anywhere").join("s");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(reason(&path, &sandbox.host).is_some());
        assert_eq!(reason(path.parent().unwrap(), &sandbox.host), None);
    }
}
