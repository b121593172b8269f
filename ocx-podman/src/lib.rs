//! Podman as a [`ContainerRuntime`](ocx_core::runtime::ContainerRuntime).
#![deny(missing_docs)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]
