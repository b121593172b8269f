//! `ocx image`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{
    du::part::{ListArgs, Part},
    removal::{self, Consent, Named},
};
use crate::{args::GlobalArgs, failure::Failure};

/// List or remove the images that ocx built
///
/// `ocx prune` removes those that nobody needs.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImageArgs {
    #[command(subcommand)]
    command: ImageCommand,
}

const EXAMPLES: &str = "\
Examples:
  ocx image list
  ocx image rm ocx-ruby--3.3:1.18.33";

#[derive(Debug, Subcommand)]
enum ImageCommand {
    /// List the images that ocx built, and who needs them
    ///
    /// On all engines that answer, unless the setting `runtime` or --runtime names one.
    #[command(visible_alias = "ls", after_help = LIST_EXAMPLES)]
    List(ListArgs),
    Rm(RmArgs),
}

const LIST_EXAMPLES: &str = "\
Examples:
  ocx image list
  ocx image list --json";

/// Remove images that ocx built
///
/// Also those that a project uses, whose next session builds them again: that is said, and asked on a terminal.
/// What a session runs on, what another image is made of, and what somebody gave a name of his own stays; a base
/// can be named together with what was built on it. Other images are your engine's business.
///
/// The exit code is 78 if ocx has built no image of that name, 75 while another ocx builds or if an image is
/// needed, 76 if an engine did not remove one.
#[derive(Args, Debug)]
#[command(after_help = RM_EXAMPLES)]
struct RmArgs {
    /// Names of images, as `ocx image list` shows them
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Print JSON, as `ocx prune --json` does; does not ask
    #[arg(long)]
    json: bool,
}

const RM_EXAMPLES: &str = "\
Examples:
  ocx image rm ocx-ruby--3.3:1.18.33
  ocx --runtime podman image rm --yes team-tools:latest";

pub(crate) async fn run(global: &GlobalArgs, args: &ImageArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        ImageCommand::List(args) => Part::Images.list(global, args).await,
        ImageCommand::Rm(RmArgs { images, yes, json }) => {
            let named = Named {
                part: Part::Images,
                names: images,
                consent: if *yes {
                    Consent::Given
                } else {
                    Consent::AskedIfInUse
                },
                json: *json,
            };
            removal::run(global, &named).await
        }
    }
}
