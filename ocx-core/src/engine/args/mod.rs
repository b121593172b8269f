//! Pure functions from specs to command lines.

mod build;
mod by_piece;
mod environment;
mod exec;
mod mount;
mod run;
mod terminal;

pub use build::build_invocation;
pub use exec::exec_invocation;
pub(super) use run::run_in_brief;
pub(super) use run::run_requests;
pub use run::{create_invocation, run_invocation};
