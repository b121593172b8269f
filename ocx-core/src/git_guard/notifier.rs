//! inotify on the directories that are guarded.

use std::collections::BTreeSet;

use super::{baseline::Baseline, git_dir::GitDirState, held_dir::HeldDir, place::Place};
use crate::disk::DirWatch;

/// A user has some thousand watches as a rule. Beyond, changes are found by looking.
const MOST: usize = 400;

/// What in a Git directory is watched beside itself.
const BELOW: [&str; 5] = ["hooks", "info", "objects/info", "worktrees", "modules"];

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// These Git directories.
    Places(BTreeSet<Place>),
    /// Something else, or more than was told of.
    Anything,
}

/// Tells of changes.
#[derive(Debug)]
pub(super) struct Notifier {
    /// With the Git directory that a watch is for; `None` for one that is no Git directory.
    watch: DirWatch<Option<Place>>,
    watched: BTreeSet<Place>,
}

impl Notifier {
    pub(super) fn new() -> Self {
        Self {
            watch: DirWatch::new(MOST),
            watched: BTreeSet::new(),
        }
    }

    /// Watches what is not watched yet.
    pub(super) fn watch(&mut self, baseline: &Baseline) {
        for (place, state) in &baseline.git_dirs {
            self.add(place, Some(place));
            self.add_below(place, state);
        }
        let parents = baseline
            .included
            .iter()
            .chain(&baseline.git_file)
            .filter_map(|(place, _)| Some(Place::new(&*place.top, place.relative.parent()?)));
        // Where a repository can be put that was none.
        let root = Place::new(&*baseline.tops[0], "");
        for place in parents.chain([root]) {
            self.add(&place, None);
        }
    }

    fn add_below(&mut self, place: &Place, state: &GitDirState) {
        for name in BELOW {
            self.add(&place.join(name), Some(place));
        }
        // Hooks may lie deeper, but what Git runs does not.
        if state.has_hooks() {
            self.add(&place.join("logs"), Some(place));
        }
    }

    fn add(&mut self, place: &Place, git_dir: Option<&Place>) {
        if self.watched.contains(place) {
            return;
        }
        let Ok(Some(dir)) = HeldDir::top(&place.top).and_then(|top| top.dir(&place.relative))
        else {
            return;
        };
        if self.watch.add(&dir.kernel_path(), git_dir.cloned()) {
            self.watched.insert(place.clone());
        }
    }

    /// Waits for a change. Can be dropped at any time.
    pub(super) async fn changed(&mut self) -> Changed {
        let events = self.watch.changed().await;
        if events.iter().any(|event| event.is_end) {
            // The directory is gone; one that takes its place is watched anew.
            self.watched.clear();
        }
        let places: Option<BTreeSet<Place>> = events
            .into_iter()
            .map(|event| event.key.flatten().filter(|_| !event.is_end))
            .collect();
        places.map_or(Changed::Anything, Changed::Places)
    }
}
