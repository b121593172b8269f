//! The guard of one session.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    baseline::{Baseline, Scope},
    covers::{self, Cover},
    error::GitGuardError,
    git_dir::Kind,
    held_dir::HeldDir,
    host_run::HostRunFiles,
    inspector::{Depth, Inspector},
    ledger::{Held, Last, Ledger},
    plan, registrations,
    report::{Gap, GitReport},
    scan::scan,
};
use crate::{project::GitLayout, spec::Mount};

/// How long the walk over the working tree may take that ends a session.
const LAST_SCAN: Duration = Duration::from_secs(2);

/// What a guard is for.
#[derive(Clone, Copy, Debug)]
pub struct GitGuardRequest<'a> {
    /// The project's root, canonical.
    pub root: &'a Utf8Path,
    /// Its repository, if it has one.
    pub git: Option<&'a GitLayout>,
    /// The user's home directory.
    pub home: &'a Utf8Path,
    /// The user's own configuration of Git, as far as it exists: `~/.gitconfig` and
    /// `~/.config/git/config`. It may name directories of hooks and files of the project.
    pub user_configs: &'a [Utf8PathBuf],
    /// A directory for what is known about repositories, which is made if it is missing. No
    /// session may be able to reach it.
    pub state: &'a Utf8Path,
    /// The session's ID, usable as a file name.
    pub session: &'a str,
}

/// What a session gets from its guard.
#[derive(Debug)]
#[non_exhaustive]
pub struct GitGuardPlan {
    /// Mounts, to be added after those of the project and of its common Git directory.
    pub mounts: Vec<Mount>,
    /// What was put in order after an earlier session that never ended.
    pub earlier: GitReport,
}

/// Guards the Git directories of a project while a session runs on it.
///
/// [`watch`](Self::watch) puts back at once what appears on the host's disk and cannot be kept off it;
/// [`end`](Self::end) looks at everything once more. A guard that is dropped without an end puts back
/// what it finds, and leaves the rest to the next guard of the same repository, as one does whose
/// process was killed.
#[derive(Debug)]
#[must_use = "the repository is guarded as long as this lives"]
pub struct GitGuard {
    pub(super) root: Utf8PathBuf,
    pub(super) inspector: Arc<Mutex<Inspector>>,
    host_run: HostRunFiles,
    covers: Vec<Cover>,
    ledger: Ledger,
    held: Option<Held>,
}

impl GitGuard {
    /// Looks at everything, and makes what is to be mounted.
    ///
    /// Containers of sessions that were killed on the same repository have to be stopped before:
    /// what they do afterwards would count as the user's own.
    ///
    /// # Errors
    ///
    /// If a Git directory cannot be read, or the state directory not be used.
    pub fn begin(request: &GitGuardRequest<'_>) -> Result<(GitGuardPlan, Self), GitGuardError> {
        let scope = Scope {
            root: request.root,
            git: request.git,
            home: request.home,
            user_configs: request.user_configs,
        };
        let own = request.git.filter(|git| git.top_level == request.root);
        let repository = own.map_or(request.root, |git| &git.common_dir);
        let ledger = Ledger::open(request.state, repository, request.session)?;
        let (held, baseline, earlier) = ledger.begin(&scope, |mut unfinished| {
            finish(&mut unfinished, request.root);
            std::mem::take(&mut unfinished.report)
        })?;
        let failed = |source| GitGuardError::Repository {
            path: request.root.to_owned(),
            source,
        };
        let covers = covers::make(&baseline, &ledger.covers()).map_err(failed)?;
        let elsewhere = elsewhere(&baseline).map_err(failed)?;
        let mounts = plan::mounts(&plan::Facts {
            baseline: &baseline,
            own_registration: own.and_then(|git| git.worktree_dir.as_deref()),
            covers: &covers,
            elsewhere: &elsewhere,
        });
        let host_run = HostRunFiles::look(request.root, &baseline.programs);
        let inspector = ledger.inspector(baseline, request.home);
        let guard = Self {
            root: request.root.to_owned(),
            inspector: Arc::new(Mutex::new(inspector)),
            host_run,
            covers,
            ledger,
            held: Some(held),
        };
        Ok((GitGuardPlan { mounts, earlier }, guard))
    }

    /// Looks at everything that is known now, and puts back what is to be put back.
    pub fn check(&self) {
        self.lock().inspect(Depth::Quick);
    }

    /// Ends the guard, after the session's container has ended. Blocks for up to some seconds: a walk
    /// over the working tree looks for repositories that were made in it.
    #[must_use = "it tells what was put back"]
    pub fn end(mut self) -> GitReport {
        let held = self.held.take().expect("it is taken once");
        self.ledger.end(&held, |last| {
            let mut inspector = self.lock();
            match last {
                Last::Yes => finish(&mut inspector, &self.root),
                Last::No => {
                    inspector.inspect(Depth::Quick);
                    look_for_repositories(&mut inspector, &self.root, Depth::Quick);
                }
            }
            covers::end(&self.covers, &mut inspector);
            inspector.report.host_run_files = self.host_run.changed();
            inspector.report.kept_aside = inspector.aside.used().map(Utf8Path::to_owned);
            std::mem::take(&mut inspector.report)
        })
    }

    /// Lets go of the repository without a look at it: for a session that never ran, as in a dry run.
    /// What is to be mounted stays until the next session has ended.
    pub fn release(mut self) {
        if let Some(held) = self.held.take() {
            self.ledger.release(&held);
        }
    }

    /// A panic while it was locked leaves nothing half done that the next look does not find.
    pub(super) fn lock(&self) -> MutexGuard<'_, Inspector> {
        self.inspector
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for GitGuard {
    fn drop(&mut self) {
        if self.held.is_some() {
            self.check();
        }
    }
}

/// What is done when the last session on a repository is over.
fn finish(inspector: &mut Inspector, root: &Utf8Path) {
    inspector.inspect(Depth::Last);
    look_for_repositories(inspector, root, Depth::Last);
    inspector.disarm_hooks();
    inspector.compare_remotes();
    inspector.report.kept_aside = inspector.aside.used().map(Utf8Path::to_owned);
}

fn look_for_repositories(inspector: &mut Inspector, root: &Utf8Path, depth: Depth) {
    let began = Instant::now();
    match scan(root, &|| began.elapsed() > LAST_SCAN) {
        Ok(found) => inspector.add_found(found, depth),
        Err(source) => inspector.report.gaps.push(Gap::Refused {
            path: root.to_owned(),
            source,
        }),
    }
}

/// The `.git` files of the worktrees that the session cannot reach.
fn elsewhere(baseline: &Baseline) -> std::io::Result<Vec<Utf8PathBuf>> {
    let mut found = Vec::new();
    for (place, state) in &baseline.git_dirs {
        if state.kind != (Kind::Worktree { elsewhere: true }) {
            continue;
        }
        let top = HeldDir::top(&place.top)?;
        let git_file =
            registrations::git_file_of(&top, Path::new(&place.relative), &place.shown())?;
        found.extend(git_file.filter(|path| {
            path.symlink_metadata()
                .is_ok_and(|metadata| metadata.is_file())
        }));
    }
    Ok(found)
}

#[cfg(test)]
impl GitGuard {
    /// What is left of a guard whose process was killed: nothing, once its files are closed.
    pub(super) fn forget(mut self) -> impl Sized {
        self.held.take()
    }
}
