//! `ocx ps` and `ocx stop`.

use clap::Args;

/// List the running sessions of this project, the newest first
#[derive(Args, Debug)]
pub(crate) struct PsArgs {
    /// List those of all projects
    #[arg(long, short)]
    pub(crate) all: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Stop running sessions of this project
///
/// opencode is asked to end and is killed after 10 seconds. Without IDs all sessions of the project
/// are stopped.
#[derive(Args, Debug)]
pub(crate) struct StopArgs {
    /// Sessions to stop, by the beginnings of their IDs (see `ocx ps`)
    #[arg(value_name = "ID")]
    pub(crate) sessions: Vec<String>,
    /// Print the stopped sessions as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
