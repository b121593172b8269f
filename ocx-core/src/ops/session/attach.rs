//! The caller's terminal on a session that runs elsewhere: in another terminal, or in none.

use std::time::Duration;

use super::{
    on_engines::{running_sessions_on, where_it_runs},
    running::{RunningSession, Scope, find_session, running_sessions},
};
use crate::{
    ops::{FindSessionError, Ocx, SessionError},
    runtime::Exit,
    spec::{AttachSpec, DetachKeys},
};

/// How a terminal came off a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attached {
    /// The session goes on.
    Left(RunningSession),
    /// It has ended, with this as far as the engine's client knows.
    Ended(RunningSession, Exit),
}

/// How long an engine may list a container whose program has ended.
const ENDING: Duration = Duration::from_millis(400);

/// Connects the caller's terminal to the program of a running session, on whichever of the engines of `ocx`
/// and `others` that runs: of the session of any project whose ID begins with `id`, or of the newest of the
/// project. It comes off when the program ends, or when `keys` are typed.
///
/// # Errors
///
/// If there is no such session, the caller has no terminal, or the engine fails.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::{ops::{self, Attached}, spec::DetachKeys};
///
/// match ops::attach(&ocx, &[], Some("1a2b"), DetachKeys::default()).await? {
///     Attached::Left(session) => println!("{} goes on", session.id),
///     Attached::Ended(_, exit) => println!("ended with {}", exit.code()),
/// }
/// # Ok(())
/// # }
/// ```
pub async fn attach(
    ocx: &Ocx,
    others: &[Ocx],
    id: Option<&str>,
    keys: DetachKeys,
) -> Result<Attached, SessionError> {
    let terminal = ocx.host.terminals.for_program();
    let scope = id.map_or(Scope::Project, |_| Scope::AllProjects);
    let running = running_sessions_on(ocx, others, scope).await?;
    let session = match id {
        Some(id) => find_session(&running, id, scope, &ocx.project.id)?,
        None => running.first().ok_or(FindSessionError::NoneRuns)?,
    };
    let ocx = where_it_runs(ocx, others, session);
    let mut spec = AttachSpec::new(session.container.id.clone());
    (spec.terminal, spec.detach_keys) = (terminal, keys);
    let exit = ocx.runtime.attach(&spec).await?;
    for wait in [None, Some(ENDING)] {
        if let Some(wait) = wait {
            tokio::time::sleep(wait).await;
        }
        let still = running_sessions(ocx, Scope::AllProjects).await?;
        if !still.iter().any(|one| one.id == session.id) {
            return Ok(Attached::Ended(session.clone(), exit));
        }
    }
    Ok(Attached::Left(session.clone()))
}
