//! The project's Git directories, which the host's Git executes from.

use std::{panic::resume_unwind, sync::Arc};

use async_trait::async_trait;
use camino::Utf8PathBuf;
use tokio::task::spawn_blocking;

use super::{Begun, Guard, Opening, Part};
use crate::{
    git_guard::{GitGuard, GitGuardRequest, GitReport},
    host::Host,
    ops::{Ocx, SessionError},
    report::Notice,
    session::plan::{Causes, Contribution, PlanCause, setting},
    settings::WorkspaceMode,
};

/// Keeps the session from turning them against the host.
pub(super) struct Git;

#[async_trait]
impl Part for Git {
    fn purpose(&self) -> &'static str {
        "protecting Git on the host"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        if ocx.settings.workspace == WorkspaceMode::Clone {
            // The session cannot reach them.
            return Ok(Begun::default());
        }
        let (host, project) = (Arc::clone(&ocx.host), Arc::clone(&ocx.project));
        let session = opening.session.clone();
        // It waits while another session on the repository ends, which may be one of this process.
        let begin = spawn_blocking(move || {
            GitGuard::begin(&GitGuardRequest {
                root: &project.root,
                git: project.git.as_ref(),
                home: &host.home,
                user_configs: &user_configs(&host),
                state: &host.dirs.state.join("git"),
                session: session.as_str(),
            })
        });
        let (plan, guard) = match begin.await {
            Ok(begun) => begun?,
            Err(error) => resume_unwind(error.into_panic()),
        };
        let contribution = Contribution {
            causes: Causes::of_mounts(
                &plan.mounts,
                &[PlanCause::Part(self.purpose()), setting("workspace")],
            ),
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
    let of_xdg = host.git_directory().join("config");
    [host.home.join(".gitconfig"), of_xdg].into()
}

fn notices(report: &GitReport) -> impl Iterator<Item = Notice> {
    let lines = report.lines().into_iter();
    lines.map(|finding| Notice::GitGuarded { finding })
}

#[derive(Debug)]
struct Watched(GitGuard);

#[async_trait]
impl Guard for Watched {
    async fn watch(&mut self, _ocx: &Ocx) -> SessionError {
        // What was put back is told at the end: meanwhile the terminal is opencode's.
        SessionError::GitAlarm(self.0.watch(|_| {}).await)
    }

    async fn end(self: Box<Self>, ocx: &Ocx) {
        let ended = spawn_blocking(move || self.0.end()).await;
        for notice in ended.iter().flat_map(notices) {
            ocx.notice(&notice);
        }
    }
}
