//! What has become different between two inventories.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Fingerprint, Inventory, Purpose, fingerprint::nanoseconds, inventory::Entry};

/// A path whose content the user has not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path, absolute.
    pub path: Utf8PathBuf,
    /// What it is read for.
    pub purpose: Purpose,
    /// What was there before; `None` if nobody knows.
    pub was: Option<Fingerprint>,
    /// What is there now.
    pub is: Fingerprint,
}

/// What happened to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// There was nothing before.
    Added,
    /// It was something else.
    Changed,
    /// It is gone.
    Removed,
}

impl Change {
    /// What happened to the path.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match (&self.was, &self.is) {
            (_, Fingerprint::Absent) => ChangeKind::Removed,
            (Some(Fingerprint::Absent), _) => ChangeKind::Added,
            _ => ChangeKind::Changed,
        }
    }
}

/// What is different in `now`, as far as both inventories speak of it; and what only `now` speaks of
/// if it was touched since `before`.
pub(super) fn between(before: &Inventory, now: &Inventory, root: &Utf8Path) -> Vec<Change> {
    let paths: BTreeSet<&Utf8PathBuf> = before.entries.keys().chain(now.entries.keys()).collect();
    paths
        .into_iter()
        .filter_map(|path| {
            // What is told together in one inventory may be told one by one in the other.
            let is = now.print(path).or_else(|| {
                let crowd = before.trees.contains_key(path) && now.trees.contains_key(path);
                crowd.then_some(&Fingerprint::Absent)
            })?;
            let was = before.print(path).or_else(|| {
                let crowd = before.trees.contains_key(path) && now.trees.contains_key(path);
                crowd.then_some(&Fingerprint::Absent)
            });
            let is_different = match was {
                Some(was) => {
                    !is_same(before.entries.get(path), now.entries.get(path))
                        && (was != is || is_endless(is))
                }
                None => {
                    *is != Fingerprint::Absent && was_touched(path, root, before.taken, i64::MAX)
                }
            };
            is_different.then(|| Change {
                path: path.clone(),
                purpose: now
                    .purpose(path)
                    .or_else(|| before.purpose(path))
                    .unwrap_or(Purpose::Build),
                was: was.cloned(),
                is: is.clone(),
            })
        })
        .collect()
}

/// What was written between two looks at the same, also where it is again what it was: of a file, its
/// times tell.
pub(super) fn touched(before: &Inventory, now: &Inventory) -> Vec<Change> {
    let paths: BTreeSet<&Utf8PathBuf> = before.entries.keys().chain(now.entries.keys()).collect();
    paths
        .into_iter()
        .filter(|path| before.entries.get(*path) != now.entries.get(*path))
        .map(|path| Change {
            path: path.clone(),
            purpose: now
                .purpose(path)
                .or_else(|| before.purpose(path))
                .unwrap_or(Purpose::Build),
            was: before.print(path).cloned(),
            is: now.print(path).cloned().unwrap_or(Fingerprint::Absent),
        })
        .collect()
}

fn is_endless(print: &Fingerprint) -> bool {
    matches!(print, Fingerprint::Crowd { endless: true, .. })
}

/// Whether nothing was written in between, so that it does not matter that only one of both was read.
fn is_same(before: Option<&Entry>, now: Option<&Entry>) -> bool {
    let (Some(before), Some(now)) = (before, now) else {
        return false;
    };
    let is_unread = |entry: &Entry| matches!(entry.print, Fingerprint::Unread { .. });
    before.stamp.is_some() && before.stamp == now.stamp && (is_unread(before) || is_unread(now))
}

/// The kernel notes the time of its last tick, which is at most this old. In nanoseconds.
const TICK: i64 = 20_000_000;

/// Whether the path, or a directory of the project at `root` that it lies in, got its present content
/// between these times, in nanoseconds since 1970. For what no inventory spoke of, this is all that is
/// known; programs in a container cannot set these times.
pub(super) fn was_touched(path: &Utf8Path, root: &Utf8Path, from: i64, to: i64) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // The directories as well: one that was moved here brings files with old times.
    path.ancestors()
        .take_while(|place| *place == path || (*place != root && place.starts_with(root)))
        .filter_map(|place| place.symlink_metadata().ok())
        .any(|metadata| {
            let touched = nanoseconds((metadata.ctime(), metadata.ctime_nsec()));
            touched >= from.saturating_sub(TICK) && touched <= to
        })
}
