//! The container engine behind everything: the [`ContainerRuntime`] trait, its records and errors.

mod command_line;
mod content;
mod contract;
mod engine;
mod engine_key;
mod engine_name;
mod error;
mod layer_entry;
mod obstacle;
mod outcome;
mod records;
mod request;
mod usage;

pub use command_line::CommandLine;
#[cfg(any(test, feature = "testing"))]
pub use contract::MockContainerRuntime;
pub use contract::{ContainerRuntime, Execution};
pub use engine::{Backend, Connection, Engine, Trouble};
pub use engine_key::EngineKey;
pub use engine_name::{EngineName, EngineNameError};
pub use error::{CommandError, Failure, RuntimeError, UnexpectedAnswer};
pub use layer_entry::{LayerEntry, LayerEntryKind};
pub use obstacle::BuildObstacle;
pub use outcome::{EnsuredNetwork, Exit, Removal, RunOutcome, Started};
pub use records::{
    ContainerFilter, ContainerInfo, EngineInfo, EngineMode, GroupSupport, HealthCheck, ImageInfo,
    LimitSupport, VolumeInfo, without_registry,
};
pub use request::Request;
pub use usage::ContainerUsage;

pub use crate::spec::ContainerId;
