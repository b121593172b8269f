//! What tells one engine from another without asking it.

use std::{fs, os::unix::fs::MetadataExt, time::UNIX_EPOCH};

use camino::Utf8Path;
use ocx_core::{host::Host, ops::EngineKey};
use ocx_docker::Endpoint;
use ocx_podman::Installation;

/// The key of Docker behind `program` at `endpoint`. A daemon that was started again has another file
/// of its process ID beside its socket, also where systemd holds the socket for it.
pub(crate) fn of_docker(host: &Host, program: &Utf8Path, endpoint: &Endpoint) -> EngineKey {
    let socket = endpoint
        .socket()
        .map(|socket| identity(&socket))
        .unwrap_or_default();
    let daemon = endpoint
        .socket()
        .map(|socket| identity(&socket.with_file_name("docker.pid")))
        .unwrap_or_default();
    EngineKey::new(&[
        "docker",
        &identity(program),
        &endpoint.context,
        endpoint.host.as_deref().unwrap_or_default(),
        &socket,
        &daemon,
        &host.user.uid.to_string(),
    ])
}

/// The key of Podman behind `program`. What decides about its answers counts, too: where its service
/// is, whether it has an init process, which subordinate IDs there are, and what its configuration
/// says.
pub(crate) fn of_podman(host: &Host, program: &Utf8Path, installation: &Installation) -> EngineKey {
    let variable = |name| host.variable(name).unwrap_or_default();
    let init = installation.init_program.as_deref();
    let storage = ["/usr/share", "/etc"]
        .map(|directory| format!("{directory}/containers/storage.conf").into());
    let own_storage = host.dirs.config.with_file_name("containers/storage.conf");
    let configuration: String = storage
        .iter()
        .chain([&own_storage, &variable("CONTAINERS_STORAGE_CONF").into()])
        .chain(installation.configuration.files())
        .map(|file| identity(file))
        .collect();
    EngineKey::new(&[
        "podman",
        &identity(program),
        variable("CONTAINER_HOST"),
        variable("CONTAINER_CONNECTION"),
        init.map_or("", Utf8Path::as_str),
        &identity(Utf8Path::new("/etc/subuid")),
        &identity(Utf8Path::new("/etc/subgid")),
        &configuration,
        &host.user.uid.to_string(),
    ])
}

/// Path, inode, owner, size and time of a file: another one in its place has others.
fn identity(path: &Utf8Path) -> String {
    let Ok(metadata) = fs::metadata(path) else {
        return format!("{path}: none");
    };
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |time| time.as_nanos());
    format!(
        "{path}: {} {} {} {modified}",
        metadata.ino(),
        metadata.uid(),
        metadata.len()
    )
}
