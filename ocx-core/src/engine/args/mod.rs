//! Pure functions from specs to command lines.

mod attach;
mod build;
mod by_piece;
mod environment;
mod exec;
mod mount;
mod run;
mod terminal;

pub(crate) use attach::attach_invocation;
pub(crate) use build::build_invocation;
pub(crate) use exec::exec_invocation;
pub(crate) use run::create_invocation;
pub use run::run_invocation;
pub(super) use run::run_requests;
