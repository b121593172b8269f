//! The core of ocx: it runs the opencode coding agent in a hardened container on the user's own
//! base image.
//!
//! Data flows one way: settings → plan → [`runtime::ContainerRuntime`] → outcome. Facts about the
//! host are gathered once by the caller and handed in as a [`host::Host`]; nothing in this crate
//! prints, prompts, exits or reads the environment.
#![deny(missing_docs)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod atomic_file;
pub mod base;
pub mod cancellation;
pub mod confinement;
pub mod engine;
pub mod engines;
pub mod freshness;
pub mod host;
pub mod identity;
pub mod image;
pub mod layer;
pub mod layout;
pub mod opencode;
pub mod ops;
pub mod plan;
pub mod project;
pub mod report;
pub mod runtime;
pub mod scaffold;
pub mod session;
pub mod settings;
mod slug;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
