//! The plan of a session: everything about the container that opencode runs in.

mod container;
mod environment;
mod forbidden;
mod limits;
mod mounts;
mod notes;
mod planner;

pub(crate) use container::{ContainerFacts, plan_container};
pub(crate) use environment::terminal_environment;
pub(crate) use forbidden::{Cover, Forbidden, find_forbidden};
pub(crate) use limits::unenforced_limits;
pub(crate) use notes::SessionNote;
pub(crate) use planner::{Server, SessionFacts, SessionPaths, SessionPlan, Streams, plan_session};
