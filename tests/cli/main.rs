//! How ocx behaves, shown with a scripted engine. These tests need no container engine.

mod build_again;
mod command_line;
mod compat;
mod config;
mod dry_run;
mod engine_choice;
mod engine_configuration;
mod environment;
mod errors;
mod escapes;
mod fetching;
mod guide;
mod hanging;
mod harness;
mod init;
mod inside;
mod lost_output;
mod odd_files;
mod passthrough;
mod scene;
mod signals;
mod status;
mod unusable_base;
mod upgrade;
mod versions;
mod warm_path;
