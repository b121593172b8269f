//! `ocx volume`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{
    du::part::{ListArgs, Part},
    removal::{self, Consent, Named},
};
use crate::{args::GlobalArgs, failure::Failure};

/// List or remove the homes of projects' sessions
///
/// What is installed in a session (`pip install --user` and the like) lies in its home, a volume of the
/// project's own. Conversations and logins do not: those are files of yours.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VolumeArgs {
    #[command(subcommand)]
    command: VolumeCommand,
}

const EXAMPLES: &str = "\
Examples:
  ocx volume list
  ocx volume rm ocx-shop-0a1b2c3d4e5f-home-1";

#[derive(Debug, Subcommand)]
enum VolumeCommand {
    /// List the homes, and whose they are
    ///
    /// On all engines that answer, unless the setting `runtime` or --runtime names one.
    #[command(visible_alias = "ls", after_help = LIST_EXAMPLES)]
    List(ListArgs),
    Rm(RmArgs),
}

const LIST_EXAMPLES: &str = "\
Examples:
  ocx volume list
  ocx volume list --json";

/// Remove homes, so that the projects' next sessions begin with empty ones
///
/// Asks on a terminal; elsewhere it needs --yes, and the exit code is 64 without it. The home of a running
/// session stays. The exit code is 78 if ocx has made no volume of that name, 75 while another ocx builds or if
/// a home is in use, 76 if an engine did not remove one.
#[derive(Args, Debug)]
#[command(after_help = RM_EXAMPLES)]
struct RmArgs {
    /// Names of volumes, as `ocx volume list` shows them
    #[arg(value_name = "VOLUME", required = true)]
    volumes: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Print JSON, as `ocx prune --json` does; does not ask
    #[arg(long)]
    json: bool,
}

const RM_EXAMPLES: &str = "\
Examples:
  ocx volume rm ocx-shop-0a1b2c3d4e5f-home-1
  ocx volume rm --yes ocx-shop-0a1b2c3d4e5f-home-1";

pub(crate) async fn run(global: &GlobalArgs, args: &VolumeArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        VolumeCommand::List(args) => Part::Volumes.list(global, args).await,
        VolumeCommand::Rm(RmArgs { volumes, yes, json }) => {
            let named = Named {
                part: Part::Volumes,
                names: volumes,
                consent: if *yes { Consent::Given } else { Consent::Asked },
                json: *json,
            };
            removal::run(global, &named).await
        }
    }
}
