//! Bringing the work of sessions whose ocx was killed.

use std::time::Duration;

use jiff::Timestamp;

use super::store;
use crate::{
    clones::{Brought, CloneDir, Record, bring},
    host::Host,
    ops::{Ocx, in_full, session::parts::GRACE},
    project::Project,
    report::{CloneNotice, Notice},
    runtime::ContainerId,
};

/// For how long a clone waits that was made for a command which was only printed.
const PLANNED: Duration = Duration::from_secs(24 * 60 * 60);

/// A clone without a record may be about to be made.
const BEGINNING: Duration = Duration::from_secs(600);

/// Whether the project has clones of sessions whose ocx is gone, and which may hold work.
#[must_use]
pub fn has_unfinished(host: &Host, project: &Project) -> bool {
    CloneDir::all(&store(host, project))
        .iter()
        .any(|dir| !dir.is_held() && dir.record().is_some_and(|record| is_due(&record)))
}

fn is_due(record: &Record) -> bool {
    !record.planned
        || Timestamp::now()
            .duration_since(record.created)
            .unsigned_abs()
            > PLANNED
}

/// Brings the work of the project's sessions whose ocx is gone, as far as they ran on this engine:
/// their containers are stopped before. What comes of it is told as events.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops;
///
/// if ops::has_unfinished(ocx.host(), ocx.project()) {
///     ops::bring_unfinished(&ocx).await;
/// }
/// # Ok(())
/// # }
/// ```
pub async fn bring_unfinished(ocx: &Ocx) {
    for dir in CloneDir::all(&store(&ocx.host, &ocx.project)) {
        // Its session runs, or somebody else is at it.
        let Ok(Some(_lock)) = dir.try_lock() else {
            continue;
        };
        let Some(record) = dir.record() else {
            if dir.age().is_some_and(|age| age > BEGINNING) {
                let _ = dir.remove();
            }
            continue;
        };
        if !is_due(&record) || record.engine != ocx.engine_key().as_str() {
            continue;
        }
        // What runs in it could turn links while they are followed.
        let container = ContainerId(record.container.clone());
        match ocx.runtime.stop_container(&container, GRACE).await {
            Ok(()) => finish(ocx, &dir, &record).await,
            Err(error) => tell_kept(ocx, &dir, in_full(&error)),
        }
    }
}

/// Brings the work of a session whose container has ended, and tells what it is.
pub(in crate::ops) async fn finish(ocx: &Ocx, dir: &CloneDir, record: &Record) {
    let reason = match bring(&ocx.host, dir, record).await {
        Ok(Brought::Nothing) => return,
        Ok(Brought::Work { repositories }) => {
            tell_work(ocx, dir.session()).await;
            if repositories.is_empty() {
                return;
            }
            format!(
                "repositories within its files are not brought: {}",
                repositories.join(", ")
            )
        }
        Err(error) => in_full(&error),
    };
    if record.kept.as_ref() == Some(&reason) {
        // It has been told.
        return;
    }
    let kept = Record {
        kept: Some(reason.clone()),
        ..record.clone()
    };
    let _ = dir.remember(&kept);
    tell_kept(ocx, dir, reason);
}

fn tell_kept(ocx: &Ocx, dir: &CloneDir, reason: String) {
    ocx.notice(&Notice::Clone(CloneNotice::Kept {
        session: dir.session().to_owned(),
        directory: dir.path().to_owned(),
        reason,
    }));
}

async fn tell_work(ocx: &Ocx, session: &str) {
    let Ok(all) = super::all_work(&ocx.host, &ocx.project).await else {
        return;
    };
    if let Some(work) = all.into_iter().find(|work| work.session == session) {
        ocx.notice(&Notice::Clone(CloneNotice::Work {
            session: work.session,
            commits: work.commits,
            uncommitted_files: work.uncommitted_files,
        }));
    }
}
