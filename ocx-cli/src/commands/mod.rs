//! One function a command.

pub(crate) mod build;
pub(crate) mod config;
pub(crate) mod opencode;
