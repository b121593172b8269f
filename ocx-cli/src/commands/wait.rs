//! `ocx wait`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::detached::{DetachedState, DetachedStore};
use serde_json::json;

use crate::{
    args::GlobalArgs, context::Context, detached::DetachError, exit_code, failure::Failure,
};

/// Wait for the end of a detached session
///
/// Without an ID it is the newest of this project. Ends at once if the session has ended. The exit code is
/// the session's.
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
    let store = DetachedStore::new(&context.host.dirs.state);
    let run = store
        .find(args.session.as_deref(), &context.project.root)
        .map_err(DetachError::Store)?;
    let state = until_ended(&store, &run.session).await?;
    if args.json {
        let end = match &state {
            DetachedState::Ended(end) => Some(end),
            DetachedState::Runs | DetachedState::Lost => None,
        };
        global.ui().json(&json!({
            "session": run.session,
            "project": run.project,
            "command": run.command,
            "began": run.began.to_string(),
            "ended": end.map(|end| end.ended.to_string()),
            "exit_code": end.map(|end| end.code),
        }))?;
    }
    tell(global, &run.session, &state)
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
        DetachedState::Lost | DetachedState::Runs => {
            global.ui().warning(&format!(
                "the process that ran session {session} was killed, so nobody knows how it ended"
            ));
            Ok(ExitCode::from(exit_code::INTERNAL))
        }
    }
}
