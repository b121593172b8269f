//! Pure functions from specs to command lines.

mod build;
mod mount;
mod run;

pub use build::build_invocation;
pub use run::run_invocation;
