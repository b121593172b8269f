//! The plan of a session: everything about the container that opencode runs in.

mod container;
mod environment;
mod forbidden;
mod limits;
mod mounts;
mod notes;
mod planner;

pub use container::{ContainerFacts, plan_container};
pub use environment::{MODEL_KEYS, terminal_environment};
pub use forbidden::{Cover, Forbidden, find_forbidden};
pub use limits::unenforced_limits;
pub use notes::SessionNote;
pub use planner::{Server, SessionFacts, SessionPaths, SessionPlan, Streams, plan_session};
