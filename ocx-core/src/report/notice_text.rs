//! Facts that the user should know, in words. What to type is the command line's to say.

use std::fmt;

use super::Notice;

/// How many paths a notice names.
const MOST_NAMED: usize = 8;

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnenforcedLimits(names) => {
                let names = names.join(", ");
                write!(f, "the engine cannot enforce {names} here, so it is not limited")
            }
            Self::NoInit => f.write_str("the engine has no init process; opencode runs as process 1"),
            Self::InitDoesNotStart { engine } => write!(
                f,
                "{engine} starts no container with its init process, which seems not to be installed; going on without it"
            ),
            Self::NoSeccomp { engine } => write!(
                f,
                "{engine} does not filter system calls (seccomp) in its containers, so a session is less confined than it could be"
            ),
            Self::ImagesAreCopied { engine } => write!(
                f,
                "{engine} keeps its images with the storage driver vfs, which copies all files of an image for each session: another driver is faster"
            ),
            Self::EphemeralHome => f.write_str(
                "the project is in no Git repository, so nothing of this session is kept (data_volumes_mode = \"git\")",
            ),
            Self::ForbiddenAbsent(paths) => {
                let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
                let paths = paths.join(", ");
                write!(f, "forbidden but not there, and the session ends if it appears: {paths}")
            }
            Self::HiddenTracked { paths, are_kept } => {
                let named: Vec<String> = paths
                    .iter()
                    .take(MOST_NAMED)
                    .map(|path| format!("`{path}`"))
                    .collect();
                let named = named.join(", ");
                let more = paths.len().saturating_sub(MOST_NAMED);
                let more = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                let then = if *are_kept {
                    "commits leave them as they are"
                } else {
                    "`git commit --all` would commit them as empty or deleted"
                };
                write!(
                    f,
                    "hidden, but in Git's history, where the session can read them: {named}{more}; {then}"
                )
            }
            Self::OutOfReach(finding) => finding.fmt(f),
            Self::MoreOutOfReach { count } => {
                write!(f, "there are {count} more places in the base's PATH with programs that cannot run")
            }
            Self::McpCommandMissing { server, program, base } => write!(
                f,
                "the MCP server `{server}` is started by `{program}`, which {base} does not have"
            ),
            Self::NoGit { base } => write!(f, "{base} has no `git`, so nothing can be committed in sessions"),
            Self::NoShell => f.write_str("the base image has no shell, so the agent cannot run commands"),
            Self::NoHostAlias => f.write_str("the engine gives the host no name in containers"),
            Self::NoGroups => f.write_str(
                "the engine cannot pass your groups on, so `keep_groups` has no effect (rootless Podman needs crun for it)",
            ),
            Self::Downgrade { from, to } => write!(
                f,
                "opencode {from} has used this project's sessions; {to} may not be able to read them"
            ),
            Self::NotCopied { file, reason } => {
                write!(f, "`{file}` was not copied into the session: {reason}")
            }
            Self::ReferenceNotCarried {
                file,
                reference,
                path,
            } => write!(
                f,
                "{file} has `{reference}`, and sessions do not have the file: `{path}` is not there, no file, or in the project under another name"
            ),
            Self::VariableNotPassed { file, name } => write!(
                f,
                "{file} has `{{env:{name}}}`, which is empty in sessions: `env_passthrough = [\"{name}\"]` in your own settings passes it on"
            ),
            Self::Loopback { file, url, .. } => write!(
                f,
                "{file} uses {url}, which is the container's own address inside"
            ),
            Self::Credentials { problem } => f.write_str(problem),
            Self::LoginRefreshed { provider } => write!(
                f,
                "the login for {provider} was refreshed in this project, so the host's own may no longer be valid"
            ),
            Self::LoginsWithheld(names) => write!(
                f,
                "sessions of this project do not get your logins for {}, which your opencode configuration does not choose",
                names.join(", ")
            ),
            Self::KeysInside { providers } => write!(
                f,
                "the API keys for {} are inside the session, since their addresses are not known",
                some_of(providers)
            ),
            Self::GitGuarded { finding } => f.write_str(finding),
            Self::GitUnsigned => f.write_str(
                "what is committed in sessions of this project is not signed, since your key stays outside",
            ),
            Self::GitPrograms(keys) => write!(
                f,
                "Git in sessions of this project does without programs that your own Git runs: {}",
                some_of(keys)
            ),
            Self::StoppedFromElsewhere { session } => {
                write!(f, "session {session} was stopped from elsewhere")
            }
            Self::DevcontainerLeftOut { file, left_out } => write!(
                f,
                "{file} is followed, but for {}: {}",
                left_out.name, left_out.why
            ),
            Self::NoSshAgent { socket: None } => f.write_str(
                "there is no SSH agent for the session, since SSH_AUTH_SOCK is not set",
            ),
            Self::NoSshAgent {
                socket: Some(socket),
            } => write!(
                f,
                "there is no SSH agent for the session, since SSH_AUTH_SOCK names `{socket}`, which is no socket"
            ),
            Self::SshAgentNotLent => f.write_str(
                "`env_passthrough` names SSH_AUTH_SOCK, but the socket is not in the session, so no agent answers",
            ),
            Self::Refused { destinations } => write!(
                f,
                "the session asked for what it may not reach: {}",
                some_of(destinations)
            ),
            Self::HostPending { destination } => {
                write!(f, "the session asks to reach `{destination}`, and waits for your word")
            }
            Self::PortOpen { port, taken: None } => {
                write!(f, "port {} of the session is {}", port.inside, port.on_host())
            }
            Self::PortOpen {
                port,
                taken: Some(taken),
            } => write!(
                f,
                "port {} of the session is {}, since {taken} is taken",
                port.inside,
                port.on_host()
            ),
            Self::LoginUrl { url } => write!(f, "the login asks to open {url}"),
            Self::LoginUrlRefused { url, why } => {
                write!(f, "the login asked to open `{url}`, which is not opened: {why}")
            }
            Self::CallbackOpen { port } => {
                write!(f, "the login is waited for at port {port} of this machine's 127.0.0.1")
            }
            Self::CallbackTaken { address, problem } => write!(
                f,
                "the login cannot come back, since {address} of this machine cannot be had: {problem}"
            ),
            Self::HostUnanswered { ports } => {
                let at = |port: &u16| format!("127.0.0.1:{port}");
                let ports: Vec<String> = ports.iter().map(at).collect();
                write!(
                    f,
                    "the session asked for what does not answer on the host: {}",
                    some_of(&ports)
                )
            }
            Self::BridgeNotEntered => {
                f.write_str("the session's program did not come to its bridge, so it did not begin")
            }
            Self::Clone(notice) => notice.fmt(f),
            Self::EndNotRecorded { problem } => write!(
                f,
                "what changed in this session could not be written down, so all that changes counts as an agent's: {problem}"
            ),
            Self::ProjectConfigLeftOut { left_out, changed } if changed.is_empty() => write!(
                f,
                "opencode starts without what the project brings for it, since nobody has agreed to that: {}",
                some_of(left_out)
            ),
            Self::ProjectConfigLeftOut { left_out, changed } => write!(
                f,
                "opencode starts without what the project brings for it ({}), since a session changed {}",
                some_of(left_out),
                some_of(changed)
            ),
            Self::ServerPassword { file } => write!(
                f,
                "clients log in to the server as `opencode` with the password in {file}"
            ),
            Self::NewerVersion { newer, used } => write!(
                f,
                "opencode {newer} is out (in use: {used})"
            ),
            Self::VersionChanges { change } => f.write_str(change),
            Self::LatestUnknown { used, reason } => {
                write!(f, "using opencode {used}, the newest version at hand: {reason}")
            }
            Self::BaseGone { base } => write!(
                f,
                "base image {base} is gone; using the image that was built on it"
            ),
            Self::ImageNotProven { image, doubt } => write!(
                f,
                "{image} is not used: there is no record that ocx built it, and {doubt}"
            ),
            Self::ChosenSession { session, running } => write!(
                f,
                "in session {session}, the newest of {running}"
            ),
            Self::AbandonedSession { session } => {
                write!(f, "the ocx of session {session} is gone; stopping it")
            }
            Self::SlowEngine {
                engine,
                silent,
                limit,
            } => write!(
                f,
                "{engine} has not answered for {} seconds; waiting up to {}",
                silent.as_secs(),
                limit.as_secs()
            ),
            Self::BaseNotFromRegistry { base } => write!(
                f,
                "{base} was not fetched from a registry, so there is nothing newer to fetch"
            ),
            Self::BaseNotChecked { base, reason } => {
                write!(f, "{base} is used as it is; to build it anew would need your word: {reason}")
            }
            Self::WouldAskFirst { about } => {
                write!(f, "this would be asked about first: {about}")
            }
            Self::NoNewerBase { base } => write!(
                f,
                "could not ask the registry for a newer {base}; using the image that is here"
            ),
            Self::BuildingOnLocalImages { base } => write!(
                f,
                "could not build {base} on what its registries have now; trying with the images that are here"
            ),
            Self::BinaryDoesNotRun { package, base } => {
                write!(f, "{package} does not run in {base}")
            }
            Self::NoRipgrep { reason } => write!(
                f,
                "opencode's search needs `rg` in the base, since ripgrep could not be added: {reason}"
            ),
            Self::BuildingOnceMore => f.write_str(
                "an image was removed meanwhile, on which the build may have failed; building once more",
            ),
        }
    }
}

fn some_of(paths: &[impl fmt::Display]) -> String {
    let mut named: Vec<String> = paths
        .iter()
        .take(MOST_NAMED)
        .map(|path| format!("`{path}`"))
        .collect();
    if paths.len() > MOST_NAMED {
        named.push(format!("{} more", paths.len() - MOST_NAMED));
    }
    named.join(", ")
}
