//! What sessions left.

use camino::Utf8PathBuf;

use super::{all_work, store};
use crate::{
    clones::{CloneDir, CloneError, Work},
    host::Host,
    project::Project,
};

/// What a session left, and what of its clone is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionChanges {
    /// The session.
    pub session: String,
    /// What of its work is in the user's repository.
    pub work: Option<Work>,
    /// Its clone.
    pub clone: CloneState,
}

/// What is there of a session's clone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloneState {
    /// Nothing: all that was in it has been brought.
    Gone,
    /// The session is running.
    Running,
    /// The ocx of the session is gone, and what it made has not been brought yet.
    Unfinished,
    /// Something in it could not be brought.
    Kept {
        /// Its files.
        directory: Utf8PathBuf,
        /// Why.
        reason: String,
    },
}

/// What sessions left in the project's repository, and the clones that there are.
///
/// # Errors
///
/// If the project is in no repository, or Git fails.
///
/// # Examples
///
/// ```no_run
/// # async fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// for left in ocx_core::ops::changes(host, project).await? {
///     println!("{}: {:?}", left.session, left.clone);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn changes(host: &Host, project: &Project) -> Result<Vec<SessionChanges>, CloneError> {
    let mut found: Vec<SessionChanges> = all_work(host, project)
        .await?
        .into_iter()
        .map(|work| SessionChanges {
            session: work.session.clone(),
            work: Some(work),
            clone: CloneState::Gone,
        })
        .collect();
    for dir in CloneDir::all(&store(host, project)) {
        let Some(record) = dir.record().filter(|record| !record.planned) else {
            continue;
        };
        let clone = match (dir.is_held(), record.kept) {
            (true, _) => CloneState::Running,
            (false, None) => CloneState::Unfinished,
            (false, Some(reason)) => CloneState::Kept {
                directory: dir.path().to_owned(),
                reason,
            },
        };
        match found
            .iter_mut()
            .find(|known| known.session == dir.session())
        {
            Some(known) => known.clone = clone,
            None => found.push(SessionChanges {
                session: dir.session().to_owned(),
                work: None,
                clone,
            }),
        }
    }
    found.sort_by(|one, other| one.session.cmp(&other.session));
    Ok(found)
}
