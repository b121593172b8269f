//! What running sessions use of the machine.

use std::iter;

use futures_util::future::join_all;

use super::{
    on_engines::find_sessions_on,
    running::{RunningSession, Sessions, SessionsError},
};
use crate::{
    ops::Ocx,
    runtime::{ContainerUsage, EngineName, RuntimeError},
};

/// What running sessions use of the machine.
#[derive(Debug)]
#[non_exhaustive]
pub struct SessionsUsage {
    /// The sessions, the newest first, and what each uses; `None` for one that has just ended, or whose
    /// engine does not measure.
    pub sessions: Vec<(RunningSession, Option<ContainerUsage>)>,
    /// The engines that do not measure, and why.
    pub silent: Vec<(EngineName, RuntimeError)>,
}

/// Measures what running sessions use on the engine of `ocx` and on those of `others`, which may take two
/// seconds.
///
/// # Errors
///
/// If an ID does not name exactly one session, or the engine of `ocx` does not answer.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, Scope, Sessions};
///
/// let measured = ops::session_usage(&ocx, &[], &Sessions::All(Scope::Project)).await?;
/// for (session, usage) in measured.sessions {
///     println!("{}: {:?} bytes", session.id, usage.and_then(|usage| usage.memory));
/// }
/// # Ok(())
/// # }
/// ```
pub async fn session_usage(
    ocx: &Ocx,
    others: &[Ocx],
    sessions: &Sessions,
) -> Result<SessionsUsage, SessionsError> {
    let sessions = find_sessions_on(ocx, others, sessions).await?;
    let measures = iter::once(ocx).chain(others).map(|one| {
        let engine = one.runtime.name();
        let here = sessions.iter().filter(|session| session.engine == engine);
        let containers: Vec<_> = here.map(|session| session.container.id.clone()).collect();
        async move {
            if containers.is_empty() {
                return (engine, Ok(Vec::new()));
            }
            (engine, one.runtime.container_usage(&containers).await)
        }
    });
    let mut silent = Vec::new();
    let mut measured: Vec<(EngineName, ContainerUsage)> = Vec::new();
    for (engine, answer) in join_all(measures).await {
        match answer {
            Ok(usages) => measured.extend(usages.into_iter().map(|usage| (engine, usage))),
            Err(error) => silent.push((engine, error)),
        }
    }
    let sessions = sessions
        .into_iter()
        .map(|session| {
            let mut all = measured.iter();
            let own = all.find(|(engine, usage)| {
                *engine == session.engine && usage.is_of(&session.container.id)
            });
            let usage = own.map(|(_, usage)| usage.clone());
            (session, usage)
        })
        .collect();
    Ok(SessionsUsage { sessions, silent })
}
