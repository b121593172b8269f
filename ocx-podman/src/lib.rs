//! Podman as a [`ContainerRuntime`](ocx_core::runtime::ContainerRuntime): what differs from other
//! engines with the same command line.
#![deny(missing_docs)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod applied;
mod configuration;
mod dialect;
mod info;
mod installation;
mod on_build;
mod records;
mod standing;

use std::sync::Arc;

use camino::Utf8PathBuf;
use ocx_core::{
    engine::{CliRuntime, Execution},
    report::Reporter,
};

pub use configuration::Configuration;
pub use dialect::Podman;
pub use installation::Installation;

/// Podman behind the command `program`, a path or a name to be looked up in `PATH`.
#[must_use]
pub fn podman(
    program: Utf8PathBuf,
    installation: Installation,
    execution: Execution,
    reporter: Arc<dyn Reporter>,
) -> CliRuntime<Podman> {
    CliRuntime::new(Podman::new(installation), program, execution, reporter)
}
