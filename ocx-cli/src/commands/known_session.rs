//! The session that is meant, as far as it is known without asking an engine.

use camino::Utf8Path;
use ocx_core::{
    detached::{DetachedError, DetachedRun, DetachedStore},
    host::Host,
    project::{self, Project},
    session_log::{SessionLog, SessionLogError, SessionLogs},
};

use crate::{args::GlobalArgs, detached::DetachError, failure::Failure};

/// A session that runs or has ended.
pub(super) enum KnownSession {
    /// It outlasts its terminal.
    Detached(DetachedRun),
    /// It is in somebody's terminal, or was.
    Attached(SessionLog),
}

impl KnownSession {
    /// Its project.
    pub(super) fn project(&self, host: &Host) -> Result<Project, Failure> {
        let root = match self {
            Self::Detached(run) => &run.project,
            Self::Attached(log) => &log.project,
        };
        Ok(project::discover(host, Some(root))?)
    }
}

/// The session whose ID begins with `id`, of the project at `root` before those of others; or the project's
/// newest detached one.
pub(super) fn find_detached_first(
    state: &Utf8Path,
    id: Option<&str>,
    root: &Utf8Path,
) -> Result<KnownSession, Failure> {
    match DetachedStore::new(state).find(id, root) {
        Ok(run) => Ok(KnownSession::Detached(run)),
        Err(DetachedError::None { id: Some(id) }) => {
            match SessionLogs::new(state).find(Some(&id), root) {
                Ok(log) => Ok(KnownSession::Attached(log)),
                Err(error) => Err(error.into()),
            }
        }
        Err(error) => Err(DetachError::Store(error).into()),
    }
}

/// The same; without an ID it is the project's newest session of either kind.
pub(super) fn find(
    state: &Utf8Path,
    id: Option<&str>,
    root: &Utf8Path,
) -> Result<KnownSession, Failure> {
    match SessionLogs::new(state).find(id, root) {
        Ok(log) => Ok(KnownSession::Attached(log)),
        Err(SessionLogError::None { .. }) => find_detached_first(state, id, root),
        Err(error) => Err(error.into()),
    }
}

/// The flags as they would be in the project of the running session whose ID begins with `id`, if that is
/// one of another project than the one here. Nothing is said of one that is not found: who looks for it
/// does.
pub(super) fn in_its_project(
    global: &GlobalArgs,
    id: Option<&str>,
) -> Result<Option<GlobalArgs>, Failure> {
    let Some(id) = id else {
        return Ok(None);
    };
    let host = Host::of_this_process()?;
    let here = Project::discover_or_none(&host, global.workspace.as_deref())?;
    let found = SessionLogs::new(&host.dirs.state).find_running(Some(id), &here.root);
    let elsewhere = found.ok().filter(|log| log.project != here.root);
    Ok(elsewhere.map(|log| GlobalArgs {
        workspace: Some(log.project),
        ..global.clone()
    }))
}
