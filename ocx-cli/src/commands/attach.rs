//! `ocx attach`.

use std::process::ExitCode;

use camino::Utf8Path;
use clap::Args;
use ocx_core::{
    detached::{DetachedRun, DetachedState, DetachedStore, DetachedStreams},
    ops::{self, Attached},
    spec::{DetachKeys, Terminal},
};

use super::{logs, wait};
use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    detached::{DetachError, LEAVE, redraw},
    failure::Failure,
    output,
};

/// Show a session that runs elsewhere on this terminal
///
/// Without an ID it is the newest detached session of this project that runs, or else the newest; an ID may be that of any project's. Ctrl-] leaves a
/// session that goes on. A task (`ocx run --detach`) has no screen: what it has printed is shown, and what
/// it prints until it ends. The exit code is the session's if it ends, and 0 if it is left.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AttachArgs {
    /// Session to show, by the beginning of its ID (see `ocx ps`)
    #[arg(value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Keys that leave the session, such as ctrl-p,ctrl-q
    #[arg(long, value_name = "KEYS", default_value_t)]
    pub(crate) detach_keys: DetachKeys,
}

const EXAMPLES: &str = "\
Examples:
  ocx attach
  ocx attach 1a2b";

pub(crate) async fn run(global: &GlobalArgs, args: &AttachArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_in_spite_of_settings(global)?;
    let store = DetachedStore::new(&context.host.dirs.state);
    let known = known(&store, args.session.as_deref(), &context.project.root);
    if let Some(run) = &known
        && run.streams == DetachedStreams::File
    {
        logs::follow(&store, &run.session).await?;
        return wait::tell(global, &run.session, &store.state(&run.session));
    }
    if context.host.terminals.for_program() != Terminal::Interactive {
        return Err(DetachError::NoTerminal.into());
    }
    let operation = Operation::prepare(global, context);
    let attached = operation
        .with_engine(async |ocx| {
            let others = operation.on_other_engines(ocx);
            if let Some(run) = &known {
                // As it is, a terminal shows what is drawn, but for the mouse and the like.
                let _ = output::bytes(&store.modes(&run.session));
            }
            let detached = known.as_ref().map(|run| run.session.as_str());
            let id = detached.or(args.session.as_deref());
            let keys = args.detach_keys.clone();
            let attached = tokio::select! {
                attached = ops::attach(ocx, &others, id, keys) => attached,
                never = redraw::request() => match never {},
            };
            if !matches!(attached, Ok(Attached::Ended(..))) {
                let _ = output::bytes(LEAVE);
            }
            Ok(attached?)
        })
        .await?;
    let ui = global.ui();
    match attached {
        Attached::Left(session) => {
            let id = &session.id;
            ui.progress(&format!(
                "session {id} goes on; `ocx attach {id}` shows it again"
            ));
            Ok(ExitCode::SUCCESS)
        }
        Attached::Ended(session, exit) => {
            ui.progress(&format!("session {} has ended", session.id));
            let is_detached = known.is_some_and(|run| run.session == session.id);
            if !is_detached {
                return Ok(ExitCode::from(exit.code()));
            }
            // The process that runs it knows whose exit code it was.
            let state = wait::until_ended(&store, &session.id).await?;
            wait::tell(global, &session.id, &state)
        }
    }
}

/// The detached session that is meant, if one is: of those of the project at `root` only one that runs.
fn known(store: &DetachedStore, id: Option<&str>, root: &Utf8Path) -> Option<DetachedRun> {
    let runs = |run: &DetachedRun| store.state(&run.session) == DetachedState::Runs;
    match id {
        // One whose screen is gone leaves the ID to others.
        Some(_) => store
            .find(id, root)
            .ok()
            .filter(|run| run.streams == DetachedStreams::File || runs(run)),
        None => store
            .all()
            .into_iter()
            .find(|run| run.project == root && runs(run)),
    }
}
