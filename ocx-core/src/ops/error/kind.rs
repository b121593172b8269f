//! What kind of failure an error is, for those who only have to tell kinds apart.

use super::{BuildError, FindSessionError, OcxError, SessionError};
use crate::ops::{ApplyError, CompatError, SessionsError};
use crate::{
    clones::CloneError,
    error_kind::ErrorKind,
    opencode::FetchError,
    runtime::{Exit, RuntimeError},
};

impl OcxError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Build(error) => error.kind(),
            Self::Session(error) => error.kind(),
            Self::Compat(error) => error.kind(),
            Self::Apply(error) => error.kind(),
            Self::Runtime(error) => error.kind(),
        }
    }
}

impl BuildError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Project(_)
            | Self::Base(_)
            | Self::BaseMissing { .. }
            | Self::BaseOfAnother { .. }
            | Self::BaseOfAnotherProject { .. }
            | Self::Identity(_)
            | Self::Unconfined { .. }
            | Self::NotTrusted(_) => ErrorKind::Configuration,
            Self::OnBuild { .. } | Self::Probe(_) | Self::Path(_) | Self::Verification { .. } => {
                ErrorKind::UnusableBase
            }
            Self::BaseBuild(_) | Self::ImageVanished { .. } => ErrorKind::EngineFailed,
            Self::Latest(_) => ErrorKind::Network,
            Self::Fetch(error) => error.kind(),
            Self::Runtime(error) => error.kind(),
            Self::Context(_) | Self::Content(_) | Self::Trust(_) | Self::File { .. } => {
                ErrorKind::File
            }
            Self::OnlyPlanned => ErrorKind::OnlyPlanned,
            Self::NoRandomness { .. } => ErrorKind::System,
        }
    }
}

impl SessionError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Build(error) => error.kind(),
            Self::Find(error) => error.kind(),
            Self::Project(_)
            | Self::Remote { .. }
            | Self::OwnContainer { .. }
            | Self::MountSourceMissing { .. }
            | Self::EmptyCommand
            | Self::Hidden(_)
            | Self::ConfigLeadsOut { .. }
            | Self::KeysNeedNetwork
            | Self::EnvFile(_) => ErrorKind::Configuration,
            Self::NoShell { .. }
            | Self::EntrypointOfShell { .. }
            | Self::EntrypointUnknown { .. } => ErrorKind::UnusableBase,
            Self::Program(problem) => ErrorKind::Program(problem.shell_code()),
            Self::Clone(error) => error.kind(),
            Self::Runtime(error) => error.kind(),
            Self::ProjectStore(_)
            | Self::SessionFiles(_)
            | Self::PrivatePath(_)
            | Self::HomeParent(_)
            | Self::ConfigCopy(_)
            | Self::Credentials(_)
            | Self::GitGuard(_)
            | Self::Trust(_)
            | Self::Bridge(_)
            | Self::Login(_)
            | Self::File { .. } => ErrorKind::File,
            Self::DataLock(_) | Self::KeysLock(_) => ErrorKind::InUse,
            Self::GitAlarm(_) | Self::Exposed(_) => ErrorKind::Stopped,
            Self::OnlyPlanned => ErrorKind::OnlyPlanned,
            Self::TimedOut { .. } => ErrorKind::TimedOut,
            Self::Listen(_) | Self::BridgeOver => ErrorKind::System,
            Self::Ports { .. } => ErrorKind::EngineFailed,
        }
    }
}

impl FindSessionError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoneRuns | Self::NoSuchSession { .. } | Self::AmbiguousSession { .. } => {
                ErrorKind::NotFound
            }
        }
    }
}

impl SessionsError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Find(error) => error.kind(),
            Self::Runtime(error) => error.kind(),
        }
    }
}

impl CompatError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::ImageMissing { .. } => ErrorKind::Configuration,
            Self::Runtime(error) => error.kind(),
        }
    }
}

impl ApplyError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Clone(error) => error.kind(),
            Self::Trust(_) => ErrorKind::File,
        }
    }
}

impl FetchError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Registry(_) | Self::Checksum { .. } | Self::Archive { .. } => ErrorKind::Network,
            Self::Local(_) => ErrorKind::Configuration,
            Self::Cache(_) => ErrorKind::File,
        }
    }
}

impl CloneError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotARepository { .. } | Self::NoGit { .. } | Self::OddAlternate { .. } => {
                ErrorKind::Configuration
            }
            Self::NoWork | Self::NoSuchSession { .. } | Self::SeveralSessions { .. } => {
                ErrorKind::NotFound
            }
            Self::Running { .. } => ErrorKind::InUse,
            Self::WouldOverwrite { .. } | Self::Conflict { .. } => ErrorKind::Conflict,
            Self::TooSlow { .. } => ErrorKind::TimedOut,
            Self::Git { .. }
            | Self::TooMuch { .. }
            | Self::OddFile { .. }
            | Self::Incomplete { .. }
            | Self::File { .. }
            | Self::Directory(_) => ErrorKind::File,
        }
    }
}

impl RuntimeError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            // An engine that is too old is as good as none: another one has to be installed.
            Self::NotInstalled { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::TooOld { .. } => ErrorKind::EngineUnavailable,
            Self::Denied { .. } => ErrorKind::Denied,
            Self::Interrupted { signal } => {
                ErrorKind::Interrupted(Exit::Interrupted { signal: *signal }.code())
            }
            Self::Unsupported { .. } | Self::NetworkNotApart { .. } => ErrorKind::Configuration,
            Self::VariablesFile { .. } => ErrorKind::File,
            Self::ImageNotFound { .. }
            | Self::BuildFailed { .. }
            | Self::PullFailed { .. }
            | Self::StartFailed { .. }
            | Self::NetworkNotMade { .. }
            | Self::CommandNotRun { .. }
            | Self::CommandFailed { .. }
            | Self::UnexpectedOutput { .. }
            | Self::Other { .. } => ErrorKind::EngineFailed,
        }
    }
}
