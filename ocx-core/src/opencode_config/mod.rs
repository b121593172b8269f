//! A project's private copy of the user's opencode configuration.
//!
//! The agent may write to the copy, so no symbolic link in it is followed on the host.

mod copy;
mod loopback_url;
mod manifest;
mod named;
mod redaction;
mod references;
mod seed;
mod walk;

pub use copy::ConfigCopyError;
pub(crate) use copy::sync_config;
pub(crate) use loopback_url::{LoopbackUrl, loopback_urls};
pub(crate) use named::{Named, config_texts};
pub(crate) use redaction::Redaction;
pub(crate) use references::{References, file_references, variable_references};
