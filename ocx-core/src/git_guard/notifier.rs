//! inotify on the directories that are guarded.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    mem::MaybeUninit,
    os::fd::OwnedFd,
};

use rustix::{
    fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags},
    io::Errno,
};
use tokio::io::unix::AsyncFd;

use super::{baseline::Baseline, git_dir::GitDirState, held_dir::HeldDir, place::Place};

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
    /// `None` where the user has no more instances.
    inotify: Option<AsyncFd<OwnedFd>>,
    /// The directory that a watch is for; `None` for one that is no Git directory.
    watches: BTreeMap<i32, Option<Place>>,
    watched: BTreeSet<Place>,
}

impl Notifier {
    #[expect(
        deprecated,
        reason = "the call that replaces it is unsafe, for types that change their descriptor; this one does not"
    )]
    pub(super) fn new() -> Self {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)
            .map_err(io::Error::from)
            .and_then(AsyncFd::new)
            .ok();
        Self {
            inotify,
            watches: BTreeMap::new(),
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
        let Some(inotify) = &self.inotify else { return };
        if self.watched.contains(place) || self.watches.len() >= MOST {
            return;
        }
        let Ok(Some(dir)) = HeldDir::top(&place.top).and_then(|top| top.dir(&place.relative))
        else {
            return;
        };
        let flags = WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::DELETE
            | WatchFlags::MODIFY
            | WatchFlags::ATTRIB
            | WatchFlags::ONLYDIR
            | WatchFlags::EXCL_UNLINK;
        if let Ok(watch) = inotify::add_watch(inotify.get_ref(), dir.kernel_path(), flags) {
            self.watched.insert(place.clone());
            self.watches.insert(watch, git_dir.cloned());
        }
    }

    /// Waits for a change. Can be dropped at any time.
    pub(super) async fn changed(&mut self) -> Changed {
        let Some(inotify) = &self.inotify else {
            return std::future::pending().await;
        };
        loop {
            let Ok(mut ready) = inotify.readable().await else {
                return std::future::pending().await;
            };
            if let Some(changed) = read(inotify.get_ref(), &mut self.watches, &mut self.watched) {
                return changed;
            }
            ready.clear_ready();
        }
    }
}

/// Reads what there is to read; `None` if there is nothing.
fn read(
    inotify: &OwnedFd,
    watches: &mut BTreeMap<i32, Option<Place>>,
    watched: &mut BTreeSet<Place>,
) -> Option<Changed> {
    let mut buffer = [MaybeUninit::uninit(); 8192];
    let mut reader = inotify::Reader::new(inotify, &mut buffer);
    let mut places = BTreeSet::new();
    let mut anything = false;
    let mut count = 0;
    loop {
        match reader.next() {
            Ok(event) => {
                count += 1;
                if event.events().contains(ReadFlags::IGNORED) {
                    // The directory is gone; one that takes its place is watched anew.
                    watches.remove(&event.wd());
                    watched.clear();
                }
                match watches.get(&event.wd()) {
                    Some(Some(place)) => {
                        places.insert(place.clone());
                    }
                    _ => anything = true,
                }
            }
            Err(Errno::INTR) => {}
            Err(_) => break,
        }
        // Whoever writes without a pause must not keep the guard from looking.
        if count > 1000 {
            break;
        }
    }
    match count {
        0 => None,
        _ if anything => Some(Changed::Anything),
        _ => Some(Changed::Places(places)),
    }
}
