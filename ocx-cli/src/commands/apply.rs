//! `ocx apply`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::ops::{self, Applied, DiffFormat};

use super::changes::Scene;
use crate::{args::GlobalArgs, failure::Failure};

/// Take over what a session made that worked on a private clone
///
/// Its commits are merged into the current branch; what it had not committed is changed in your working
/// tree, and not committed either. Nothing is done if changes of your own would be overwritten. Hooks do
/// not run, nor filters of the repository's own configuration: they could be the session's.
///
/// What it left on other branches stays, and `ocx changes` still lists it. The exit code is 1 if its work
/// conflicts with yours.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ApplyArgs {
    /// The session, by the beginning of its ID (see `ocx changes`); needed if several have left work
    session: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  ocx apply
  ocx apply 1a2b
  git merge refs/ocx/1a2b3c4d/heads/side   # a branch that it left beside";

pub(crate) async fn run(global: &GlobalArgs, args: &ApplyArgs) -> Result<ExitCode, Failure> {
    let Scene {
        host,
        project,
        settings,
    } = Scene::prepare(global).await?;
    let session = args.session.as_deref();
    if global.dry_run {
        let stat = ops::diff(&host, &project, session, DiffFormat::Stat).await?;
        global
            .ui()
            .answer(&format!("this would be taken over:\n{stat}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let applied = ops::apply(&host, &project, &settings, session).await?;
    global.ui().progress(&sentence(&applied));
    for name in &applied.left {
        global.ui().progress(&format!("left as it is: {name}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn sentence(applied: &Applied) -> String {
    let files = match applied.files {
        0 => String::new(),
        1 => ", and changes to 1 file, not committed".to_owned(),
        files => format!(", and changes to {files} files, not committed"),
    };
    let commits = match applied.commits {
        0 => "no commits".to_owned(),
        1 => "1 commit".to_owned(),
        commits => format!("{commits} commits"),
    };
    format!(
        "took over from session {}: {commits}{files}",
        applied.session
    )
}
