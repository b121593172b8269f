//! Notices within a moment what a session does to its repository.
//!
//! inotify tells of changes of the directories that matter; a look every second finds what it did not
//! tell, on network file systems for instance, or where the user's watches are used up. Repositories
//! that are made somewhere in the working tree are found by walks over it, which get a small part of
//! one processor.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::task::{JoinHandle, spawn_blocking};

use super::{
    guard::GitGuard,
    inspector::Depth,
    notifier::{Changed, Notifier},
    report::Reverted,
    scan::{Found, scan},
};

/// How long nobody looks if nothing is told.
const TICK: Duration = Duration::from_secs(1);
/// The walks over the working tree: this often if nothing is told, for at most one thirtieth of the
/// time, and with some rest between them.
const BETWEEN_SCANS: Duration = Duration::from_secs(2);
const SHORTEST_REST: Duration = Duration::from_millis(100);
const SHARE: u32 = 30;
const LONGEST_SCAN: Duration = Duration::from_secs(20);
/// This many reverts within the time mean that somebody tries to be quicker than the guard.
const ALARM: u64 = 30;
const ALARM_TIME: Duration = Duration::from_secs(10);

/// The session writes again and again what is put back, so that the host's Git may meet it. The
/// session should be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session keeps changing what the host's Git executes")]
pub struct GitAlarm;

impl GitGuard {
    /// Watches until the session writes the same things again and again, which is the only end.
    /// `tell` gets each thing that was put back. The future can be dropped at any time.
    pub async fn watch(&self, mut tell: impl FnMut(&Reverted)) -> GitAlarm {
        let mut notifier = Notifier::new();
        let mut told = self.lock().report.reverted.len();
        let mut window = (Instant::now(), self.lock().reverts);
        let mut walk = Walk::new(&self.root);
        notifier.watch(&self.lock().baseline);
        loop {
            let woken = tokio::select! {
                changed = notifier.changed() => Woken::Changed(changed),
                found = walk.next() => Woken::Found(found),
                () = tokio::time::sleep(TICK) => Woken::Tick,
            };
            // A directory of the index may have become a submodule, which the host's `git status` enters.
            let hurries = matches!(woken, Woken::Changed(_));
            let mut inspector = self.lock();
            match woken {
                Woken::Changed(Changed::Places(places)) => {
                    for place in &places {
                        inspector.inspect_one(place);
                    }
                }
                Woken::Changed(Changed::Anything) | Woken::Tick => {
                    inspector.inspect(Depth::Quick);
                }
                Woken::Found(found) => inspector.add_found(found, Depth::Quick),
            }
            if hurries {
                walk.hurry();
            }
            notifier.watch(&inspector.baseline);
            let reverts = inspector.reverts;
            let reverted = &inspector.report.reverted;
            let new = reverted[told.min(reverted.len())..].to_vec();
            drop(inspector);
            told += new.len();
            new.iter().for_each(&mut tell);
            if window.0.elapsed() > ALARM_TIME {
                window = (Instant::now(), reverts);
            }
            if reverts - window.1 > ALARM {
                return GitAlarm;
            }
        }
    }
}

enum Woken {
    Changed(Changed),
    Found(Vec<Found>),
    Tick,
}

/// Walks over the working tree, one after the other, beside the watch.
struct Walk {
    root: Utf8PathBuf,
    running: Option<(Instant, JoinHandle<Vec<Found>>)>,
    next: Instant,
    /// The earliest time for the next one, so that walks get their share and no more.
    earliest: Instant,
    /// A walk must not keep a runtime from ending.
    abandoned: Arc<AtomicBool>,
}

impl Walk {
    fn new(root: &Utf8Path) -> Self {
        Self {
            root: root.to_owned(),
            running: None,
            next: Instant::now(),
            earliest: Instant::now(),
            abandoned: Arc::default(),
        }
    }

    /// What the next walk has found. Can be dropped and called again.
    async fn next(&mut self) -> Vec<Found> {
        if self.running.is_none() {
            tokio::time::sleep_until(self.next.into()).await;
            let root = self.root.clone();
            let abandoned = Arc::clone(&self.abandoned);
            let began = Instant::now();
            let is_over =
                move || abandoned.load(Ordering::Relaxed) || began.elapsed() > LONGEST_SCAN;
            let walk = spawn_blocking(move || scan(&root, &is_over).unwrap_or_default());
            self.running = Some((began, walk));
        }
        let (began, walk) = self.running.as_mut().expect("it was begun above");
        let found = walk.await.unwrap_or_default();
        let rest = (began.elapsed() * SHARE).max(SHORTEST_REST);
        self.earliest = Instant::now() + rest;
        self.next = Instant::now() + BETWEEN_SCANS.max(rest);
        self.running = None;
        found
    }

    /// Walks as soon as may be: something has changed.
    fn hurry(&mut self) {
        self.next = self.next.min(self.earliest);
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }
}
