//! The sessions of a project that are running.

use std::time::Duration;

use futures_util::future::join_all;

use super::stop_sessions_on;
use crate::ops::{FindSessionError, Ocx};
use crate::{
    image::label,
    project::ProjectId,
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

/// Which running sessions are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// All of these.
    All(Scope),
    /// The user's own whose IDs begin with these, in whichever project; one of the project's before others.
    Called(Vec<String>),
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

/// Why running sessions could not be found, measured or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionsError {
    /// One that was named cannot be told; nothing was done.
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

/// The one of `sessions`, which are all of `among`, that `id` begins; one of this project before those of
/// others.
///
/// # Errors
///
/// If there is none, or more than one.
pub(in crate::ops) fn find_session<'a>(
    sessions: &'a [RunningSession],
    id: &str,
    among: Scope,
    project: &ProjectId,
) -> Result<&'a RunningSession, FindSessionError> {
    let is_called =
        |session: &&RunningSession| session.id.starts_with(id) || session.container.name == id;
    let is_of_project = |session: &&RunningSession| {
        let labels = &session.container.labels;
        labels.get(label::PROJECT_ID).map(String::as_str) == Some(project.as_str())
    };
    let (own, others): (Vec<_>, Vec<_>) =
        sessions.iter().filter(is_called).partition(is_of_project);
    let found = if own.is_empty() { others } else { own };
    let id = id.to_owned();
    match found.as_slice() {
        [only] => Ok(only),
        [] => Err(FindSessionError::NoSuchSession { id, among }),
        _ => Err(FindSessionError::AmbiguousSession { id, among }),
    }
}

/// Stops sessions, and returns those that were stopped.
///
/// # Errors
///
/// If an ID does not name exactly one session; none is stopped then. Or if the engine fails.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, Scope, Sessions};
///
/// let stopped = ops::stop_sessions(&ocx, &Sessions::All(Scope::Project)).await?;
/// println!("stopped {}", stopped.len());
/// # Ok(())
/// # }
/// ```
pub async fn stop_sessions(
    ocx: &Ocx,
    sessions: &Sessions,
) -> Result<Vec<RunningSession>, SessionsError> {
    stop_sessions_on(ocx, &[], sessions).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::ContainerId;

    fn session(id: &str, project: &ProjectId) -> RunningSession {
        let mut container =
            ContainerInfo::new(ContainerId(format!("c-{id}")), jiff::Timestamp::UNIX_EPOCH);
        let labels = &mut container.labels;
        labels.insert(label::PROJECT_ID.to_owned(), project.to_string());
        RunningSession {
            id: id.to_owned(),
            project: "/p".to_owned(),
            container,
            engine: EngineName::from_static("docker"),
            uid: None,
            abandoned: false,
        }
    }

    #[test]
    fn a_session_of_the_project_comes_before_those_of_others() {
        let [own, other] = ["/own", "/other"].map(|root| ProjectId::of(root.into()));
        let running = [
            session("a1", &other),
            session("a2", &own),
            session("b1", &other),
            session("c1", &other),
            session("c2", &other),
            session("d1", &own),
            session("d2", &own),
            session("d3", &other),
        ];
        let find = |id: &str| find_session(&running, id, Scope::AllProjects, &own);
        assert_eq!(find("a").unwrap().id, "a2");
        assert_eq!(find("a1").unwrap().id, "a1");
        assert_eq!(find("b").unwrap().id, "b1");
        let message = |id: &str| find(id).unwrap_err().to_string();
        assert_eq!(message("c"), "more than one session begins with `c`");
        assert_eq!(message("d"), "more than one session begins with `d`");
        assert_eq!(message("e"), "no session `e` is running");
        let of_project = find_session(&[], "e", Scope::Project, &own).unwrap_err();
        assert_eq!(
            of_project.to_string(),
            "no session `e` of this project is running"
        );
    }
}
