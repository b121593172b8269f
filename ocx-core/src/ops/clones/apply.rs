//! Taking a session's work over.

use super::{chosen_work, store};
use crate::{
    clones::{CloneDir, CloneError, TakenOver, layout, take_over},
    host::Host,
    project::Project,
    settings::Settings,
    trust::{Sources, Trust, TrustError},
};

/// The name under which the moment of taking over is recorded, in the place of a session's.
const MOMENT: &str = "apply";

/// What came of taking a session's work over.
pub type Applied = TakenOver;

/// Why a session's work could not be taken over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The work is not there, or Git does not take it.
    #[error(transparent)]
    Clone(#[from] CloneError),
    /// It could not be written down that it is an agent's.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

/// Merges a session's commits into the current branch, and puts what it had not committed into the
/// working tree. The session may be left out where only one has left work.
///
/// What of that ocx reads itself, such as settings and the Dockerfile, counts as an agent's from then on.
///
/// # Errors
///
/// If there is no such session or it is running; if changes of the user's own would be overwritten, in
/// which case nothing is done; or at conflicts, which are left as Git leaves them.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// let (host, project) = (ocx.host(), ocx.project());
/// let applied = ocx_core::ops::apply(host, project, ocx.settings(), Some("1a2b")).await?;
/// println!("{applied:?}");
/// # Ok(())
/// # }
/// ```
pub async fn apply(
    host: &Host,
    project: &Project,
    settings: &Settings,
    session: Option<&str>,
) -> Result<Applied, ApplyError> {
    let layout = layout(project)?;
    let work = chosen_work(host, project, session).await?;
    let clone = CloneDir::new(&store(host, project), &work.session);
    if clone.path().exists() && clone.is_held() {
        return Err(CloneError::Running {
            session: work.session,
        }
        .into());
    }
    let sources = Sources::of(host, project, settings);
    let mut trust = Trust::open(host, project)?;
    trust.begin(MOMENT, &sources)?;
    let applied = take_over(host, layout, &work).await;
    trust.end(MOMENT, &sources)?;
    Ok(applied?)
}
