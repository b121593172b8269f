//! Why a use case did not work out.

use std::{error::Error, io, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};

use crate::ops::{BuildNotTrusted, ProgramProblem, confine::Finding};
use crate::{
    base::{BaseError, NewerSyntax, ProbeError},
    bridge::DoorError,
    clones::CloneError,
    credentials::AuthStoreError,
    disk::ContentStoreError,
    git_guard::{GitAlarm, GitGuardError},
    hidden::{Exposure, HiddenError},
    identity::IdentityError,
    image::{ImageReference, OpencodeVersion},
    layer::{ContextError, UnusablePath},
    opencode::{FetchError, LatestError},
    opencode_config::ConfigCopyError,
    runtime::{BuildObstacle, CommandError, EngineName, RuntimeError},
    session::EnvFileError,
    state::{DataLockError, ProjectStoreError, SessionFilesError},
    trust::TrustError,
};

/// Why a use case did not work out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OcxError {
    /// The base cannot be resolved.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// The base image does not exist, and nothing says how to make it.
    #[error(
        "base image `{image}` is not in the local storage of {engine}, and no `custom_base_dockerfile` is set to build it from"
    )]
    BaseMissing {
        /// The image.
        image: ImageReference,
        /// The engine.
        engine: EngineName,
    },
    /// An image that was to be looked into does not exist.
    #[error("image `{image}` is not in the local storage of {engine}")]
    ImageMissing {
        /// The image, as the user wrote it.
        image: String,
        /// The engine.
        engine: EngineName,
    },
    /// An image of the base's name was built by ocx, but from another Dockerfile.
    #[error(
        "base image `{image}` was built from another Dockerfile, `{built_from}`{}; the project `{project}` has `{wanted}`",
        for_project(.maker.as_deref())
    )]
    BaseOfAnother {
        /// The image.
        image: ImageReference,
        /// The Dockerfile that it was built from.
        built_from: Utf8PathBuf,
        /// The project that had it built, if that is on record and another than this.
        maker: Option<Utf8PathBuf>,
        /// The Dockerfile in the settings.
        wanted: Utf8PathBuf,
        /// The project that wants it.
        project: Utf8PathBuf,
    },
    /// The settings name a base without a Dockerfile, and ocx built the image of that name from a
    /// Dockerfile of another project.
    #[error(
        "base image `{image}` was built from `{built_from}`{}, so the project `{project}` does not take it for its own base",
        for_project(.maker.as_deref())
    )]
    BaseOfAnotherProject {
        /// The image.
        image: ImageReference,
        /// The Dockerfile that it was built from.
        built_from: Utf8PathBuf,
        /// The project that had it built, if that is on record.
        maker: Option<Utf8PathBuf>,
        /// The project that wants it.
        project: Utf8PathBuf,
    },
    /// The base could not be built.
    #[error(transparent)]
    BaseBuild(Box<BaseBuildError>),
    /// Nobody has agreed to build the base from what lies in the project.
    #[error(transparent)]
    NotTrusted(Box<BuildNotTrusted>),
    /// The project's Git directories cannot be guarded.
    #[error(transparent)]
    GitGuard(#[from] GitGuardError),
    /// The project's private clone cannot be made.
    #[error(transparent)]
    Clone(#[from] CloneError),
    /// The session was stopped: it kept writing what the host's Git executes.
    #[error("the session was stopped")]
    GitAlarm(#[source] GitAlarm),
    /// What must not be seen cannot be hidden.
    #[error(transparent)]
    Hidden(#[from] HiddenError),
    /// The session was stopped: something that must not be seen could be.
    #[error("the session was stopped")]
    Exposed(#[source] Exposure),
    /// The record of what is trusted cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Nobody has agreed to what the project brings for opencode, and it cannot be covered.
    #[error(
        "opencode would follow `{link}`, a link that leads out of the project, and nobody has agreed to that"
    )]
    ConfigLeadsOut {
        /// The link.
        link: Utf8PathBuf,
    },
    /// The base has `ONBUILD` instructions, which would run in ocx's layer.
    #[error("base image `{base}` has ONBUILD instructions, which would run when ocx adds its layer: {}", .instructions.join("; "))]
    OnBuild {
        /// The base.
        base: ImageReference,
        /// The instructions.
        instructions: Vec<String>,
    },
    /// opencode cannot run in the base.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The base's search path cannot be used.
    #[error(transparent)]
    Path(#[from] UnusablePath),
    /// The newest version of opencode cannot be told.
    #[error("could not find out the newest version of opencode")]
    Latest(#[from] LatestError),
    /// opencode could not be fetched.
    #[error("could not get opencode")]
    Fetch(#[from] FetchError),
    /// The build context could not be written.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// No build of opencode runs in the new image.
    #[error("opencode {version} does not run in base image `{base}`")]
    Verification {
        /// The base.
        base: ImageReference,
        /// The version.
        version: OpencodeVersion,
        /// What each build that was tried said, by its package's name.
        said: Vec<(String, String)>,
    },
    /// The host user cannot appear in the engine's containers.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The engine is on another machine.
    #[error("{engine} runs on another machine, where this workspace is not")]
    Remote {
        /// The engine.
        engine: EngineName,
    },
    /// The engine gives containers more than a session may have.
    #[error("{engine} gives its containers more than a session may have: {}", .findings.iter().map(|finding| finding.excess.to_string()).collect::<Vec<_>>().join("; "))]
    Unconfined {
        /// The engine.
        engine: EngineName,
        /// What they have.
        findings: Vec<Finding>,
    },
    /// No running session has this ID.
    #[error("no session `{id}` of this project is running")]
    NoSuchSession {
        /// What was asked for.
        id: String,
    },
    /// More than one running session has an ID that begins like this.
    #[error("more than one session of this project begins with `{id}`")]
    AmbiguousSession {
        /// What was asked for.
        id: String,
    },
    /// The engine is not to be changed, so nothing was done; see [`Ocx::dry_run`](super::Ocx::dry_run).
    #[error("nothing was done, since the engine only plans")]
    OnlyPlanned,
    /// A command without a program was to run.
    #[error("there is no program to run: the command is empty")]
    EmptyCommand,
    /// A program did not end within the time that it was given, and was stopped.
    #[error("the program did not end within {} s and was stopped", .after.as_secs_f64())]
    TimedOut {
        /// The time.
        after: Duration,
    },
    /// An image that was there, or has just been built, is gone: somebody removed it meanwhile.
    #[error("image `{image}` is gone: something removed it while it was needed")]
    ImageVanished {
        /// The image.
        image: ImageReference,
    },
    /// A shell was asked for, and the image has none.
    #[error("image `{image}` has no shell")]
    NoShell {
        /// The image.
        image: ImageReference,
    },
    /// A program cannot be executed in the container.
    #[error(transparent)]
    Program(ProgramProblem),
    /// The project's directory of state cannot be used.
    #[error(transparent)]
    ProjectStore(#[from] ProjectStoreError),
    /// opencode's data is in use by another version, or cannot be locked.
    #[error(transparent)]
    DataLock(#[from] DataLockError),
    /// The files of the session cannot be made.
    #[error(transparent)]
    SessionFiles(#[from] SessionFilesError),
    /// The session's bridge to the network cannot be opened.
    #[error("the session's bridge to the network cannot be opened")]
    Bridge(#[from] DoorError),
    /// The session's bridge to the network has failed.
    #[error("the session's bridge to the network has failed, so it was stopped")]
    BridgeOver,
    /// opencode's configuration could not be copied.
    #[error(transparent)]
    ConfigCopy(#[from] ConfigCopyError),
    /// The credentials cannot be used.
    #[error(transparent)]
    Credentials(#[from] AuthStoreError),
    /// A generated file could not be written.
    #[error(transparent)]
    Content(#[from] ContentStoreError),
    /// An env file cannot be used.
    #[error(transparent)]
    EnvFile(#[from] EnvFileError),
    /// A file of ocx could not be written or read.
    #[error("could not use `{path}`")]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness {
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// The engine failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

fn for_project(project: Option<&Utf8Path>) -> String {
    project.map_or_else(String::new, |project| {
        format!(" for the project `{project}`")
    })
}

impl OcxError {
    /// Whether a request to end was the reason.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Runtime(RuntimeError::Interrupted { .. }))
    }

    /// Whether a signal that also reached the engine's client may be the reason.
    pub(in crate::ops) fn may_be_interruption(&self) -> bool {
        matches!(self, Self::Runtime(_) | Self::BaseBuild(_)) && !self.is_interruption()
    }
}

/// Why a base could not be built.
#[derive(Debug, thiserror::Error)]
#[error("could not build image `{image}`")]
pub struct BaseBuildError {
    /// The base.
    pub image: ImageReference,
    /// Its Dockerfile.
    pub dockerfile: Utf8PathBuf,
    /// What is in the Dockerfile that not every builder understands. The engine's own message may
    /// have gone straight to the user, so it is not known whether that was the reason.
    pub newer_syntax: Option<NewerSyntax>,
    /// What keeps the engine from building anything.
    pub obstacle: Option<Box<BuildObstacle>>,
    /// Images that the Dockerfile begins with and that are not in local storage, so that the engine
    /// had to fetch them.
    pub not_here: Vec<ImageReference>,
    /// What the engine said.
    pub source: CommandError,
}

/// An error and its causes in one text.
#[must_use]
pub fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(error.to_string().trim_end());
        cause = error.source();
    }
    text
}
