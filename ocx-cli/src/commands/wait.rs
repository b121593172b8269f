//! `ocx wait`.

use std::process::ExitCode;

use camino::Utf8Path;
use clap::Args;
use jiff::Timestamp;
use ocx_core::{
    detached::{DetachedRun, DetachedState, DetachedStore},
    session_log::{SessionLog, SessionState},
};
use serde_json::{Value, json};

use super::known_session::{self, KnownSession};
use crate::{
    args::GlobalArgs, context::Context, detached::DetachError, exit_code, failure::Failure,
};

/// Wait for the end of a session
///
/// Without an ID it is the newest detached session of this project; an ID may be that of any session of any
/// project. Ends at once if the session has ended. The exit code is the session's.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WaitArgs {
    /// Session to wait for, by the beginning of its ID
    #[arg(value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Print how it ended as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx wait
  id=$(ocx run --detach \"fix the tests\")
  ocx wait \"$id\"";

pub(crate) async fn run(global: &GlobalArgs, args: &WaitArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_in_spite_of_settings(global)?;
    let (state, root) = (&context.host.dirs.state, &context.project.root);
    match known_session::find_detached_first(state, args.session.as_deref(), root)? {
        KnownSession::Detached(run) => of_detached(global, args, state, run).await,
        KnownSession::Attached(log) => of_attached(global, args, log).await,
    }
}

async fn of_detached(
    global: &GlobalArgs,
    args: &WaitArgs,
    state: &Utf8Path,
    run: DetachedRun,
) -> Result<ExitCode, Failure> {
    let store = DetachedStore::new(state);
    let state = until_ended(&store, &run.session).await?;
    if args.json {
        let end = match &state {
            DetachedState::Ended(end) => Some((end.ended, end.code)),
            DetachedState::Runs | DetachedState::Lost => None,
        };
        let DetachedRun {
            session,
            project,
            command,
            began,
            ..
        } = &run;
        global
            .ui()
            .json(&as_json(session, project, command, *began, end))?;
    }
    tell(global, &run.session, &state)
}

/// What the process that runs it in a terminal has written down.
async fn of_attached(
    global: &GlobalArgs,
    args: &WaitArgs,
    log: SessionLog,
) -> Result<ExitCode, Failure> {
    let waiting = log.clone();
    let waited = tokio::task::spawn_blocking(move || waiting.wait()).await;
    let state = waited.map_err(|error| Failure::Start {
        source: error.into(),
    })??;
    let (session, ui) = (log.session.as_str(), global.ui());
    let end = match &state {
        SessionState::Ended { code, at } => Some((*at, *code)),
        SessionState::Failed { kind, at, .. } => Some((*at, exit_code::of_kind(*kind))),
        SessionState::Runs | SessionState::Lost => None,
    };
    if args.json {
        ui.json(&as_json(
            session,
            &log.project,
            &log.command,
            log.began,
            end,
        ))?;
    }
    if let SessionState::Failed { error, .. } = &state {
        ui.warning(&format!("session {session} failed: {error}"));
    }
    match end {
        Some((_, code)) => Ok(ExitCode::from(code)),
        None => Ok(lost(global, session)),
    }
}

fn as_json(
    session: &str,
    project: &Utf8Path,
    command: &[String],
    began: Timestamp,
    end: Option<(Timestamp, u8)>,
) -> Value {
    json!({
        "session": session,
        "project": project,
        "command": command,
        "began": began.to_string(),
        "ended": end.map(|(ended, _)| ended.to_string()),
        "exit_code": end.map(|(_, code)| code),
    })
}

pub(super) async fn until_ended(
    store: &DetachedStore,
    session: &str,
) -> Result<DetachedState, Failure> {
    let (store, session) = (store.clone(), session.to_owned());
    // The lock is waited for in a thread of its own, so that Ctrl-C ends this process.
    let waited = tokio::task::spawn_blocking(move || store.wait(&session)).await;
    let waited = waited.map_err(|error| Failure::Start {
        source: error.into(),
    })?;
    Ok(waited.map_err(DetachError::Store)?)
}

/// Ends as a session did that has ended.
pub(super) fn tell(
    global: &GlobalArgs,
    session: &str,
    state: &DetachedState,
) -> Result<ExitCode, Failure> {
    match state {
        DetachedState::Ended(end) => Ok(ExitCode::from(end.code)),
        DetachedState::Lost | DetachedState::Runs => Ok(lost(global, session)),
    }
}

fn lost(global: &GlobalArgs, session: &str) -> ExitCode {
    global.ui().warning(&format!(
        "the process that ran session {session} was killed, so nobody knows how it ended"
    ));
    ExitCode::from(exit_code::INTERNAL)
}
