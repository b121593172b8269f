//! Docker as a [`ContainerRuntime`](ocx_core::runtime::ContainerRuntime): what differs from other
//! engines with the same command line.
#![deny(missing_docs)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod applied;
mod backend;
mod dialect;
mod endpoint;
mod info;
mod network;
mod records;
mod standing;
mod usage;

pub use backend::{NAME, backend};
pub use dialect::Docker;
pub use endpoint::Endpoint;
