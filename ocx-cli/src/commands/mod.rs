//! One function a command.

pub(crate) mod apply;
pub(crate) mod build;
pub(crate) mod changes;
pub(crate) mod compat;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod diff;
pub(crate) mod discard;
pub(crate) mod doctor;
pub(crate) mod du;
pub(crate) mod exec;
pub(crate) mod explain;
pub(crate) mod init;
pub(crate) mod logins;
pub(crate) mod man;
pub(crate) mod network;
pub(crate) mod opencode;
pub(crate) mod port;
pub(crate) mod prune;
pub(crate) mod ps;
pub(crate) mod status;
pub(crate) mod trust;
pub(crate) mod upgrade;
pub(crate) mod version;
