//! `ocx adopt`.

use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use ocx_core::{
    host::Host,
    ops::{self, AdoptError, Replace},
    project::{self, Project},
};

use crate::{args::GlobalArgs, failure::Failure, ui::Ui};

/// Take over what ocx kept for this project before it was moved
///
/// That is its conversations, logins, clones and home, and what is known of its trust. A directory that was
/// renamed on the same disk is recognised, and the next session does this by itself; one that was copied to
/// another disk, or cloned again, is not.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AdoptArgs {
    /// Where it was [default: where this directory was, if it is recognised]
    #[arg(value_name = "DIRECTORY", value_hint = clap::ValueHint::DirPath)]
    from: Option<Utf8PathBuf>,
    /// Also if the project has had sessions in its new place: their conversations, logins and clones are
    /// removed
    #[arg(long)]
    replace: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx adopt
  ocx adopt ~/old/shop";

pub(crate) fn run(global: &GlobalArgs, args: &AdoptArgs) -> Result<ExitCode, Failure> {
    let host = Host::of_this_process()?;
    let project = project::discover(&host, global.workspace.as_deref())?;
    let from = match &args.from {
        Some(named) => place(&host, named),
        None => ops::moved_from(&host, &project).ok_or_else(|| Failure::NothingToAdopt {
            root: project.root.clone(),
            gone: ops::gone_projects(&host),
        })?,
    };
    let replace = match args.replace {
        true => Replace::ItsOwn,
        false => Replace::Nothing,
    };
    let ui = global.ui();
    if global.dry_run {
        ops::check_adoption(&host, &project, &from, replace)?;
        ui.progress(&format!(
            "this would take over what ocx kept for the project at {from}"
        ));
        return Ok(ExitCode::SUCCESS);
    }
    adopt(ui, &host, &project, &from, replace)?;
    Ok(ExitCode::SUCCESS)
}

/// For what begins a session or builds: a project that was moved takes along what it had.
pub(crate) fn recognise(
    global: &GlobalArgs,
    host: &Host,
    project: &Project,
) -> Result<(), Failure> {
    if global.dry_run {
        return Ok(());
    }
    let Some(from) = ops::moved_from(host, project) else {
        return Ok(());
    };
    match adopt(global.ui(), host, project, &from, Replace::Nothing) {
        // Another session that began at the same moment was quicker.
        Err(Failure::Adopt(AdoptError::Unknown { .. })) => Ok(()),
        result => result,
    }
}

fn adopt(
    ui: Ui,
    host: &Host,
    project: &Project,
    from: &Utf8Path,
    replace: Replace,
) -> Result<(), Failure> {
    ops::adopt(host, project, from, replace)?;
    ui.progress(&format!(
        "this project was at {from}: its conversations, logins and home came along"
    ));
    Ok(())
}

/// A directory that may be gone, as ocx wrote it down while it was there.
fn place(host: &Host, named: &Utf8Path) -> Utf8PathBuf {
    let whole = host.current_dir.join(host.expand_home(named));
    if let Ok(canonical) = whole.canonicalize_utf8() {
        return canonical;
    }
    // What lies above it may be there, and reached by a link.
    let above = whole.ancestors().skip(1).find_map(|above| {
        let canonical = above.canonicalize_utf8().ok()?;
        Some(canonical.join(whole.strip_prefix(above).ok()?))
    });
    above.unwrap_or(whole)
}

/// What to do where nothing can be taken over.
pub(crate) fn hints(error: &AdoptError) -> Vec<String> {
    let hint = match error {
        AdoptError::Unknown { .. } => {
            "`ocx du` lists what ocx keeps of projects whose directories are gone"
        }
        AdoptError::StillThere { .. } => {
            "a copy begins anew; move the directory, or remove the one that is not needed any more"
        }
        AdoptError::Busy { .. } => "`ocx ps --all` shows its ID, and `ocx stop ID` ends it",
        AdoptError::HasItsOwn { .. } => "`--replace` removes those first, for good",
        _ => return Vec::new(),
    };
    vec![hint.to_owned()]
}
