//! Finding Docker, with its daemon run by root or by the user.

use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::process::Pid;

use super::{Engine, EngineCli, EngineKind, Lane, System, Unusable};

const DEFAULT_SOCKET: &str = "unix:///var/run/docker.sock";

/// The engine that the `docker` command uses on this machine, if root runs its daemon.
pub(super) fn find() -> Result<Engine, Unusable> {
    let cli = EngineCli::new(program(System::Machine)?, Vec::new());
    // Commands in a sandbox have another home, so they do not know the user's contexts.
    let host = std::env::var("DOCKER_HOST")
        .ok()
        .filter(|host| !host.is_empty())
        .unwrap_or_else(|| {
            cli.require(&[
                "context",
                "inspect",
                "--format",
                "{{.Endpoints.docker.Host}}",
            ])
        });
    let engine = at(Lane::Docker, System::Machine, &host)?;
    if is_rootless(engine.cli()) {
        return Err(Unusable(format!("the Docker engine at {host} is rootless")));
    }
    Ok(engine)
}

/// The engine of `lane` that listens at `host`, asked by the client of `system`.
pub(super) fn at(lane: Lane, system: System, host: &str) -> Result<Engine, Unusable> {
    let environment = if host == DEFAULT_SOCKET {
        Vec::new()
    } else {
        vec![("DOCKER_HOST".to_owned(), host.to_owned())]
    };
    let cli = EngineCli::new(program(system)?, environment).in_system(system);
    let version = cli.ask(&["version", "--format", "{{json .Server}}"]);
    let stdout = String::from_utf8_lossy(&version.stdout);
    if !version.status.success() || stdout.trim() == "null" {
        let stderr = String::from_utf8_lossy(&version.stderr);
        return Err(Unusable(format!(
            "no Docker engine answers at {host}: {}",
            stderr.trim()
        )));
    }
    if stdout.contains("Podman") {
        return Err(Unusable("`docker` is really Podman".to_owned()));
    }
    let mut engine = Engine::new(lane, cli);
    if lane.kind() == EngineKind::Docker {
        engine.groups.extend(socket(host).and_then(group_of_socket));
    }
    Ok(engine)
}

/// Whether the daemon runs as an ordinary user.
pub(super) fn is_rootless(cli: &EngineCli) -> bool {
    cli.require(&["info", "--format", "{{json .SecurityOptions}}"])
        .contains("name=rootless")
}

/// The path of the socket at `host`.
pub(super) fn socket(host: &str) -> Option<&str> {
    host.strip_prefix("unix://")
}

/// The process of the daemon that listens at the engine's address.
pub(super) fn daemon(engine: &Engine) -> Option<Pid> {
    let (_, host) = engine
        .cli()
        .environment()
        .iter()
        .find(|(name, _)| name == "DOCKER_HOST")?;
    let stream = std::os::unix::net::UnixStream::connect(socket(host)?).ok()?;
    let peer = rustix::net::sockopt::socket_peercred(&stream).ok()?;
    Some(peer.pid)
}

fn program(system: System) -> Result<camino::Utf8PathBuf, Unusable> {
    system
        .program("docker")
        .ok_or_else(|| Unusable("there is no `docker` command in PATH".to_owned()))
}

fn group_of_socket(path: &str) -> Option<u32> {
    let socket = std::fs::metadata(path).ok()?;
    (socket.file_type().is_socket() && socket.mode() & 0o060 == 0o060).then(|| socket.gid())
}
