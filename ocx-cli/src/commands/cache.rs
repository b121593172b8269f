//! `ocx cache`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{
    du::part::{ListArgs, Part},
    prune::{self, PruneArgs},
};
use crate::{args::GlobalArgs, failure::Failure};

/// List or prune what ocx has downloaded
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    command: CacheCommand,
}

const EXAMPLES: &str = "\
Examples:
  ocx cache list
  ocx cache prune";

#[derive(Debug, Subcommand)]
enum CacheCommand {
    /// List downloaded versions of opencode, other programs, and what else is in ocx's cache
    #[command(visible_alias = "ls", after_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Remove downloads that nobody needs
    ///
    /// As `ocx prune` does, of the cache only.
    #[command(after_help = PRUNE_EXAMPLES)]
    Prune(PruneArgs),
}

const LIST_EXAMPLES: &str = "\
Examples:
  ocx cache list
  ocx cache list --json";

const PRUNE_EXAMPLES: &str = "\
Examples:
  ocx cache prune
  ocx cache prune --yes --keep-versions 1";

pub(crate) async fn run(global: &GlobalArgs, args: &CacheArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        CacheCommand::List(args) => Part::Cache.list(global, args).await,
        CacheCommand::Prune(args) => prune::of_part(global, args, Part::Cache).await,
    }
}
