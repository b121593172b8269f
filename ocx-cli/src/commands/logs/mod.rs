//! `ocx logs`.

mod engine;
mod file;
mod opencode;

use std::{process::ExitCode, time::Duration};

use clap::Args;
use ocx_core::{
    detached::{DetachedRun, DetachedState, DetachedStore},
    session_log::SessionLogs,
};

use self::file::{open, show_rest};
use crate::{
    args::GlobalArgs,
    commands::known_session::{self, KnownSession},
    context::Context,
    failure::Failure,
    output,
};

/// Show what a detached session has printed, or a log
///
/// Without an ID it is the newest detached session of this project, whether it runs or has ended. Of one
/// with a terminal of its own (`ocx opencode --detach`) it is what ocx said; `ocx attach` shows its screen.
/// What a session in a terminal prints is kept nowhere.
///
/// With --engine it is any session, the project's newest without an ID: its steps, the commands that ocx gave
/// the engine, how long they took and which failed, and how it ended. The newest 50 sessions are kept. Keys of
/// the JSON: `at`, `event` (`began`, `inside`, `step`, `note`, `warning`, `engine`, `engine_ended`, `program`,
/// `ended`, `failed`), and of these `project` and `command`, `text`, `line`, `milliseconds` and `failure`, `code`,
/// `kind` and `error`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogsArgs {
    /// Session, by the beginning of its ID; of any project
    #[arg(value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Go on with what is printed, until the session ends
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Show the commands that the engine was given for the session
    #[arg(long)]
    pub(crate) engine: bool,
    /// Print each of these as JSON, an object a line
    #[arg(long, requires = "engine")]
    pub(crate) json: bool,
    /// Show the newest log that opencode keeps in the project's data
    #[arg(long, conflicts_with = "engine")]
    pub(crate) opencode: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx logs
  ocx logs --follow 1a2b
  ocx logs --engine
  ocx logs --opencode";

/// How often it is looked whether more was printed.
const LOOK: Duration = Duration::from_millis(200);

pub(crate) async fn run(global: &GlobalArgs, args: &LogsArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_in_spite_of_settings(global)?;
    let id = args.session.as_deref();
    let root = &context.project.root;
    let state = &context.host.dirs.state;
    if args.opencode {
        let project = match id {
            None => context.project,
            Some(_) => known_session::find(state, id, root)?.project(&context.host)?,
        };
        return opencode::show(global, &context.host, &project, args.follow).await;
    }
    if args.engine {
        let log = SessionLogs::new(state).find(id, root)?;
        return engine::show(global, &log, args).await;
    }
    match known_session::find_detached_first(state, id, root)? {
        KnownSession::Detached(run) => printed(&DetachedStore::new(state), &run, args.follow).await,
        KnownSession::Attached(log) => Err(Failure::NotDetached {
            session: log.session.to_string(),
        }),
    }
}

/// Shows what a detached session has printed.
async fn printed(
    store: &DetachedStore,
    run: &DetachedRun,
    goes_on: bool,
) -> Result<ExitCode, Failure> {
    if goes_on {
        follow(store, &run.session).await?;
    } else {
        let path = store.output(&run.session);
        show_rest(&path, &mut open(&path)?, output::bytes)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows what a session has printed, and what it prints until it ends.
pub(super) async fn follow(store: &DetachedStore, session: &str) -> Result<(), Failure> {
    let path = store.output(session);
    let mut file = open(&path)?;
    loop {
        // In this order: what it printed last is there when it has ended.
        let runs = store.state(session) == DetachedState::Runs;
        if !show_rest(&path, &mut file, output::bytes)? || !runs {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}
