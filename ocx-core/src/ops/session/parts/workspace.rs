//! The project's files, and whatever else the settings mount.

use std::{panic::resume_unwind, sync::Arc};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};
use tokio::task::spawn_blocking;

use super::{Begun, Guard, Opening, Part};
use crate::{
    clones::{BORROWED, Clone, CloneRequest},
    disk::ContentStore,
    hidden::{Patterns, Views, find},
    ops::{
        Ocx, SessionError,
        clones::{bring_unfinished, finish},
    },
    report::{CloneNotice, Notice},
    session::plan::{
        Contribution, ObjectStore, Overlays, ProjectFiles, workspace_causes, workspace_mounts,
    },
    settings::WorkspaceMode,
    state::{make_home_parents, make_private_paths},
};

/// Mounts the project, or a private clone of it, at its own path.
pub(super) struct Workspace;

#[async_trait]
impl Part for Workspace {
    fn purpose(&self) -> &'static str {
        "the project's files"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        if !ocx.is_dry_run() {
            bring_unfinished(ocx).await;
        }
        make_home_parents(opening.home_parents, opening.more_mounts)?;
        if ocx.settings.workspace == WorkspaceMode::Clone {
            return begin_clone(opening).await;
        }
        make_private_paths(opening.private, &ocx.project.root)?;
        let overlays = opening.overlays(&ocx.project.root);
        let mounts = workspace_mounts(ProjectFiles::Own, &ocx.project, &ocx.settings, overlays);
        let contribution = Contribution {
            causes: workspace_causes(&mounts, &ocx.project, &ocx.settings),
            mounts,
            ..Contribution::default()
        };
        Ok(contribution.into())
    }
}

async fn begin_clone(opening: &Opening<'_>) -> Result<Begun, SessionError> {
    let ocx = opening.ocx;
    let engine = ocx.engine_key();
    let clone = Clone::make(CloneRequest {
        host: &ocx.host,
        project: &ocx.project,
        store: opening.store.directory(),
        session: opening.session.as_str(),
        container: opening.container.as_str(),
        engine: engine.as_str(),
        hidden: &hidden(opening).await?,
        patterns: ocx.settings.forbidden_paths.lists(),
        include: &ocx.settings.clone_include,
        planned: ocx.is_dry_run(),
    })
    .await?;
    let root = clone.root();
    make_private_paths(opening.private, &root)?;
    let overlays = opening.overlays(&root);
    let files = ProjectFiles::Clone {
        root: &root,
        objects: &lent(&clone),
        empty_file: &ContentStore::new(&ocx.host.dirs.cache).empty_file()?,
    };
    let mounts = workspace_mounts(files, &ocx.project, &ocx.settings, overlays);
    let contribution = Contribution {
        causes: workspace_causes(&mounts, &ocx.project, &ocx.settings),
        mounts,
        notes: notes(&clone),
        ..Contribution::default()
    };
    Ok(contribution.guarded_by(Cloned(clone)))
}

/// What is hidden in the user's own files, by all its names, and what is left out of the project's
/// configuration of opencode. A clone has none of it, and nothing else that the patterns match.
async fn hidden(opening: &Opening<'_>) -> Result<Vec<Utf8PathBuf>, SessionError> {
    let ocx = opening.ocx;
    let patterns = Patterns::new(ocx.settings.forbidden_paths.lists());
    // What a session's own would lie over counts as well.
    let own = workspace_mounts(
        ProjectFiles::Own,
        &ocx.project,
        &ocx.settings,
        Overlays::default(),
    );
    let views = Views::of(&own);
    let project = Arc::clone(&ocx.project);
    let look = spawn_blocking(move || find(&patterns, &project.root, &views));
    let found = match look.await {
        Ok(found) => found?,
        Err(error) => resume_unwind(error.into_panic()),
    };
    let root = &ocx.project.root;
    let paths = found.covers.iter().map(|cover| &cover.source);
    let paths = paths.chain(opening.project_config.covered());
    let within = paths.filter_map(|path| path.strip_prefix(root).ok());
    Ok(within.map(Utf8Path::to_owned).collect())
}

/// What the clone borrows. Of a project below the top of its repository the session sees no history, as
/// without a clone.
fn lent(clone: &Clone) -> Vec<ObjectStore> {
    if clone.record.below.is_some() {
        return Vec::new();
    }
    let objects = clone.record.objects.iter().enumerate();
    objects
        .map(|(number, source)| ObjectStore {
            source: source.clone(),
            name: format!("{BORROWED}{number}"),
            borrows: source.join("info/alternates").exists(),
        })
        .collect()
}

fn notes(clone: &Clone) -> Vec<Notice> {
    let mut notes = Vec::new();
    if clone.left_out > 0 {
        notes.push(CloneNotice::LeavesOut {
            files: clone.left_out,
        });
    }
    if clone.has_submodules {
        notes.push(CloneNotice::Submodules);
    }
    if clone.record.below.is_none() && clone.record.objects.len() > 1 {
        notes.push(CloneNotice::Borrows {
            from: clone.record.objects[1..].to_vec(),
        });
    }
    notes.into_iter().map(Notice::Clone).collect()
}

/// Brings the session's work home.
#[derive(Debug)]
struct Cloned(Clone);

#[async_trait]
impl Guard for Cloned {
    async fn end(self: Box<Self>, ocx: &Ocx) {
        finish(ocx, &self.0.dir, &self.0.record).await;
    }
}
