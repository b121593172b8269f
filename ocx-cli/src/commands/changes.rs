//! `ocx changes`.

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use ocx_core::{
    Settings,
    clones::Work,
    host::Host,
    ops::{self, CloneState, SessionChanges},
    project::Project,
};
use serde_json::{Value, json};

use super::ps::age;
use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    failure::Failure,
    plain_table::{Column, PlainTable},
};

/// List what sessions left that worked on a private clone
///
/// With `workspace = "clone"` a session works on a clone of the repository. Its commits, and what it had
/// not committed, are in your repository afterwards, below refs/ocx/SESSION. What a session made whose ocx
/// was killed is brought now.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ChangesArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx --set workspace=clone opencode run \"add a test\"
  ocx changes
  ocx diff 1a2b
  ocx apply 1a2b
  git log --graph refs/ocx/1a2b3c4d/HEAD";

pub(crate) async fn run(global: &GlobalArgs, args: &ChangesArgs) -> Result<ExitCode, Failure> {
    let Scene { host, project, .. } = Scene::prepare(global).await?;
    let changes = ops::changes(&host, &project).await?;
    let ui = global.ui();
    match (args.json, changes.is_empty()) {
        (true, _) => ui.json(&as_json(&changes))?,
        (false, true) => ui.progress("no session has left work in this repository"),
        (false, false) => ui.answer(&as_table(&changes, Timestamp::now()).text(ui.width()))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Where sessions have left work, after that of those was brought whose ocx was killed.
pub(super) struct Scene {
    pub(super) host: Host,
    pub(super) project: Project,
    pub(super) settings: Settings,
}

impl Scene {
    pub(super) async fn prepare(global: &GlobalArgs) -> Result<Self, Failure> {
        let context = Context::prepare_to_look(global)?;
        let scene = Self {
            host: context.host.clone(),
            project: context.project.clone(),
            settings: context.loaded.settings.clone(),
        };
        if !global.dry_run && ops::has_unfinished(&scene.host, &scene.project) {
            // Its engine has to say that nothing runs in there any more.
            let brought = Operation::prepare(global, context)
                .with_engine(async |ocx| {
                    ops::bring_unfinished(ocx).await;
                    Ok(())
                })
                .await;
            if let Err(failure) = brought {
                global.ui().warning(&format!(
                    "the work of a session whose ocx was killed cannot be brought now: {failure}"
                ));
            }
        }
        Ok(scene)
    }
}

fn as_json(changes: &[SessionChanges]) -> Value {
    changes
        .iter()
        .map(|changes| {
            let work = changes.work.as_ref();
            let (state, clone, reason) = match &changes.clone {
                CloneState::Running => ("running", None, None),
                CloneState::Unfinished => ("unfinished", None, None),
                CloneState::Kept { directory, reason } => ("kept", Some(directory), Some(reason)),
                _ => ("ended", None, None),
            };
            json!({
                "session": changes.session,
                "state": state,
                "clone": clone,
                "reason": reason,
                "base": work.and_then(|work| work.base.as_ref()),
                "head": work.and_then(|work| work.head.as_ref()),
                "uncommitted": work.and_then(|work| work.uncommitted.as_ref()),
                "commits": work.map_or(0, |work| work.commits),
                "uncommitted_files": work.map_or(0, |work| work.uncommitted_files),
                "refs": work.map(|work| &work.refs),
                "when": work.and_then(|work| work.when).map(|when| when.to_string()),
            })
        })
        .collect()
}

fn as_table(changes: &[SessionChanges], now: Timestamp) -> PlainTable {
    let mut table = PlainTable::new([
        ("SESSION", Column::Whole),
        ("WHEN", Column::Whole),
        ("COMMITS", Column::Whole),
        ("NOT COMMITTED", Column::Whole),
        ("STATE", Column::Words),
    ]);
    for changes in changes {
        let cells = [
            changes.session.clone(),
            changes
                .work
                .as_ref()
                .and_then(|work| work.when)
                .map_or_else(|| "-".to_owned(), |when| age(when, now)),
            commits(changes.work.as_ref()),
            files(changes.work.as_ref()),
            match &changes.clone {
                CloneState::Running => "running".to_owned(),
                CloneState::Unfinished => "not brought yet".to_owned(),
                CloneState::Kept { directory, reason } => {
                    format!("kept in {directory}: {reason}")
                }
                _ => "ended".to_owned(),
            },
        ];
        table.row(cells);
    }
    table
}

fn commits(work: Option<&Work>) -> String {
    work.map_or_else(|| "-".to_owned(), |work| work.commits.to_string())
}

fn files(work: Option<&Work>) -> String {
    match work.map(|work| work.uncommitted_files) {
        None | Some(0) => "-".to_owned(),
        Some(1) => "1 file".to_owned(),
        Some(files) => format!("{files} files"),
    }
}
