//! The use cases: what ocx does with an engine, a project and settings.
//!
//! They go through [`ContainerRuntime`](crate::runtime::ContainerRuntime) only, so that they work
//! with every engine.

mod announcement;
mod base_fetch;
mod base_image;
mod build;
mod build_lock;
mod candidates;
mod compat;
mod compatibility;
mod confine;
mod decide;
mod dry_run;
mod engine_facts;
mod error;
mod error_kind;
mod inside;
mod inspect;
mod interruption;
mod layer_build;
mod lost_output;
mod memory;
mod ocx;
mod open_session;
mod prepare;
mod probe;
mod program;
mod program_problem;
mod program_start;
mod replaced;
mod running;
mod session;
mod status;
mod upgrade;
mod verify;

#[cfg(test)]
mod tests;

pub use build::{BaseAction, BuildReport, BuildRequest, ImageAction, Latest, Pull, Rebuild};
pub use compat::{Subject, compat};
pub use compatibility::{Change, Compatibility, Fate, Inside, Shell};
pub use confine::Finding;
pub use dry_run::{DryRun, Planned};
pub use engine_facts::meet_engine;
pub use error::{BaseBuildError, OcxError, in_full};
pub use error_kind::ErrorKind;
pub use inside::{Place, Session, SessionReport};
pub use inspect::has_image;
pub use ocx::Ocx;
pub use program::Program;
pub use program_problem::{ProgramProblem, ProgramProblemKind};
pub use running::{RunningSession, Scope, running_sessions, stop_sessions};
pub use status::{BaseStatus, Cause, ImageStatus, Maker, OpencodeStatus, Status, Verdict, status};
pub use upgrade::{Pin, UpgradeCheck, UpgradeReport, Versions, check_upgrade, upgrade};

/// What [`OcxError`] holds.
pub use crate::{
    layer::{ContextError, UnusablePath},
    session::{
        AuthStoreError, ConfigCopyError, ContentStoreError, DataLockError, EnvFileError,
        ProjectStoreError, SessionFilesError,
    },
};
