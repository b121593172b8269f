//! The user's SSH agent.

use std::os::unix::fs::FileTypeExt as _;

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};

use super::{Begun, Opening, Part};
use crate::{
    bridge::{Doorway, ssh_proxy_command},
    host::Host,
    layout,
    ops::SessionError,
    report::Notice,
    session::plan::{Causes, Contribution, setting},
    settings::{NetworkMode, Settings},
    spec::{Access, EnvName, EnvValue, Mount, Network, Piece},
};

/// The variable that names an agent's socket.
const SOCKET: &str = "SSH_AUTH_SOCK";

/// The variable for what Git runs in place of `ssh`.
const COMMAND: &str = "GIT_SSH_COMMAND";

/// Lends the agent if the settings say so.
pub(super) struct SshAgent;

#[async_trait]
impl Part for SshAgent {
    fn purpose(&self) -> &'static str {
        "your SSH agent"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let (host, settings) = (&opening.ocx.host, &opening.ocx.settings);
        let mut contribution = Contribution::default();
        if !is_lent(settings) {
            if names_dead_socket(host, settings) {
                contribution.notes.push(Notice::SshAgentNotLent);
            }
            return Ok(contribution.into());
        }
        match socket(host) {
            Ok(socket) => lend(&mut contribution, &socket, host, settings),
            Err(socket) => contribution.notes.push(Notice::NoSshAgent { socket }),
        }
        Ok(contribution.into())
    }
}

/// Whether a session is to have the agent. Without any network it reaches nobody who asks for a signature.
pub(super) fn is_lent(settings: &Settings) -> bool {
    let reaches_nobody = settings.network == NetworkMode::Engine(Network::None);
    settings.ssh_agent && !reaches_nobody
}

/// The agent's socket; the error is what is in its place.
fn socket(host: &Host) -> Result<Utf8PathBuf, Option<Utf8PathBuf>> {
    let named = Utf8PathBuf::from(host.variable(SOCKET).ok_or(None)?);
    // It may be a link that follows the newest agent.
    match named.canonicalize_utf8() {
        Ok(path) if is_socket(&path) => Ok(path),
        _ => Err(Some(named)),
    }
}

fn is_socket(path: &Utf8Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.file_type().is_socket())
}

fn lend(contribution: &mut Contribution, socket: &Utf8Path, host: &Host, settings: &Settings) {
    let because_of = [setting("ssh_agent"), setting("network")];
    // Nobody needs to write to it but by speaking with the agent.
    let mut mounts = vec![Mount::bind(socket, layout::SSH_AGENT, Access::ReadOnly)];
    let known_hosts = host.home.join(".ssh/known_hosts");
    if let Ok(path) = known_hosts.canonicalize_utf8()
        && path.is_file()
    {
        let mount = Mount::bind(path, layout::SSH_KNOWN_HOSTS, Access::ReadOnly);
        mounts.push(mount);
    }
    contribution.causes = Causes::of_mounts(&mounts, &because_of);
    contribution.mounts = mounts;
    // A host that the user has never met is not met by an agent.
    let mut command = format!(
        "ssh -o UserKnownHostsFile={} -o StrictHostKeyChecking=yes",
        layout::SSH_KNOWN_HOSTS
    );
    if settings.network.is_by_rules() {
        // SSH finds no other way out.
        let port = Doorway::to_proxy(&settings.host_ports).port;
        command = format!("{command} -o 'ProxyCommand={}'", ssh_proxy_command(port));
    }
    let mut variable = |name: &str, value: &str| {
        let name: EnvName = name.parse().expect("a valid name");
        let piece = Piece::Variable(name.clone());
        contribution.causes.set(piece, because_of);
        (name, EnvValue::Plain(value.to_owned()))
    };
    let of_socket = variable(SOCKET, layout::SSH_AGENT);
    let of_command = variable(COMMAND, &command);
    contribution.environment.extend([of_socket]);
    contribution.inherited.extend([of_command]);
}

/// Whether the settings pass on the name of a socket that is not in the session.
fn names_dead_socket(host: &Host, settings: &Settings) -> bool {
    let names = |name: &EnvName| name.as_str() == SOCKET;
    let Some(socket) = host.variable(SOCKET).map(Utf8Path::new) else {
        return false;
    };
    settings.env_passthrough.iter().any(names)
        && !settings.env.keys().any(names)
        && !settings
            .extra_mounts
            .iter()
            .any(|mount| socket.starts_with(&mount.target))
}
