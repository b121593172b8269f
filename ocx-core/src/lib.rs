//! The core of ocx: it runs the opencode coding agent, or any other program, in a hardened container
//! on the user's own base image, on the files of a project.
//!
//! # In short
//!
//! ```no_run
//! use std::{error::Error, sync::Arc, time::Duration};
//!
//! use ocx_core::{
//!     BuildRequest, Host, Ocx, Output, Program, Project, Settings, Stdin,
//!     engines::{self, Backend},
//! };
//!
//! /// `backends` are `ocx_docker::backend()` and `ocx_podman::backend()`, or one of them.
//! async fn test(backends: &[Arc<dyn Backend>]) -> Result<(), Box<dyn Error>> {
//!     let host = Host::of_this_process()?;
//!     let project = Project::discover(&host, None)?;
//!     let settings = Settings::of_files(&host, &project)
//!         .with("memory", "2g")?
//!         .build()?;
//!     let engine = engines::choose(backends, &host, &project, &settings).await?;
//!     let ocx = Ocx::new(host, project, settings, engine).on_event(|event| eprintln!("{event}"));
//!
//!     let image = ocx.build(&BuildRequest::implicit()).await?.image;
//!     println!("in {image}");
//!
//!     let done = ocx
//!         .session(Program::command(["make", "test"]))
//!         .stdin(Stdin::Null)
//!         .output(Output::Capture)
//!         .timeout(Duration::from_secs(600))
//!         .run()
//!         .await?;
//!     println!("{} {}", done.exit.code(), String::from_utf8_lossy(&done.stdout));
//!     Ok(())
//! }
//! ```
//!
//! # What can be relied on
//!
//! - Data flows one way: settings → plan → [`runtime::ContainerRuntime`] → outcome.
//! - An [`Ocx`] is owned, `Clone + Send + Sync`, and serves several sessions at once.
//! - Dropping a session's future stops its container. A [`cancellation::Cancellation`] also waits for
//!   that, and for refreshed credentials to be given back.
//! - Nothing here prints, prompts, exits or handles signals. Only [`Host::of_this_process`] reads the
//!   environment; child processes get [`Host::environment`](host::Host) and nothing else.
//! - What was only planned is another type than what was done: [`ops::DryRun`].
//! - Each use case has an error of its own, such as [`BuildError`] and [`SessionError`], and all of them
//!   have a [`kind`](OcxError::kind); [`OcxError`] is any of them.
//!
//! # What is needed of tokio
//!
//! A runtime with I/O and time, `enable_all`; a current-thread one will do. tokio reaps child
//! processes by SIGCHLD.
#![deny(missing_docs)]
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod authorities;
pub mod base;
pub mod bridge;
pub mod browser_login;
pub mod build_log;
pub mod cancellation;
pub mod clones;
pub mod confinement;
mod credentials;
mod described_base;
pub mod detached;
mod disk;
pub mod engine;
pub mod engines;
mod error_chain;
mod error_kind;
pub mod freshness;
pub mod git_guard;
pub mod hidden;
pub mod host;
pub mod identity;
pub mod image;
mod layer;
mod layout;
pub mod opencode;
mod opencode_config;
pub mod ops;
pub mod port_forward;
pub mod printable;
pub mod project;
pub mod project_hints;
pub mod provenance;
pub mod report;
pub mod runtime;
pub mod scaffold;
pub mod search_path;
mod session;
pub mod session_log;
pub mod settings;
mod slug;
pub mod spec;
mod state;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod trust;

pub use host::Host;
pub use ops::{
    BuildError, BuildReport, BuildRequest, ErrorKind, Ocx, OcxError, Program, Session,
    SessionError, SessionReport,
};
pub use project::Project;
pub use settings::Settings;
pub use spec::{Output, Stdin};
