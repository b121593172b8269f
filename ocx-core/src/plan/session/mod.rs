//! The plan of a session: everything about the container that opencode runs in.

mod environment;
mod forbidden;
mod mounts;
mod session;

pub use environment::MODEL_KEYS;
pub use forbidden::{Cover, Forbidden, find_forbidden};
pub use session::{Server, SessionFacts, SessionNote, SessionPaths, SessionPlan, plan_session};
