//! The plan of a session: everything about the container that opencode runs in.

mod agent_notes;
mod base_environment;
mod cause;
mod container;
mod contribution;
mod environment;
#[cfg(test)]
mod fixture;
mod git_settings;
mod home;
mod hosts;
mod limits;
mod model_keys;
mod mounts;
mod planner;
mod streams;
mod withheld;
mod workspace;

pub(crate) use agent_notes::{TOLD_SETTINGS, agent_notes};
pub use cause::PlanCause;
use cause::setting_or;
pub(crate) use cause::{Causes, Variables, base_settings, setting};
pub(crate) use container::{ContainerFacts, ContainerPlan, plan_container};
pub(crate) use contribution::Contribution;
pub(crate) use environment::{PROXIES, inherited_environment, terminal_environment};
pub(crate) use home::{home_volume, home_volumes};
pub(crate) use limits::unenforced_limits;
use model_keys::MODEL_KEYS;
pub(crate) use model_keys::{model_keys_of, providers_with_keys};
pub(crate) use planner::{SessionFacts, SessionPlan, container_name, plan_session};
pub(crate) use streams::Streams;
pub(crate) use withheld::{Withheld, keys_cause};
pub(crate) use workspace::{
    ObjectStore, Overlays, ProjectFiles, workspace_causes, workspace_mounts,
};
