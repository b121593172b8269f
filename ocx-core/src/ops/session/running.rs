//! The sessions of a project that are running.

use std::time::Duration;

use futures_util::future::join_all;

use super::stop_sessions_on;
use crate::ops::{FindSessionError, Ocx};
use crate::{
    image::label,
    report::Notice,
    runtime::{ContainerFilter, ContainerInfo, EngineName, RuntimeError},
    state::is_abandoned,
};

/// How long a session gets to end before it is killed.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Whose sessions are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The user's own in the project.
    Project,
    /// The user's own in all projects on the engine.
    AllProjects,
    /// Those of all users, of whom an engine that runs as root may have many.
    AllUsers,
}

/// A running session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningSession {
    /// Its ID, unique among running sessions.
    pub id: String,
    /// Canonical root of its project.
    pub project: String,
    /// Its container.
    pub container: ContainerInfo,
    /// The engine that it runs on.
    pub engine: EngineName,
    /// ID of the host's user who began it; `None` where an older ocx did.
    pub uid: Option<u32>,
    /// Whether the ocx that ran it is gone, so that nobody waits for its end or gives refreshed
    /// credentials back.
    pub abandoned: bool,
}

/// Why sessions could not be stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StopError {
    /// One that was named cannot be told; none was stopped.
    #[error(transparent)]
    Find(#[from] FindSessionError),
    /// The engine failed.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
}

/// The running sessions, the newest first.
///
/// # Errors
///
/// If the engine does not answer.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, Scope};
///
/// for session in ops::running_sessions(&ocx, Scope::AllProjects).await? {
///     println!("{} of {}", session.id, session.project);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn running_sessions(
    ocx: &Ocx,
    scope: Scope,
) -> Result<Vec<RunningSession>, RuntimeError> {
    let mut filter = ContainerFilter::default();
    filter.having.insert(label::SESSION.to_owned());
    if scope == Scope::Project {
        // Not by its root: Podman takes a comma in a filter for the end of a value (4.3.1).
        filter
            .labels
            .insert(label::PROJECT_ID.to_owned(), ocx.project.id.to_string());
    }
    let containers = ocx.runtime.list_containers(&filter).await?;
    let mut sessions: Vec<RunningSession> = containers
        .into_iter()
        .filter_map(|container| {
            let id = container.labels.get(label::SESSION)?.clone();
            let project_id = container.labels.get(label::PROJECT_ID);
            let uid = container.labels.get(label::USER);
            Some(RunningSession {
                uid: uid.and_then(|uid| uid.parse().ok()),
                abandoned: project_id
                    .is_some_and(|project| is_abandoned(&ocx.host.dirs.state, project, &id)),
                engine: ocx.runtime.name(),
                id,
                project: container.labels.get(label::PROJECT)?.clone(),
                container,
            })
        })
        .filter(|session| match session.uid {
            Some(uid) if scope != Scope::AllUsers => uid == ocx.host.user.uid,
            _ => true,
        })
        .collect();
    sort(&mut sessions);
    Ok(sessions)
}

/// The newest first.
pub(super) fn sort(sessions: &mut [RunningSession]) {
    sessions.sort_by(|a, b| {
        let newest_first = b.container.created.cmp(&a.container.created);
        newest_first.then_with(|| a.id.cmp(&b.id))
    });
}

/// Stops the containers of sessions whose ocx is gone, and returns the other sessions. Those on another
/// engine are left alone.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, Scope};
///
/// let all = ops::running_sessions(&ocx, Scope::Project).await?;
/// let living = ops::stop_abandoned(&ocx, all).await;
/// # Ok(())
/// # }
/// ```
pub async fn stop_abandoned(ocx: &Ocx, sessions: Vec<RunningSession>) -> Vec<RunningSession> {
    let is_meant =
        |session: &RunningSession| session.abandoned && session.engine == ocx.runtime.name();
    let (abandoned, others): (Vec<_>, Vec<_>) = sessions.into_iter().partition(is_meant);
    let stops = abandoned.iter().map(|session| {
        ocx.notice(&Notice::AbandonedSession {
            session: session.id.clone(),
        });
        ocx.runtime.stop_container(&session.container.id, GRACE)
    });
    // What fails is tried again by the next one who looks.
    join_all(stops).await;
    others
}

/// The one of `sessions` that `id` begins.
///
/// # Errors
///
/// If there is none, or more than one.
pub(in crate::ops) fn find_session<'a>(
    sessions: &'a [RunningSession],
    id: &str,
) -> Result<&'a RunningSession, FindSessionError> {
    let mut found = sessions
        .iter()
        .filter(|session| session.id.starts_with(id) || session.container.name == id);
    match (found.next(), found.next()) {
        (Some(session), None) => Ok(session),
        (None, _) => Err(FindSessionError::NoSuchSession { id: id.to_owned() }),
        (Some(_), Some(_)) => Err(FindSessionError::AmbiguousSession { id: id.to_owned() }),
    }
}

/// Stops sessions of the project: those whose IDs begin with one of `ids`, or all if there are none.
/// Returns those that were stopped.
///
/// # Errors
///
/// If one of `ids` does not name exactly one session; none is stopped then. Or if the engine fails.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops;
///
/// // All of the project.
/// let stopped = ops::stop_sessions(&ocx, &[]).await?;
/// println!("stopped {}", stopped.len());
/// # Ok(())
/// # }
/// ```
pub async fn stop_sessions(ocx: &Ocx, ids: &[String]) -> Result<Vec<RunningSession>, StopError> {
    stop_sessions_on(ocx, &[], ids).await
}
