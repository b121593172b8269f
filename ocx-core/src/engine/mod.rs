//! What the command lines of Docker-compatible engines share: typed specs become argv values, which
//! are run, and whose failures are told apart.
//!
//! This module is fenced off: only the backend crates use it, and nothing else in this crate knows
//! of it. A backend supplies a [`Dialect`] with what differs and gets a
//! [`ContainerRuntime`](crate::runtime::ContainerRuntime) from [`CliRuntime`]. An engine that is
//! driven in another way does without it.

mod abandoned;
mod alias;
mod answer;
mod args;
mod build;
mod capture;
mod cli_contract;
mod cli_runtime;
mod client_variables;
mod contained_exit;
mod container_record;
mod csv_record;
mod dialect;
mod excerpt;
mod find_images;
mod foreground;
mod health;
mod image_files;
mod image_record;
mod invocation;
pub mod lenient;
mod made;
mod network;
mod process;
mod saved_image;
mod start_record;
mod streamed;
mod terminal_modes;
mod under_way;
mod usage;
mod variables;
mod version;
mod volume;

pub use crate::disk::read_text;
pub use alias::is_alias_of;
pub use answer::json_records;
pub use args::run_invocation;
#[cfg(any(test, feature = "testing"))]
pub(crate) use args::{build_invocation, exec_invocation};
pub use cli_runtime::{CliRuntime, Client, label_filters};
pub use container_record::ContainerRecord;
pub use csv_record::csv_record;
pub use dialect::{Dialect, Health, InfoError, ParseError, Presence, Thing};
pub use image_record::ImageRecord;
pub use invocation::{CommandKind, Invocation};
pub use process::Captured;
pub use version::EngineVersion;
