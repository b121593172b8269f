//! The sessions of a project on more than one engine: a project's engine may have changed since they began.

use std::iter::once;

use futures_util::future::{join, join_all};

use super::running::{
    GRACE, RunningSession, Scope, Sessions, SessionsError, find_session, running_sessions, sort,
};
use crate::{
    image::label,
    ops::Ocx,
    runtime::RuntimeError,
    state::{ProjectStore, is_held, mark_as_stopped, settled_sessions},
};

/// The running sessions on the engine of `ocx` and on those of `others`, the newest first. Of the others,
/// one that does not answer has none.
///
/// # Errors
///
/// If the engine of `ocx` does not answer.
///
/// # Examples
///
/// ```no_run
/// # async fn example(docker: ocx_core::Ocx, podman: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, Scope};
///
/// for session in ops::running_sessions_on(&docker, &[podman], Scope::Project).await? {
///     println!("{} on {}", session.id, session.engine);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn running_sessions_on(
    ocx: &Ocx,
    others: &[Ocx],
    scope: Scope,
) -> Result<Vec<RunningSession>, RuntimeError> {
    let elsewhere = join_all(others.iter().map(|other| running_sessions(other, scope)));
    let (here, elsewhere) = join(running_sessions(ocx, scope), elsewhere).await;
    let mut sessions = here?;
    sessions.extend(elsewhere.into_iter().flatten().flatten());
    sort(&mut sessions);
    Ok(sessions)
}

/// Stops sessions on the engine of `ocx` and on those of `others`, and returns those that were stopped.
///
/// # Errors
///
/// If an ID does not name exactly one session; none is stopped then. If the engine of `ocx` does not
/// answer, or if one of them fails to stop a session.
pub async fn stop_sessions_on(
    ocx: &Ocx,
    others: &[Ocx],
    sessions: &Sessions,
) -> Result<Vec<RunningSession>, SessionsError> {
    let sessions = find_sessions_on(ocx, others, sessions).await?;
    let stops = sessions.iter().map(|session| {
        let one = where_it_runs(ocx, others, session);
        let project = session.container.labels.get(label::PROJECT_ID);
        if let Some(project) = project.filter(|_| !one.is_dry_run()) {
            mark_as_stopped(&one.host.dirs.state, project, &session.id);
        }
        let runtime = &one.runtime;
        runtime.stop_container(&session.container.id, GRACE)
    });
    for result in join_all(stops).await {
        result?;
    }
    Ok(sessions)
}

/// The running sessions that are meant.
pub(super) async fn find_sessions_on(
    ocx: &Ocx,
    others: &[Ocx],
    sessions: &Sessions,
) -> Result<Vec<RunningSession>, SessionsError> {
    let ids = match sessions {
        Sessions::All(scope) => return Ok(running_sessions_on(ocx, others, *scope).await?),
        Sessions::Called(ids) => ids,
    };
    let among = Scope::AllProjects;
    let running = running_sessions_on(ocx, others, among).await?;
    let mut found = Vec::new();
    for id in ids {
        let session = find_session(&running, id, among, &ocx.project.id)?;
        if !found.contains(session) {
            found.push(session.clone());
        }
    }
    Ok(found)
}

/// The one of `ocx` and `others` that a session runs on.
pub(super) fn where_it_runs<'a>(
    ocx: &'a Ocx,
    others: &'a [Ocx],
    session: &RunningSession,
) -> &'a Ocx {
    let mut all = once(ocx).chain(others);
    let found = all.find(|one| one.runtime.name() == session.engine);
    found.unwrap_or(ocx)
}

/// `ocx` on the engine that a running session of the project is on: the one whose ID begins with `id`, or the
/// newest. If none runs, or nobody can tell, it is the engine that it has. `others` are only made, and only
/// asked, if somebody's session runs that is not known to be here.
///
/// # Examples
///
/// ```no_run
/// # async fn example(docker: ocx_core::Ocx, podman: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::{Program, ops::{self, Place}};
///
/// let ocx = ops::where_session_runs(&docker, || vec![podman], None).await;
/// ocx.session(Program::command(["make", "test"])).place(Place::Any).run().await?;
/// # Ok(())
/// # }
/// ```
pub async fn where_session_runs(
    ocx: &Ocx,
    others: impl FnOnce() -> Vec<Ocx>,
    id: Option<&str>,
) -> Ocx {
    let (state, project) = (&ocx.host.dirs.state, ocx.project.id.as_str());
    if !is_held(&ProjectStore::place(state, project)) {
        return ocx.clone();
    }
    let is_meant = |session: &str| id.is_none_or(|id| session.starts_with(id));
    let here = settled_sessions(state, project, ocx.engine_key().as_str());
    if here.is_some_and(|here| here.iter().any(|known| is_meant(&known.session))) {
        return ocx.clone();
    }
    let others = others();
    if others.is_empty() {
        return ocx.clone();
    }
    let running = running_sessions_on(ocx, &others, Scope::Project).await;
    let running = running.unwrap_or_default();
    let found = running.iter().find(|session| is_meant(&session.id));
    found
        .map_or(ocx, |session| where_it_runs(ocx, &others, session))
        .clone()
}
