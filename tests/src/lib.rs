//! The harness of the end-to-end tests of ocx.
//!
//! A test makes a [`sandbox::Sandbox`], puts a [`fake_engine::FakeEngine`] or a real
//! [`engine::Engine`] on its `PATH`, runs ocx in it and looks at the [`output::Output`]. Everything
//! that a run makes carries its [`run_id::RunId`] in a name or a label, and only that is removed.

pub mod account;
pub mod bases;
pub mod binaries;
pub mod cache;
pub mod cleanup;
pub mod engine;
pub mod example;
pub mod fake_engine;
pub mod filters;
mod http_server;
pub mod image_registry;
pub mod ocx;
pub mod output;
pub mod pause;
pub mod pty;
pub mod reaper;
pub mod registry;
pub mod run_id;
pub mod running;
pub mod sandbox;
pub mod skip;
pub mod stub_model;
pub mod stub_oauth;
// The terminals of the tests answer as the one of a detached session does.
#[path = "../../ocx-cli/src/detached/replies.rs"]
mod terminal_replies;
pub mod witness;
