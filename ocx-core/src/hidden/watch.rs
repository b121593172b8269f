//! Notices when something that is hidden comes to be seen.
//!
//! inotify tells of changes on the host's side. A look every second finds what it does not tell, on
//! network file systems for instance.

use std::{
    collections::{BTreeMap, HashSet},
    ffi::OsStr,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::task::spawn_blocking;

use super::{
    Cover, CoverKind, Exposure, Patterns, Views,
    cover::FileId,
    newcomer::{is_filled_by_tools, is_known},
    patterns::Start,
    walk::{Enter, Visitor, Walk},
};
use crate::disk::{DirEvent, DirWatch};

/// How long nobody looks if nothing is told.
const TICK: Duration = Duration::from_millis(500);
/// A user has some ten thousand watches as a rule, and other programs need some, too. What is not
/// watched is walked: for this share of one processor's time.
const MOST: usize = 4000;
const SHARE: u32 = 10;

/// What is hidden in a running session.
#[derive(Debug)]
pub(crate) struct HiddenWatch {
    scene: Arc<Scene>,
}

#[derive(Debug)]
struct Scene {
    root: Utf8PathBuf,
    patterns: Patterns,
    views: Views,
    covers: Vec<Cover>,
    /// The paths on the host that are covered.
    covered: HashSet<PathBuf>,
    /// A walk must not keep a runtime from ending.
    is_over: AtomicBool,
}

/// A directory in which something hidden may appear.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Directory {
    on_host: PathBuf,
    /// Relative to the root.
    relative: PathBuf,
    /// Whether its directories are watched as well.
    depth: Depth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    All,
    Alone,
}

/// What a walk has found.
#[derive(Debug, Default)]
struct Walked {
    directories: Vec<Directory>,
    matches: Vec<PathBuf>,
}

impl HiddenWatch {
    pub(crate) fn new(
        root: &Utf8Path,
        patterns: Patterns,
        views: Views,
        covers: Vec<Cover>,
    ) -> Self {
        let covered = covers
            .iter()
            .map(|cover| cover.source.clone().into_std_path_buf())
            .collect();
        Self {
            scene: Arc::new(Scene {
                root: root.to_owned(),
                patterns,
                views,
                covers,
                covered,
                is_over: AtomicBool::new(false),
            }),
        }
    }

    /// Waits until something is seen that is to be hidden. Can be dropped at any time.
    pub(crate) async fn exposed(&self) -> Exposure {
        let mut watch = DirWatch::new(MOST);
        let mut watched = Watched::default();
        let mut next_walk = Instant::now();
        let mut walking = None;
        loop {
            if walking.is_none() && Instant::now() >= next_walk {
                let scene = Arc::clone(&self.scene);
                walking = Some((Instant::now(), spawn_blocking(move || scene.walk())));
            }
            let walked = async {
                match &mut walking {
                    Some((_, walk)) => walk.await.unwrap_or_default(),
                    None => std::future::pending().await,
                }
            };
            let mut appeared = Vec::new();
            tokio::select! {
                events = watch.changed() => {
                    for event in events {
                        self.scene.note(event, &mut watch, &mut watched, &mut appeared);
                    }
                    if watched.is_lost {
                        watched.is_lost = false;
                        next_walk = next_walk.min(Instant::now());
                    }
                }
                walked = walked => {
                    appeared = walked.matches;
                    let mut all = true;
                    for directory in walked.directories {
                        all &= watched.add(&mut watch, directory);
                    }
                    let took = walking.take().map_or(TICK, |(began, _)| began.elapsed());
                    // What is watched need not be walked again. A look now and then costs little.
                    let rest = if all { Duration::from_secs(60) } else { TICK };
                    next_walk = Instant::now() + rest.max(took * SHARE);
                }
                () = tokio::time::sleep(TICK) => {}
            }
            watched.newcomers.extend(appeared);
            let found = self.scene.look(&mut watched.newcomers);
            if let Some(exposure) = found {
                return exposure;
            }
        }
    }
}

impl Drop for HiddenWatch {
    fn drop(&mut self) {
        self.scene.is_over.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct Watched {
    directories: HashSet<PathBuf>,
    /// What appeared and holds nothing that the session does not know, so far.
    newcomers: HashSet<PathBuf>,
    /// Events were lost, or a directory vanished.
    is_lost: bool,
}

impl Watched {
    /// Says whether the directory is watched.
    fn add(&mut self, watch: &mut DirWatch<Directory>, directory: Directory) -> bool {
        if self.directories.contains(&directory.on_host) {
            return true;
        }
        let path = directory.on_host.clone();
        let is_watched = watch.add(&path, directory);
        if is_watched {
            self.directories.insert(path);
        }
        is_watched
    }
}

impl Scene {
    /// What an event tells of: a newcomer, or a directory to be watched.
    fn note(
        &self,
        event: DirEvent<Directory>,
        watch: &mut DirWatch<Directory>,
        watched: &mut Watched,
        appeared: &mut Vec<PathBuf>,
    ) {
        let Some(directory) = event.key else {
            watched.is_lost = true;
            return;
        };
        if event.is_end {
            watched.directories.remove(&directory.on_host);
            watched.is_lost = true;
            return;
        }
        let Some(name) = event.name else { return };
        let path = directory.on_host.join(&name);
        let Ok(metadata) = path.symlink_metadata() else {
            return;
        };
        let relative = directory.relative.join(&name);
        if self.patterns.hides(&relative, metadata.is_dir()) {
            appeared.push(path);
        } else if metadata.is_dir() && self.may_hold(&directory, &name) {
            self.follow(&path, &relative, directory.depth, watch, watched, appeared);
        }
    }

    fn may_hold(&self, directory: &Directory, name: &OsStr) -> bool {
        match directory.depth {
            Depth::All => name != ".git" && !is_filled_by_tools(name),
            Depth::Alone => {
                let way = directory.relative.join(name);
                self.named()
                    .any(|path| path.as_std_path().starts_with(&way))
            }
        }
    }

    /// Watches a new directory, and looks at what came with it.
    fn follow(
        &self,
        on_host: &Path,
        relative: &Path,
        depth: Depth,
        watch: &mut DirWatch<Directory>,
        watched: &mut Watched,
        appeared: &mut Vec<PathBuf>,
    ) {
        let directory = Directory {
            on_host: on_host.to_owned(),
            relative: relative.to_owned(),
            depth,
        };
        if !watched.add(watch, directory.clone()) {
            watched.is_lost = true;
            return;
        }
        for entry in fs::read_dir(on_host).into_iter().flatten().flatten() {
            let event = DirEvent {
                key: Some(directory.clone()),
                name: Some(entry.file_name()),
                is_end: false,
            };
            self.note(event, watch, watched, appeared);
        }
    }

    /// The paths that patterns name without wildcards, relative to the root.
    fn named(&self) -> impl Iterator<Item = Utf8PathBuf> {
        let starts = self.patterns.hiding().flat_map(|hiding| hiding.starts());
        starts.filter_map(|start| match start {
            Start::At(components) => Some(components.iter().collect()),
            Start::Below(_) => None,
        })
    }

    /// Looks for directories to watch, and for what has appeared in them.
    fn walk(&self) -> Walked {
        let mut walk = Walk::new(&self.root, &self.views, &self.patterns);
        let mut visit = Visit {
            is_over: &self.is_over,
            walked: Walked::default(),
        };
        let matches = &mut visit.walked.matches;
        // The directories on the way to what is named, as far as they are there.
        let mut ways: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
        for path in self.named() {
            for way in path.ancestors().skip(1) {
                let on_host = self.views.on_host(&self.root.join(way));
                if let Some(on_host) = on_host.filter(|path| path.is_dir()) {
                    let way = way.as_std_path().to_owned();
                    let on_host = on_host.into_std_path_buf();
                    if !ways.contains_key(&on_host) {
                        self.matches_in(&on_host, &way, matches);
                    }
                    ways.insert(on_host, way);
                }
            }
        }
        // Where a covered file lies that a link leads to, or that is another name.
        for cover in &self.covers {
            if let (Some(on_host), Ok(relative)) =
                (cover.source.parent(), cover.target.strip_prefix(&self.root))
            {
                let way = relative.parent().unwrap_or(Utf8Path::new(""));
                ways.entry(on_host.as_std_path().to_owned())
                    .or_insert_with(|| way.as_std_path().to_owned());
            }
        }
        let below: Vec<Start> = self
            .patterns
            .hiding()
            .flat_map(|hiding| hiding.starts())
            .filter(|start| matches!(start, Start::Below(_)))
            .collect();
        // With too many files, as many as are allowed are looked at.
        let _ = walk.below(&below, &mut visit);
        let mut walked = visit.walked;
        let deep: HashSet<&PathBuf> = walked.directories.iter().map(|it| &it.on_host).collect();
        let alone: Vec<Directory> = ways
            .into_iter()
            .filter(|(on_host, _)| !deep.contains(on_host))
            .map(|(on_host, relative)| Directory {
                on_host,
                relative,
                depth: Depth::Alone,
            })
            .collect();
        walked.directories.extend(alone);
        walked
    }

    fn matches_in(&self, on_host: &Path, relative: &Path, matches: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(on_host).into_iter().flatten().flatten() {
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if self
                .patterns
                .hides(&relative.join(entry.file_name()), is_dir)
            {
                matches.push(entry.path());
            }
        }
    }

    /// Whether something is seen now.
    fn look(&self, newcomers: &mut HashSet<PathBuf>) -> Option<Exposure> {
        for cover in &self.covers {
            let Ok(metadata) = cover.source.symlink_metadata() else {
                // Nothing is there that could be seen.
                continue;
            };
            let path = cover.target.clone();
            if FileId::of(&metadata) != cover.file {
                return Some(Exposure::Replaced { path });
            }
            if cover.kind == CoverKind::File && metadata.nlink() > cover.links {
                return Some(Exposure::Linked { path });
            }
        }
        newcomers.retain(|path| {
            // A link to what is covered leads to the cover.
            let real = path.canonicalize();
            real.is_ok_and(|real| !self.is_covered(&real))
        });
        let is_hidden = |path: &Path| self.hides_on_host(path);
        let new = newcomers.iter().find(|path| !is_known(path, &is_hidden))?;
        Some(Exposure::Appeared {
            path: Utf8PathBuf::from(new.to_string_lossy().into_owned()),
        })
    }

    /// Whether a path that is free of links is covered, or lies in what is.
    fn is_covered(&self, real: &Path) -> bool {
        real.ancestors().any(|above| self.covered.contains(above))
    }

    fn hides_on_host(&self, path: &Path) -> bool {
        if self.is_covered(path) {
            return true;
        }
        let relative = path.strip_prefix(&self.root);
        relative.is_ok_and(|relative| self.patterns.hides(relative, path.is_dir()))
    }
}

/// A walk on its way.
struct Visit<'a> {
    is_over: &'a AtomicBool,
    walked: Walked,
}

impl Visitor for Visit<'_> {
    fn directory(&mut self, on_host: &Path, relative: &Path) -> Enter {
        let is_left_out = on_host.file_name().is_some_and(is_filled_by_tools);
        if is_left_out || self.is_over.load(Ordering::Relaxed) {
            return Enter::No;
        }
        self.walked.directories.push(Directory {
            on_host: on_host.to_owned(),
            relative: relative.to_owned(),
            depth: Depth::All,
        });
        Enter::Yes
    }

    fn hidden(&mut self, on_host: &Path) {
        self.walked.matches.push(on_host.to_owned());
    }
}

#[cfg(test)]
mod tests;
