//! Whose work it is.
//!
//! What changed while a session ran is the agent's; what changed otherwise is the user's own. It stays
//! the agent's until the user approves of it or until it is again what it was.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Change, Fingerprint, Inventory, Purpose,
    change::{between, was_touched},
    record::{AgentMade, Record, Standing, Window},
};

/// More changes in one directory are told as one.
const MOST_IN_A_TREE: usize = 500;

/// Whose work the files are that ocx reads from a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are what the user has approved of, or what was there when the last session began.
    Known,
    /// They are different, and no session ran when they became so.
    UsersOwn,
    /// A session changed these, and nobody has approved of that.
    AgentMade(Vec<Change>),
    /// Nobody has said anything about the project yet.
    Untrusted,
}

/// Judges what is read for `purposes`. `running` is what was there when sessions began of which nobody
/// knows that they have ended, `around` what sessions of projects around this one changed.
pub(super) fn judge(
    record: &Record,
    running: &[&Inventory],
    around: Vec<Change>,
    now: &Inventory,
    purposes: &[Purpose],
) -> Verdict {
    let mut changes = BTreeMap::new();
    for (path, made) in &record.agent_made {
        // Of a tree itself, only that it is a link or holds a crowd is told.
        let is = now.print(path).cloned().or_else(|| {
            let is_tree = now.trees.contains_key(path);
            is_tree.then_some(match made.was {
                Some(_) => Fingerprint::Absent,
                // Told as one, it never becomes again what it was.
                None => Fingerprint::Directory { mode: 0 },
            })
        });
        if let Some(is) = is
            && made.was.as_ref() != Some(&is)
        {
            let change = Change {
                path: path.clone(),
                purpose: made.purpose,
                was: made.was.clone(),
                is,
            };
            changes.insert(path.clone(), change);
        }
    }
    for before in running {
        for change in between(before, now, &record.root) {
            changes.entry(change.path.clone()).or_insert(change);
        }
    }
    for change in by_times(&record.windows, &record.root, now)
        .into_iter()
        .chain(around)
    {
        changes.entry(change.path.clone()).or_insert(change);
    }
    changes.retain(|_, change| purposes.contains(&change.purpose));
    if !changes.is_empty() {
        return Verdict::AgentMade(changes.into_values().collect());
    }
    // Settings that loosen nothing are followed in any project.
    let must_be_known = |purpose: &&Purpose| record.lost || **purpose != Purpose::Settings;
    let is_unknown = purposes
        .iter()
        .filter(must_be_known)
        .any(|purpose| now.has(*purpose) && !is_agreed(record, now, *purpose));
    if is_unknown {
        return Verdict::Untrusted;
    }
    let is_known = purposes.iter().all(|purpose| {
        let hash = now.hash(&record.root, &[*purpose]);
        record.known.get(purpose) == Some(&hash)
    });
    if is_known {
        Verdict::Known
    } else {
        Verdict::UsersOwn
    }
}

/// Whether the user's word for the project holds for what is read for `purpose`. Who builds a project has
/// not agreed to what it brings for opencode; what came after that is the user's own.
fn is_agreed(record: &Record, now: &Inventory, purpose: Purpose) -> bool {
    match record.standing {
        None => false,
        Some(Standing::Always) => true,
        Some(Standing::Known) => {
            purpose != Purpose::Opencode
                || record.agreed.contains(&purpose)
                || now
                    .present(purpose)
                    .all(|path| was_touched(path, &record.root, record.since, i64::MAX))
        }
    }
}

/// What no inventory spoke of when a session ran, and what was touched while it did.
pub(super) fn by_times(windows: &[Window], root: &Utf8Path, now: &Inventory) -> Vec<Change> {
    now.entries
        .iter()
        .filter(|(path, entry)| {
            entry.print != Fingerprint::Absent
                && windows.iter().any(|window| {
                    !window.speaks_of(path) && was_touched(path, root, window.begun, window.ended)
                })
        })
        .map(|(path, entry)| Change {
            path: path.clone(),
            purpose: entry.purpose,
            was: None,
            is: entry.print.clone(),
        })
        .collect()
}

/// Writes down what a session has changed, which began with `before` and ends with `now`.
pub(super) fn end(record: &mut Record, before: &Inventory, now: &Inventory) {
    for change in between(before, now, &record.root) {
        record.agent_made.entry(change.path).or_insert(AgentMade {
            purpose: change.purpose,
            was: change.was,
        });
    }
    forget_what_is_undone(record, now);
    tell_crowds_as_one(record, now);
    record.add_window(Window {
        begun: before.taken,
        ended: now.taken,
        files: of_files(before, now),
        trees: before.trees.keys().cloned().collect(),
        left_out: before
            .left_out
            .iter()
            .chain(&now.left_out)
            .map(|(tree, ignore)| (tree.clone(), ignore.clone()))
            .collect(),
    });
}

/// What is spoken of by both, and lies in no tree.
fn of_files(before: &Inventory, now: &Inventory) -> Vec<Utf8PathBuf> {
    let in_a_tree = |path: &Utf8Path| before.trees.keys().any(|tree| path.starts_with(tree));
    now.entries
        .keys()
        .chain(before.entries.keys())
        .filter(|path| !in_a_tree(path))
        .cloned()
        .collect()
}

fn forget_what_is_undone(record: &mut Record, now: &Inventory) {
    record
        .agent_made
        .retain(|path, made| made.was.is_none() || made.was.as_ref() != now.print(path));
}

fn tell_crowds_as_one(record: &mut Record, now: &Inventory) {
    for (tree, purpose) in &now.trees {
        let within = |path: &Utf8Path| path.starts_with(tree);
        let number = record.agent_made.keys().filter(|path| within(path)).count();
        if number > MOST_IN_A_TREE {
            record.agent_made.retain(|path, _| !within(path));
            let made = AgentMade {
                purpose: *purpose,
                was: None,
            };
            record.agent_made.insert(tree.clone(), made);
        }
    }
}

/// Writes down that what is there now for `purposes` is the user's, or as good as that.
pub(super) fn accept(
    record: &mut Record,
    running: &mut [Inventory],
    now: &Inventory,
    purposes: &[Purpose],
) {
    let is_meant = |path: &Utf8Path| {
        now.purpose(path)
            .or_else(|| now.trees.get(path).copied())
            .is_some_and(|purpose| purposes.contains(&purpose))
    };
    record.agent_made.retain(|path, _| !is_meant(path));
    for before in running {
        before.entries.retain(|path, _| !is_meant(path));
        for (path, entry) in now.entries.iter().filter(|(path, _)| is_meant(path)) {
            before.entries.insert(path.clone(), entry.clone());
        }
        for (tree, purpose) in &now.trees {
            if purposes.contains(purpose) {
                before.trees.insert(tree.clone(), *purpose);
            }
        }
    }
    for window in &mut record.windows {
        for (tree, purpose) in &now.trees {
            if purposes.contains(purpose) && !window.trees.contains(tree) {
                window.trees.push(tree.clone());
            }
        }
        let files: Vec<_> = now
            .entries
            .keys()
            .filter(|path| is_meant(path) && !window.speaks_of(path))
            .cloned()
            .collect();
        window.files.extend(files);
    }
    remember(record, now, purposes);
}

/// Writes down that what is there now for `purposes` is known.
pub(super) fn remember(record: &mut Record, now: &Inventory, purposes: &[Purpose]) {
    for purpose in purposes {
        let hash = now.hash(&record.root, &[*purpose]);
        record.known.insert(*purpose, hash);
    }
    let texts = now.texts();
    for (path, text) in texts {
        if now
            .purpose(&path)
            .is_some_and(|purpose| purposes.contains(&purpose))
        {
            record.keep_text(path, text);
        }
    }
}
