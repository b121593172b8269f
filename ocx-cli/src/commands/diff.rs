//! `ocx diff`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::ops::{self, DiffFormat};

use super::changes::Scene;
use crate::{args::GlobalArgs, failure::Failure};

/// Show what a session changed that worked on a private clone
///
/// All that is different between its beginning and its end, committed or not. What a terminal would obey
/// is escaped.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DiffArgs {
    /// The session, by the beginning of its ID (see `ocx changes`); needed if several have left work
    session: Option<String>,
    /// Only list the files, with how much of each is another
    #[arg(long)]
    stat: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx diff
  ocx diff 1a2b --stat
  git diff refs/ocx/1a2b3c4d/base refs/ocx/1a2b3c4d/HEAD -- src";

pub(crate) async fn run(global: &GlobalArgs, args: &DiffArgs) -> Result<ExitCode, Failure> {
    let Scene { host, project, .. } = Scene::prepare(global).await?;
    let format = if args.stat {
        DiffFormat::Stat
    } else {
        DiffFormat::Patch
    };
    let diff = ops::diff(&host, &project, args.session.as_deref(), format).await?;
    global.ui().answer(&diff)?;
    Ok(ExitCode::SUCCESS)
}
