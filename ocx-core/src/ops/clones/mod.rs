//! What sessions left that worked on private clones, and what becomes of it.

mod apply;
mod changes;
mod diff;
mod discard;
mod unfinished;

use camino::Utf8PathBuf;

use crate::{
    clones::{CloneDir, CloneError, HostGit, Work, all, choose, git_dir, layout},
    host::Host,
    project::Project,
    state::ProjectStore,
};

pub use apply::{Applied, ApplyError, apply};
pub use changes::{CloneState, SessionChanges, changes};
pub use diff::{DiffFormat, diff};
pub use discard::{Discarded, discard, would_discard};
pub(in crate::ops) use unfinished::finish;
pub use unfinished::{bring_unfinished, has_unfinished};

fn store(host: &Host, project: &Project) -> Utf8PathBuf {
    ProjectStore::place(&host.dirs.state, project.id.as_str())
}

/// The work of all sessions in the project's repository.
async fn all_work(host: &Host, project: &Project) -> Result<Vec<Work>, CloneError> {
    all(&HostGit::neutral(host), git_dir(layout(project)?)).await
}

/// The work that is meant.
async fn chosen_work(
    host: &Host,
    project: &Project,
    session: Option<&str>,
) -> Result<Work, CloneError> {
    let work = all_work(host, project).await?;
    match choose(&work, session) {
        Err(CloneError::NoSuchSession { session }) => {
            let clones = CloneDir::all(&store(host, project));
            let called = clones
                .iter()
                .find(|clone| clone.session().starts_with(&session));
            match called {
                Some(clone) if clone.is_held() => Err(CloneError::Running {
                    session: clone.session().to_owned(),
                }),
                _ => Err(CloneError::NoSuchSession { session }),
            }
        }
        chosen => chosen.cloned(),
    }
}
