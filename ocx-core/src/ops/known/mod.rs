//! What is remembered, so that a session's start pays no call for it.

mod announcement;
mod base_git;
mod engine_facts;
mod images;
mod mcp_commands;
mod memory;
mod probe;
mod search_path;
mod told_devcontainer;
mod told_limits;
mod told_once;

pub use engine_facts::probe_engine;
pub(in crate::ops) use memory::LastBuild;
pub(in crate::ops) use probe::buildable;
