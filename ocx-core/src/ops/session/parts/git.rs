//! The project's Git directories, which the host's Git executes from.

use async_trait::async_trait;
use camino::Utf8PathBuf;

use super::{Begun, Guard, Opening, Part};
use crate::{
    git_guard::{GitGuard, GitGuardRequest, GitReport},
    host::Host,
    ops::{Ocx, OcxError},
    report::Notice,
    session::plan::Contribution,
};

/// Keeps the session from turning them against the host.
pub(super) struct Git;

#[async_trait]
impl Part for Git {
    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, OcxError> {
        let ocx = opening.ocx;
        let (plan, guard) = GitGuard::begin(&GitGuardRequest {
            root: &ocx.project.root,
            git: ocx.project.git.as_ref(),
            home: &ocx.host.home,
            user_configs: &user_configs(&ocx.host),
            state: &ocx.host.dirs.state.join("git"),
            session: opening.session.as_str(),
        })?;
        let contribution = Contribution {
            mounts: plan.mounts,
            notes: notices(&plan.earlier).collect(),
            ..Contribution::default()
        };
        if ocx.is_dry_run() {
            guard.release();
            return Ok(contribution.into());
        }
        Ok(contribution.guarded_by(Watched(guard)))
    }
}

/// Git's own configuration of the user, where it is by itself.
fn user_configs(host: &Host) -> Vec<Utf8PathBuf> {
    let xdg = host
        .variable("XDG_CONFIG_HOME")
        .map_or_else(|| host.home.join(".config"), Utf8PathBuf::from);
    [host.home.join(".gitconfig"), xdg.join("git/config")].into()
}

fn notices(report: &GitReport) -> impl Iterator<Item = Notice> {
    let lines = report.lines().into_iter();
    lines.map(|finding| Notice::GitGuarded { finding })
}

#[derive(Debug)]
struct Watched(GitGuard);

#[async_trait]
impl Guard for Watched {
    async fn watch(&mut self, _ocx: &Ocx) -> OcxError {
        // What was put back is told at the end: meanwhile the terminal is opencode's.
        OcxError::GitAlarm(self.0.watch(|_| {}).await)
    }

    async fn end(self: Box<Self>, ocx: &Ocx) {
        let ended = tokio::task::spawn_blocking(move || self.0.end()).await;
        for notice in ended.iter().flat_map(notices) {
            ocx.notice(&notice);
        }
    }
}
