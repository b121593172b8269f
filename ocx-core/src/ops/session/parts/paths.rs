//! Paths of the workspace that the agent must not see.

use std::{fs, panic::resume_unwind, sync::Arc, time::Duration};

use async_trait::async_trait;
use camino::Utf8PathBuf;
use futures_util::future::{Either, select};
use tokio::task::spawn_blocking;

use super::{Begun, Guard, Opening, Part, project_config};
use crate::{
    disk::ContentStore,
    hidden::{
        Cover, Covering, Exposure, HiddenError, HiddenWatch, Inside, Marked, Patterns,
        TrackedFiles, Views, cover_mounts, find,
    },
    image::label,
    ops::{Ocx, SessionError},
    report::Notice,
    runtime::ContainerFilter,
    session::plan::{Causes, Contribution, PlanCause, ProjectFiles, setting, workspace_mounts},
    settings::WorkspaceMode,
    spec::{Mount, Piece},
    state::covers_dir,
};

/// Covers what is forbidden, and stops the session if it can be seen.
pub(super) struct Paths;

#[async_trait]
impl Part for Paths {
    fn purpose(&self) -> &'static str {
        "hiding paths"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        if ocx.settings.workspace == WorkspaceMode::Clone {
            // What is hidden is not in there, and nothing in there configures the next session.
            return Ok(Begun::default());
        }
        let root = &ocx.project.root;
        let patterns = Patterns::new(ocx.settings.forbidden_paths.lists());
        let mut seen = workspace_mounts(
            ProjectFiles::Own,
            &ocx.project,
            &ocx.settings,
            opening.overlays(root),
        );
        // By a hard link they may have what is hidden under another name.
        seen.extend(opening.carried.mounts());
        let views = Views::of(&seen);
        let look = {
            let (project, patterns, views) =
                (Arc::clone(&ocx.project), patterns.clone(), views.clone());
            let left_out = Patterns::of_paths(opening.project_config.covered(), root);
            spawn_blocking(move || {
                let hidden = find(&patterns, &project.root, &views)?;
                let left_out = find(&left_out, &project.root, &views)?;
                Ok::<_, HiddenError>((hidden, left_out))
            })
        };
        let (hidden, mut left_out) = match look.await {
            Ok(found) => found?,
            Err(error) => resume_unwind(error.into_panic()),
        };
        // What is left out is no secret: nobody minds when it comes to be seen.
        left_out.covers.retain(|cover| !hidden.hides(&cover.target));
        // A session's own, by which its processes are known; what a dry run prints is for everybody.
        let own = covers_dir(opening.store, opening.session.as_str());
        let is_watched = !ocx.is_dry_run() && !patterns.is_empty();
        let content = if is_watched && !hidden.covers.is_empty() {
            ContentStore::new(&own)
        } else {
            ContentStore::new(&ocx.host.dirs.cache)
        };
        let (empty_file, empty_directory) = (content.empty_file()?, content.empty_directory()?);
        let mounts = cover_mounts(&Covering {
            views: &views,
            covers: &[hidden.covers.as_slice(), &left_out.covers].concat(),
            empty_file: &empty_file,
            empty_directory: &empty_directory,
        });
        let mut contribution = Contribution {
            causes: causes(&mounts, &hidden.covers, &left_out.covers),
            mounts,
            ..Contribution::default()
        };
        if !hidden.absent.is_empty() {
            let note = Notice::ForbiddenAbsent(hidden.absent);
            contribution.notes.push(note);
        }
        let marked = keep_tracked(opening, &hidden.covers, &mut contribution).await;
        if !is_watched {
            return Ok(contribution.into());
        }
        let inside = Inside::new(&hidden.covers, empty_file.clone(), empty_directory);
        let inside = inside.map_err(|source| SessionError::File {
            path: empty_file,
            source,
        })?;
        Ok(contribution.guarded_by(Watched {
            is_covered: !hidden.covers.is_empty(),
            watch: HiddenWatch::new(root, patterns, views, hidden.covers),
            inside,
            session: opening.session.to_string(),
            own,
            marked,
        }))
    }
}

/// Why there are these mounts: each covers something, or holds a directory on the way to that.
fn causes(mounts: &[Mount], hidden: &[Cover], left_out: &[Cover]) -> Causes {
    let mut causes = Causes::default();
    for mount in mounts {
        let leads_to = |covers: &[Cover]| {
            let mut targets = covers.iter().map(|cover| &cover.target);
            targets.any(|target| target.starts_with(&mount.target))
        };
        let because_of = [
            leads_to(hidden).then(|| setting("forbidden_paths")),
            leads_to(left_out).then_some(PlanCause::Part(project_config::PURPOSE)),
        ];
        let because_of: Vec<PlanCause> = because_of.into_iter().flatten().collect();
        causes.set(Piece::Mount(mount.target.clone()), because_of);
    }
    causes
}

/// Tells which hidden files Git tracks, and keeps the session's Git from committing that they are empty.
async fn keep_tracked(
    opening: &Opening<'_>,
    covers: &[Cover],
    contribution: &mut Contribution,
) -> Option<Marked> {
    let ocx = opening.ocx;
    let (host, root) = (&ocx.host, &ocx.project.root);
    // Below the top level the session finds no repository.
    ocx.project
        .git
        .as_ref()
        .filter(|git| git.top_level == *root)?;
    let store = opening.store.directory();
    if !ocx.is_dry_run() {
        Marked::clean_up(host, root, store).await;
    }
    let tracked = TrackedFiles::find(host, root, covers).await;
    let paths = tracked.names();
    if paths.is_empty() {
        return None;
    }
    let marked = if ocx.is_dry_run() {
        None
    } else {
        tracked.mark(host, store).await.ok()
    };
    contribution.notes.push(Notice::HiddenTracked {
        paths,
        are_kept: marked.is_some() || ocx.is_dry_run(),
    });
    marked
}

/// After this time the engine is asked whether a container runs of which no process is seen.
const UNSEEN: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Watched {
    is_covered: bool,
    watch: HiddenWatch,
    inside: Inside,
    session: String,
    /// The directory of what covers.
    own: Utf8PathBuf,
    marked: Option<Marked>,
}

impl Watched {
    /// Waits until it is seen that something is not covered in the container, or that this cannot be
    /// told.
    async fn bare(&self, ocx: &Ocx) -> Exposure {
        if !self.is_covered {
            return std::future::pending().await;
        }
        loop {
            match tokio::time::timeout(UNSEEN, self.inside.not_covered()).await {
                Ok(Some(exposure)) => return exposure,
                Ok(None) => return std::future::pending().await,
                Err(_) if self.container_runs(ocx).await => return Exposure::Unseen,
                // An engine may take minutes to make a container.
                Err(_) => {}
            }
        }
    }

    async fn container_runs(&self, ocx: &Ocx) -> bool {
        let mut filter = ContainerFilter::default();
        let session = (label::SESSION.to_owned(), self.session.clone());
        filter.labels.extend([session]);
        let running = ocx.runtime.list_containers(&filter).await;
        running.is_ok_and(|running| !running.is_empty())
    }
}

#[async_trait]
impl Guard for Watched {
    async fn watch(&mut self, ocx: &Ocx) -> SessionError {
        let exposed = Box::pin(self.watch.exposed());
        let bare = Box::pin(self.bare(ocx));
        let (Either::Left((exposure, _)) | Either::Right((exposure, _))) =
            select(exposed, bare).await;
        SessionError::Exposed(exposure)
    }

    async fn end(self: Box<Self>, ocx: &Ocx) {
        if let Some(marked) = self.marked {
            marked.end(&ocx.host).await;
        }
        let _ = fs::remove_dir_all(&self.own);
    }
}
