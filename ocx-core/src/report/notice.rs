//! Facts that the user should know.

use std::{net::SocketAddr, time::Duration};

use camino::Utf8PathBuf;

use super::CloneNotice;
use crate::{
    browser_login::{LoginUrl, UrlRefusal},
    described_base::LeftOut,
    image::{ImageReference, OpencodeVersion},
    port_forward::ForwardedPort,
    search_path::OutOfReach,
};

/// A fact that the user should know. [`Display`](std::fmt::Display) says it in one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Limits in the settings, ocx's own defaults among them, that the engine cannot enforce, by the names
    /// of their settings.
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
    /// The base has programs in its search path that the user of a session cannot run.
    OutOfReach(OutOfReach),
    /// There are more places of that kind.
    MoreOutOfReach {
        /// How many.
        count: usize,
    },
    /// The base has no program to start a local MCP server by.
    McpCommandMissing {
        /// The server.
        server: String,
        /// The program.
        program: String,
        /// The base.
        base: ImageReference,
    },
    /// The project is a Git repository, and the base has no Git.
    NoGit {
        /// The base.
        base: ImageReference,
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
    /// The user's opencode configuration takes a value from a file that a session does not get.
    ReferenceNotCarried {
        /// The file that refers to it, relative to the configuration directory.
        file: Utf8PathBuf,
        /// The reference as it is written.
        reference: String,
        /// The file that is meant, on the host.
        path: Utf8PathBuf,
    },
    /// The user's opencode configuration takes a value from a variable that a session does not get.
    VariableNotPassed {
        /// The file that refers to it, relative to the configuration directory.
        file: Utf8PathBuf,
        /// The variable.
        name: String,
    },
    /// The user's opencode configuration has an address on the host's loopback, which the session's
    /// network does not reach.
    Loopback {
        /// The file that has it, relative to the configuration directory.
        file: Utf8PathBuf,
        /// The address.
        url: String,
        /// Its port.
        port: Option<u16>,
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
    /// API keys are inside a session that has its keys outside, since nobody knows where these providers
    /// are asked.
    KeysInside {
        /// The providers.
        providers: Vec<String>,
    },
    /// Something that a session did to the project's Git directories and that was put back, or files
    /// that it changed and that programs of the host run on their own.
    GitGuarded {
        /// What was found.
        finding: String,
    },
    /// The user's Git signs commits or tags, and a session's cannot. It is told once in each project.
    GitUnsigned,
    /// The user's Git runs programs that a session's does not have, by their keys in Git's configuration.
    /// It is told once in each project.
    GitPrograms(Vec<String>),
    /// A `devcontainer.json` is followed, but for this. It is told once in each project.
    DevcontainerLeftOut {
        /// The file, relative to the project.
        file: Utf8PathBuf,
        /// What is not followed, and why.
        left_out: LeftOut,
    },
    /// The user's SSH agent was asked for, and there is none.
    NoSshAgent {
        /// What is no socket; `None` if nothing names one.
        socket: Option<Utf8PathBuf>,
    },
    /// The variable that names the socket of the user's SSH agent is passed on, and the socket is not.
    SshAgentNotLent,
    /// A session asked for what it may not reach.
    Refused {
        /// Hosts and ports, each once, sorted.
        destinations: Vec<String>,
    },
    /// A session asks for a host that no rule is about, and waits for the user's word. It is told once for
    /// each host, at the time, when the session's program may have the terminal.
    HostPending {
        /// The host and the port.
        destination: String,
    },
    /// A port of the session is on the host.
    PortOpen {
        /// Which, and where.
        port: ForwardedPort,
        /// The port of the host that was asked for, if that was taken.
        taken: Option<u16>,
    },
    /// A login asks for an address to be opened in the user's browser. That is the reader's to do; the
    /// port that the browser comes back to is open.
    LoginUrl {
        /// The address.
        url: LoginUrl,
    },
    /// A login asked for something to be opened that is not.
    LoginUrlRefused {
        /// The beginning of what it asked for, which may be anything.
        url: String,
        /// Why not.
        why: UrlRefusal,
    },
    /// A port on which a login listens is on the host under the same number.
    CallbackOpen {
        /// The port.
        port: u16,
    },
    /// A port on which a login listens cannot be had on the host, so nobody could come back to it.
    CallbackTaken {
        /// The address of the host.
        address: SocketAddr,
        /// What the system said.
        problem: String,
    },
    /// A session asked for ports of the host's loopback interface on which nothing answered.
    HostUnanswered {
        /// The ports, sorted.
        ports: Vec<u16>,
    },
    /// A session has not come to its bridge to the network and the host, so its program did not begin.
    BridgeNotEntered,
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
    /// Somebody stopped the session by another command of ocx's.
    StoppedFromElsewhere {
        /// Its ID.
        session: String,
    },
}
