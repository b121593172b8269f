//! `ocx du`.

pub(super) mod part;
pub(super) mod scene;
pub(super) mod table;

use std::process::ExitCode;

use clap::Args;
use ocx_core::ops::Keep;

use self::scene::Scene;
use crate::{args::GlobalArgs, failure::Failure};

/// Show what ocx takes of the disks, and what of it nobody needs
///
/// Images that ocx built, homes, downloads, and what is kept of projects, on all engines that answer, with
/// the projects that use them now. Works outside of a project, too, and changes nothing. Layers that images
/// of ocx share count once.
///
/// Keys of the JSON: `items` (`kind`, `name`, `engine`, `size` in bytes or null, `projects`, `state`:
/// `needed`, `unneeded` or `user-data`, `reason`), `silent` (`engine`, `error`), `total`, `unneeded` and
/// `user_data` in bytes.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DuArgs {
    #[command(flatten)]
    pub(crate) keep: KeepArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx du
  ocx du --keep-versions 1 --json";

/// What is kept although nobody uses it.
#[derive(Args, Debug)]
pub(crate) struct KeepArgs {
    /// How many of the newest versions of opencode are kept, of downloads and on each base in use [default: the
    /// setting `keep_versions`]
    #[arg(long, value_name = "N")]
    pub(crate) keep_versions: Option<usize>,
}

pub(crate) async fn run(global: &GlobalArgs, args: &DuArgs) -> Result<ExitCode, Failure> {
    let scene = Scene::prepare(global)?;
    let keep = Keep {
        versions: args.keep.keep_versions.unwrap_or(scene.keep_versions),
        ..Keep::default()
    };
    let usage = scene.disk.usage(&keep).await;
    part::show(global.ui(), &usage, args.json)?;
    Ok(ExitCode::SUCCESS)
}
