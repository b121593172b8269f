//! Docker as a [`ContainerRuntime`](ocx_core::runtime::ContainerRuntime): what differs from other
//! engines with the same command line.
#![deny(missing_docs)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod applied;
mod dialect;
mod endpoint;
mod info;
mod records;
mod standing;

use std::sync::Arc;

use camino::Utf8PathBuf;
use ocx_core::{
    engine::{CliRuntime, Execution},
    report::Reporter,
};

pub use dialect::Docker;
pub use endpoint::Endpoint;

/// Docker behind the command `program`, a path or a name to be looked up in `PATH`, at `endpoint`.
/// `machine` is the name of this machine, by which an engine on another one is recognised.
#[must_use]
pub fn docker(
    program: Utf8PathBuf,
    endpoint: &Endpoint,
    machine: &str,
    execution: Execution,
    reporter: Arc<dyn Reporter>,
) -> CliRuntime<Docker> {
    CliRuntime::new(Docker::new(endpoint, machine), program, execution, reporter)
}
