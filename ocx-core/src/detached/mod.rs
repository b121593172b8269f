//! Sessions that outlast the terminal in which they were begun: what is known of each while it runs and
//! after it has ended.
//!
//! Each has a directory below ocx's state, for its user only and never mounted. The process that runs the
//! session holds a lock there for as long as it lives, so that its end is known however it came.

mod record;
mod store;

pub use record::{DetachedEnd, DetachedRun, DetachedState, DetachedStreams};
pub use store::{DetachedError, DetachedStore, HeldRun, RunFiles};
