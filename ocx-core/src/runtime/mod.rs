//! The container engine behind everything: the [`ContainerRuntime`] trait, its records and errors.

mod content;
mod contract;
mod error;
mod obstacle;
mod outcome;
mod records;

pub use contract::ContainerRuntime;
#[cfg(any(test, feature = "testing"))]
pub use contract::MockContainerRuntime;
pub use error::{CommandError, Failure, RuntimeError, UnexpectedAnswer};
pub use obstacle::BuildObstacle;
pub use outcome::{Exit, Removal, RunOutcome, Started};
pub use records::{
    ContainerFilter, ContainerId, ContainerInfo, EngineInfo, EngineMode, GroupSupport, HealthCheck,
    ImageInfo, LimitSupport, without_registry,
};
