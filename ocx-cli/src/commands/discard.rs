//! `ocx discard`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::ops::{self, Discarded};

use super::changes::Scene;
use crate::{args::GlobalArgs, exit_code, failure::Failure, question};

/// Throw away what a session made that worked on a private clone
///
/// Asks on a terminal. Elsewhere nothing is thrown away without --yes, and the exit code is 78. The commits
/// are named, so that Git still finds them for some weeks: `git branch back COMMIT`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DiscardArgs {
    /// The session, by the beginning of its ID (see `ocx changes`); needed if several have left work
    session: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx discard
  ocx discard --yes 1a2b";

pub(crate) async fn run(global: &GlobalArgs, args: &DiscardArgs) -> Result<ExitCode, Failure> {
    let Scene { host, project, .. } = Scene::prepare(global).await?;
    let would = ops::would_discard(&host, &project, args.session.as_deref()).await?;
    global.ui().answer(&described(&would))?;
    if global.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !args.yes {
        let may_ask = host.terminals.stdin && host.terminals.stderr && !global.quiet;
        if !may_ask || !question::is_agreed("Throw that away?") {
            global.ui().progress("nothing was thrown away");
            return Ok(ExitCode::from(exit_code::CONFIG));
        }
    }
    ops::discard(&host, &project, Some(&would.session)).await?;
    global
        .ui()
        .progress(&format!("threw away what session {} left", would.session));
    Ok(ExitCode::SUCCESS)
}

fn described(would: &Discarded) -> String {
    let mut lines: Vec<String> = would
        .refs
        .iter()
        .map(|(name, object)| format!("{name} (was {object})\n"))
        .collect();
    if would.has_clone {
        lines.push("its clone, with what could not be brought\n".to_owned());
    }
    lines.concat()
}
