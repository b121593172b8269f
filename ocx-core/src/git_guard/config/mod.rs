//! Git's configuration files: reading them, what in them is harmless, and what becomes of a change.

mod change;
mod key_table;
mod policy;
mod remote_url;
mod remotes;
mod text;

pub(super) use change::{Verdict, judge};
pub(super) use policy::Surroundings;
pub(super) use remotes::moved_remotes;
pub(super) use text::Config;
