//! Podman as a [`ContainerRuntime`](ocx_core::runtime::ContainerRuntime): what differs from other
//! engines with the same command line.
#![deny(missing_docs)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod applied;
mod backend;
mod configuration;
mod dialect;
mod info;
mod installation;
mod on_build;
mod records;
mod standing;
mod usage;

pub use backend::{NAME, backend};
pub use configuration::Configuration;
pub use dialect::Podman;
pub use installation::Installation;
