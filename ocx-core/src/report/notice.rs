//! Facts that the user should know.

use std::{fmt, time::Duration};

use camino::Utf8PathBuf;

use super::CloneNotice;
use crate::image::{ImageReference, OpencodeVersion};

/// How many paths a notice names.
const MOST_NAMED: usize = 8;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The user need not act on it.
    Note,
    /// Something is worse than the user would expect.
    Warning,
}

/// A fact that the user should know. [`fmt::Display`] says it in one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Limits that were asked for and that the engine cannot enforce, by the names of their settings.
    /// It is told once, until they are others.
    UnenforcedLimits(Vec<&'static str>),
    /// The engine has no init process.
    NoInit,
    /// The engine starts no container with its init process.
    InitDoesNotStart {
        /// The engine.
        engine: String,
    },
    /// The engine filters no system calls.
    NoSeccomp {
        /// The engine.
        engine: String,
    },
    /// The engine copies all files of an image for each session.
    ImagesAreCopied {
        /// The engine.
        engine: String,
    },
    /// `data_volumes_mode = "git"`, and the project is in no Git repository.
    EphemeralHome,
    /// Forbidden paths that do not exist.
    ForbiddenAbsent(Vec<Utf8PathBuf>),
    /// Hidden files that Git tracks, so that their content is in the history. Only some
    /// are named.
    HiddenTracked {
        /// Relative to the project's root.
        paths: Vec<Utf8PathBuf>,
        /// Whether the session's Git leaves them alone, so that it does not commit that they are empty.
        are_kept: bool,
    },
    /// The base has no shell, so opencode's shell tool does not work.
    NoShell,
    /// The host's name in containers was asked for, and the engine cannot give it.
    NoHostAlias,
    /// The user's supplementary groups were asked for, and the engine cannot pass them on.
    NoGroups,
    /// A newer version of opencode has used the project's data.
    Downgrade {
        /// The newest version that used it.
        from: OpencodeVersion,
        /// The version that uses it now.
        to: OpencodeVersion,
    },
    /// Something of the user's opencode configuration was not copied.
    NotCopied {
        /// The file on the host.
        file: Utf8PathBuf,
        /// Why not.
        reason: String,
    },
    /// The user's opencode configuration has an address on the host's loopback, which the session's
    /// network does not reach.
    Loopback {
        /// The file that has it, relative to the configuration directory.
        file: Utf8PathBuf,
        /// The address.
        url: String,
    },
    /// Trouble with files of credentials.
    Credentials {
        /// What is wrong.
        problem: String,
    },
    /// A session refreshed a login, so the host's own may have become useless. It stays the project's
    /// own until the user takes it over.
    LoginRefreshed {
        /// The provider.
        provider: String,
    },
    /// Keys or logins that the host has and a session of this project does not get, other than the
    /// last time, by model provider or MCP server.
    LoginsWithheld(Vec<String>),
    /// Something that a session did to the project's Git directories and that was put back, or files
    /// that it changed and that programs of the host run on their own.
    GitGuarded {
        /// What was found.
        finding: String,
    },
    /// A fact about a session's private clone.
    Clone(CloneNotice),
    /// That a session has ended could not be written down, so it counts as running.
    EndNotRecorded {
        /// Why not.
        problem: String,
    },
    /// opencode starts without what the project brings for it.
    ProjectConfigLeftOut {
        /// What that is, relative to the project's root.
        left_out: Vec<Utf8PathBuf>,
        /// What sessions changed of it, relative to the project's root; empty if nobody has agreed to any
        /// of it yet.
        changed: Vec<Utf8PathBuf>,
    },
    /// Where the password of opencode's server stands.
    ServerPassword {
        /// The file.
        file: Utf8PathBuf,
    },
    /// A newer version of opencode is known.
    NewerVersion {
        /// That one.
        newer: OpencodeVersion,
        /// The one in use.
        used: OpencodeVersion,
    },
    /// Another version of opencode is used from now on.
    VersionChanges {
        /// The change.
        change: String,
    },
    /// The registry could not be asked for the newest version.
    LatestUnknown {
        /// The version that is used instead.
        used: OpencodeVersion,
        /// Why it could not be asked.
        reason: String,
    },
    /// The base is gone; the image that was built on it is used.
    BaseGone {
        /// The base.
        base: ImageReference,
    },
    /// An image has a name and labels of ocx's, but there is no record of it, and it has not proved to
    /// be one of ocx's. It is not used.
    ImageNotProven {
        /// The image.
        image: ImageReference,
        /// What speaks against it.
        doubt: String,
    },
    /// A program runs in one of several sessions.
    ChosenSession {
        /// That one.
        session: String,
        /// How many there are.
        running: usize,
    },
    /// The ocx of a session is gone, so the session is stopped.
    AbandonedSession {
        /// The session.
        session: String,
    },
    /// The engine takes its time.
    SlowEngine {
        /// The engine.
        engine: String,
        /// For how long it has said nothing.
        silent: Duration,
        /// How long it is waited for altogether.
        limit: Duration,
    },
    /// The base was never fetched, so nothing newer can be.
    BaseNotFromRegistry {
        /// The base.
        base: ImageReference,
    },
    /// A base is used as it is, since nobody has agreed to build it from what is there now.
    BaseNotChecked {
        /// The base.
        base: ImageReference,
        /// Why that would need somebody's word.
        reason: String,
    },
    /// A dry run goes on where ocx would ask, or refuse.
    WouldAskFirst {
        /// What it would ask about.
        about: String,
    },
    /// The registry could not be asked for a newer base.
    NoNewerBase {
        /// The base.
        base: ImageReference,
    },
    /// A base could not be built on what the registries of its images have.
    BuildingOnLocalImages {
        /// The base.
        base: ImageReference,
    },
    /// A build of opencode does not run in the base; another one is tried.
    BinaryDoesNotRun {
        /// Its package.
        package: String,
        /// The base.
        base: ImageReference,
    },
    /// There is no ripgrep for the layer.
    NoRipgrep {
        /// Why not.
        reason: String,
    },
    /// A build may have failed since an image vanished meanwhile, so it is repeated.
    BuildingOnceMore,
}

impl Notice {
    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::Clone(notice) => notice.severity(),
            Self::InitDoesNotStart { .. }
            | Self::NoSeccomp { .. }
            | Self::ImagesAreCopied { .. }
            | Self::Downgrade { .. }
            | Self::Loopback { .. }
            | Self::Credentials { .. }
            | Self::ImageNotProven { .. }
            | Self::LatestUnknown { .. }
            | Self::BaseNotChecked { .. }
            | Self::HiddenTracked { .. }
            | Self::ProjectConfigLeftOut { .. }
            | Self::NoNewerBase { .. }
            | Self::BuildingOnLocalImages { .. }
            | Self::NoRipgrep { .. } => Severity::Warning,
            Self::UnenforcedLimits(_)
            | Self::NoInit
            | Self::EphemeralHome
            | Self::ForbiddenAbsent(_)
            | Self::NoShell
            | Self::NoHostAlias
            | Self::NoGroups
            | Self::NotCopied { .. }
            | Self::LoginRefreshed { .. }
            | Self::LoginsWithheld(_)
            | Self::GitGuarded { .. }
            | Self::EndNotRecorded { .. }
            | Self::ServerPassword { .. }
            | Self::NewerVersion { .. }
            | Self::VersionChanges { .. }
            | Self::BaseGone { .. }
            | Self::ChosenSession { .. }
            | Self::AbandonedSession { .. }
            | Self::SlowEngine { .. }
            | Self::BaseNotFromRegistry { .. }
            | Self::WouldAskFirst { .. }
            | Self::BinaryDoesNotRun { .. }
            | Self::BuildingOnceMore => Severity::Note,
        }
    }
}

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
            Self::Loopback { file, url } => write!(
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
            Self::GitGuarded { finding } => f.write_str(finding),
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

fn some_of(paths: &[Utf8PathBuf]) -> String {
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
