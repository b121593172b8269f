//! Throwing a session's work away.

use std::collections::BTreeMap;

use super::store;
use crate::{
    clones::{CloneDir, CloneError, HostGit, delete, git_dir, layout, read_refs, refs_directory},
    host::Host,
    ops::clones::changes,
    project::Project,
};

/// What is thrown away.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discarded {
    /// The session.
    pub session: String,
    /// Its references, with the commits that they led to; Git keeps those for some weeks.
    pub refs: BTreeMap<String, String>,
    /// Whether there is a clone with more, which is gone for good.
    pub has_clone: bool,
}

/// What [`discard`] would throw away.
///
/// # Errors
///
/// If there is no such session, or more than one, or it is running.
///
/// # Examples
///
/// ```no_run
/// # async fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// let gone = ocx_core::ops::would_discard(host, project, Some("1a2b")).await?;
/// println!("{} would lose {} references", gone.session, gone.refs.len());
/// # Ok(())
/// # }
/// ```
pub async fn would_discard(
    host: &Host,
    project: &Project,
    session: Option<&str>,
) -> Result<Discarded, CloneError> {
    let all = changes(host, project).await?;
    let mut matching: Vec<String> = all
        .into_iter()
        .map(|known| known.session)
        .filter(|known| session.is_none_or(|session| known.starts_with(session)))
        .collect();
    let session = match (matching.len(), session) {
        (1, _) => matching.remove(0),
        (0, Some(session)) => {
            return Err(CloneError::NoSuchSession {
                session: session.to_owned(),
            });
        }
        (0, None) => return Err(CloneError::NoWork),
        _ => return Err(CloneError::SeveralSessions { sessions: matching }),
    };
    let dir = CloneDir::new(&store(host, project), &session);
    let has_clone = dir.path().exists();
    if has_clone && dir.is_held() {
        return Err(CloneError::Running { session });
    }
    let git_dir = git_dir(layout(project)?);
    let git = HostGit::neutral(host);
    let refs = read_refs(&git, git_dir, &[&refs_directory(&session)]).await?;
    Ok(Discarded {
        session,
        refs,
        has_clone,
    })
}

/// Throws a session's work away: its references in the user's repository, and its clone if there is one.
/// Whoever calls this must know that the user wants it.
///
/// # Errors
///
/// As for [`would_discard`], or if Git or the disk fails.
///
/// # Examples
///
/// ```no_run
/// # async fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// // Somebody has said so.
/// ocx_core::ops::discard(host, project, Some("1a2b")).await?;
/// # Ok(())
/// # }
/// ```
pub async fn discard(
    host: &Host,
    project: &Project,
    session: Option<&str>,
) -> Result<Discarded, CloneError> {
    let discarded = would_discard(host, project, session).await?;
    let git = HostGit::neutral(host);
    delete(&git, git_dir(layout(project)?), &discarded.refs).await?;
    if discarded.has_clone {
        let dir = CloneDir::new(&store(host, project), &discarded.session);
        let Some(_lock) = dir.try_lock()? else {
            return Err(CloneError::Running {
                session: discarded.session,
            });
        };
        dir.remove()?;
    }
    Ok(discarded)
}
