//! The use cases: what ocx does with an engine, a project and settings.
//!
//! They go through [`ContainerRuntime`](crate::runtime::ContainerRuntime) only, so that they work
//! with every engine.

mod adopt;
mod base_maker;
mod build;
mod clones;
mod compat;
mod compatibility;
mod confine;
mod decide;
mod disk;
mod dry_run;
mod error;
mod inspect;
mod interruption;
mod known;
mod logins;
mod lost_output;
mod network;
mod ocx;
mod prove;
mod session;
mod status;
mod upgrade;

#[cfg(test)]
mod tests;

pub use adopt::{Replace, adopt, check_adoption, gone_projects, moved_from};
pub use build::{
    BaseAction, BuildNotTrusted, BuildReport, BuildRequest, Consent, ImageAction, Latest, Pull,
    Rebuild,
};
pub use clones::{
    Applied, ApplyError, CloneState, DiffFormat, Discarded, SessionChanges, apply,
    bring_unfinished, changes, diff, discard, has_unfinished, would_discard,
};
pub use compat::{CompatError, Subject, compat};
pub use compatibility::{Compatibility, Inside, Instruction, InstructionOutcome, Shell};
pub use confine::Finding;
pub use disk::{
    BuildRuns, Disk, DiskItem, DiskKind, DiskUsage, DiskVerdict, Keep, Needed, PruneError, Pruned,
    Unneeded, WithUserData,
};
pub use dry_run::{DryRun, Planned};
pub use error::{
    BaseBuildError, BuildError, BuildFacts, ErrorKind, FindSessionError, OcxError, SessionError,
    in_full,
};
pub use inspect::has_image;
pub use known::probe_engine;
pub use logins::{Login, LoginsError, Service, logins, take_login};
pub use network::{
    NetworkError, NetworkLog, PendingAnswer, allow_now, answer_pending, deny_now, pending_hosts,
};
pub use ocx::Ocx;
pub use session::{
    Attached, Explained, HostServer, OpencodeLog, OpenedPort, Place, Program, ProgramProblem,
    ProgramProblemKind, RunningSession, Scope, Session, SessionPorts, SessionReport, Sessions,
    SessionsError, SessionsUsage, attach, has_had_session, open_port, opencode_log,
    running_sessions, running_sessions_on, session_ports, session_usage, stop_abandoned,
    stop_sessions, stop_sessions_on, where_session_runs,
};
pub use status::{
    BaseStatus, BuiltBy, Cause, ImageStatus, OpencodeStatus, Status, Verdict, status,
};
pub use upgrade::{Pin, UpgradeCheck, UpgradeReport, Versions, check_upgrade, upgrade};

/// What these errors hold.
pub use crate::{
    credentials::{AuthStoreError, LoginOrigin, TakeLoginError},
    disk::ContentStoreError,
    layer::{ContextError, UnusablePath},
    opencode_config::ConfigCopyError,
    session::EnvFileError,
    state::{
        AdoptError, DataLockError, HomeParentError, KeysLockError, PrivatePathError,
        ProjectStoreError, SessionFilesError,
    },
};

/// What [`Session::called`] takes.
pub use crate::session::{SessionId, SessionIdError};

/// What [`Explained`] holds.
pub use crate::session::plan::PlanCause;
