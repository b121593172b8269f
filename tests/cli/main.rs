//! How ocx behaves, shown with a scripted engine. These tests need no container engine.

mod command_line;
mod config;
mod dry_run;
mod environment;
mod errors;
mod harness;
mod passthrough;
mod scene;
mod signals;
mod unusable_base;
mod warm_path;
