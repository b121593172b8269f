//! What tells one engine from another without asking it.

use std::{fs, os::unix::fs::MetadataExt, time::UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_core::{host::Host, ops::EngineKey};
use ocx_docker::Endpoint;

/// The key of Docker behind `program` at `endpoint`.
pub(crate) fn of_docker(host: &Host, program: &Utf8Path, endpoint: &Endpoint) -> EngineKey {
    let address = endpoint.host.as_deref().unwrap_or_default();
    let socket = endpoint
        .socket()
        .map(|socket| identity(&socket))
        .unwrap_or_default();
    let program = found_in_path(host, program);
    let uid = host.user.uid.to_string();
    EngineKey::new(&[
        "docker",
        &identity(&program),
        &endpoint.context,
        address,
        &socket,
        &uid,
    ])
}

/// Path, inode, owner and time of a file: another program or socket in its place has others.
fn identity(path: &Utf8Path) -> String {
    let Ok(metadata) = fs::metadata(path) else {
        return format!("{path}: none");
    };
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |time| time.as_nanos());
    format!("{path}: {} {} {modified}", metadata.ino(), metadata.uid())
}

fn found_in_path(host: &Host, program: &Utf8Path) -> Utf8PathBuf {
    if program.as_str().contains('/') {
        return program.to_owned();
    }
    let path = host.variable("PATH").unwrap_or_default();
    path.split(':')
        .map(|directory| Utf8Path::new(directory).join(program))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| program.to_owned())
}
