//! Why a session could not run, or was stopped.

use std::{io, time::Duration};

use camino::Utf8PathBuf;

use super::{BuildError, UseCaseError};
use crate::ops::{ProgramProblem, Scope};
use crate::{
    base::{BaseError, ProbeError},
    bridge::DoorError,
    clones::CloneError,
    credentials::AuthStoreError,
    disk::ContentStoreError,
    git_guard::{GitAlarm, GitGuardError},
    hidden::{Exposure, HiddenError},
    identity::IdentityError,
    image::ImageReference,
    opencode_config::ConfigCopyError,
    port_forward::{ListenError, SocketsError},
    project::ProjectError,
    runtime::{EngineName, RuntimeError},
    session::EnvFileError,
    state::{
        DataLockError, HomeParentError, KeysLockError, PrivatePathError, ProjectStoreError,
        SessionFilesError,
    },
    trust::TrustError,
};

/// Why a session could not run, or was stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// There is no image to run it in, or the engine does not run that as it must.
    #[error(transparent)]
    Build(Box<BuildError>),
    /// The place is no project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The session that is meant cannot be told.
    #[error(transparent)]
    Find(#[from] FindSessionError),
    /// A command without a program was to run.
    #[error("there is no program to run: the command is empty")]
    EmptyCommand,
    /// The engine is on another machine.
    #[error("{engine} runs on another machine, where this workspace is not")]
    Remote {
        /// The engine.
        engine: EngineName,
    },
    /// ocx runs in a container, and the engine outside of it, where files are at other paths.
    #[error(
        "ocx runs in a container, and {engine} outside of it, where `{path}` is not what is at that path here"
    )]
    OwnContainer {
        /// The engine.
        engine: EngineName,
        /// The directory of this container that a session needs.
        path: Utf8PathBuf,
    },
    /// A directory or file of the host that is to be mounted is not there.
    #[error("`{from}`, which is to be mounted at `{target}`, is not there")]
    MountSourceMissing {
        /// What is to be mounted.
        from: Utf8PathBuf,
        /// Where, in the container.
        target: Utf8PathBuf,
    },
    /// A program did not end within the time that it was given, and was stopped.
    #[error("the program did not end within {} s and was stopped", .after.as_secs_f64())]
    TimedOut {
        /// The time.
        after: Duration,
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
    /// What must not be seen cannot be hidden.
    #[error(transparent)]
    Hidden(#[from] HiddenError),
    /// The session was stopped: something that must not be seen could be.
    #[error("the session was stopped")]
    Exposed(#[source] Exposure),
    /// The project's Git directories cannot be guarded.
    #[error(transparent)]
    GitGuard(#[from] GitGuardError),
    /// The session was stopped: it kept writing what the host's Git executes.
    #[error("the session was stopped")]
    GitAlarm(#[source] GitAlarm),
    /// The project's private clone cannot be made.
    #[error(transparent)]
    Clone(#[from] CloneError),
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
    /// An env file cannot be used.
    #[error(transparent)]
    EnvFile(#[from] EnvFileError),
    /// The project's directory of state cannot be used.
    #[error(transparent)]
    ProjectStore(#[from] ProjectStoreError),
    /// opencode's data is in use by another version, or cannot be locked.
    #[error(transparent)]
    DataLock(#[from] DataLockError),
    /// A session of this project has its keys in another place, or that cannot be told.
    #[error(transparent)]
    KeysLock(#[from] KeysLockError),
    /// Keys can be outside only of a network of the session's own.
    #[error("API keys cannot be outside of a session that has the host's network")]
    KeysNeedNetwork,
    /// The files of the session cannot be made.
    #[error(transparent)]
    SessionFiles(#[from] SessionFilesError),
    /// Directories of the project cannot be private to the session.
    #[error(transparent)]
    PrivatePath(#[from] PrivatePathError),
    /// Something cannot be mounted below the home directory.
    #[error(transparent)]
    HomeParent(#[from] HomeParentError),
    /// The base's `ENTRYPOINT` is to be kept, and takes no program.
    #[error(
        "the ENTRYPOINT of base image `{base}` is a line for a shell, which starts nothing else"
    )]
    EntrypointOfShell {
        /// The base image.
        base: ImageReference,
    },
    /// The base's `ENTRYPOINT` is to be kept, and the base is not there any more.
    #[error("the ENTRYPOINT of base image `{base}` is not known: the image is not there")]
    EntrypointUnknown {
        /// The base image.
        base: ImageReference,
    },
    /// The session's bridge to the network cannot be opened.
    #[error("the session's bridge to the network cannot be opened")]
    Bridge(#[from] DoorError),
    /// The way from a login to the user's browser cannot be opened.
    #[error("the login's way to your browser cannot be opened")]
    Login(#[source] DoorError),
    /// The session's bridge to the network has failed.
    #[error("the session's bridge to the network has failed, so it was stopped")]
    BridgeOver,
    /// A port of the session cannot be on the host.
    #[error("a port of the session cannot be on the host")]
    Listen(#[from] ListenError),
    /// Nothing leads from the host to the ports of a running session.
    #[error("cannot reach the ports of session `{session}`")]
    Ports {
        /// The session.
        session: String,
        /// Why not.
        #[source]
        source: SocketsError,
    },
    /// opencode's configuration could not be copied.
    #[error(transparent)]
    ConfigCopy(#[from] ConfigCopyError),
    /// The credentials cannot be used.
    #[error(transparent)]
    Credentials(#[from] AuthStoreError),
    /// A file of ocx could not be written or read.
    #[error("could not use `{path}`")]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The engine is not to be changed, so nothing was done; see [`Ocx::dry_run`](crate::Ocx::dry_run).
    #[error("nothing was done, since the engine only plans")]
    OnlyPlanned,
    /// The engine failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

impl SessionError {
    /// Whether a request to end was the reason.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Runtime(RuntimeError::Interrupted { .. }))
    }
}

impl UseCaseError for SessionError {
    fn may_be_interruption(&self) -> bool {
        match self {
            Self::Build(error) => error.may_be_interruption(),
            Self::Runtime(_) => !self.is_interruption(),
            _ => false,
        }
    }

    fn may_be_of_engine_facts(&self) -> bool {
        match self {
            Self::Build(error) => error.may_be_of_engine_facts(),
            Self::Runtime(_) => true,
            _ => false,
        }
    }
}

/// What the engine itself failed at is told alike, whatever it was needed for.
impl From<BuildError> for SessionError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Runtime(error) => Self::Runtime(error),
            error => Self::Build(Box::new(error)),
        }
    }
}

/// Errors of what only a build and a session together know.
macro_rules! through_build {
    ($($error:ty),*) => {
        $(impl From<$error> for SessionError {
            fn from(error: $error) -> Self {
                BuildError::from(error).into()
            }
        })*
    };
}

through_build!(BaseError, ContentStoreError, IdentityError, ProbeError);

/// Why a session could not be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FindSessionError {
    /// None is running.
    #[error("no session of this project is running")]
    NoneRuns,
    /// No running session has this ID.
    #[error("no session `{id}`{} is running", of(*.among))]
    NoSuchSession {
        /// What was asked for.
        id: String,
        /// Where it was looked for.
        among: Scope,
    },
    /// More than one running session has an ID that begins like this.
    #[error("more than one session{} begins with `{id}`", of(*.among))]
    AmbiguousSession {
        /// What was asked for.
        id: String,
        /// Where it was looked for.
        among: Scope,
    },
}

fn of(scope: Scope) -> &'static str {
    match scope {
        Scope::Project => " of this project",
        Scope::AllProjects | Scope::AllUsers => "",
    }
}
