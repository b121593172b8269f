//! What is remembered about the trust in one project.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::{Fingerprint, Purpose, ignore_file::IgnoreFile};
use crate::settings::ContentHash;

/// How much is remembered of what was approved, the newest first to stay.
const MOST_CONTENTS: usize = 64;
/// How many sessions are told one by one.
const MOST_WINDOWS: usize = 32;
/// How much of texts is kept, in bytes.
const MOST_TEXT: usize = 1024 * 1024;

/// How far a project is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The user has agreed to build its Dockerfile, or written it.
    Known,
    /// The same, and what its settings loosen takes effect, whatever it is, unless an agent made it.
    Always,
}

/// Kept in a file outside of all mounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// The project's canonical root.
    pub(super) root: Utf8PathBuf,
    pub(super) standing: Option<Standing>,
    /// When that was said, in nanoseconds since 1970.
    pub(super) since: i64,
    /// What the user has agreed to in so many words, by what it is for.
    pub(super) agreed: BTreeSet<Purpose>,
    /// Contents of settings that were approved, the oldest first.
    pub(super) contents: Vec<ContentHash>,
    /// The last content that was known to be the user's own, by what it is for.
    pub(super) known: BTreeMap<Purpose, ContentHash>,
    /// The texts of that.
    pub(super) texts: BTreeMap<Utf8PathBuf, String>,
    /// What agents made and nobody has approved of.
    pub(super) agent_made: BTreeMap<Utf8PathBuf, AgentMade>,
    /// What sessions of projects around this one made, and the user accepted here.
    pub(super) accepted: BTreeMap<Utf8PathBuf, Fingerprint>,
    /// Sessions that have ended, the oldest first.
    pub(super) windows: Vec<Window>,
    /// Whether an earlier record was unreadable, so that nobody knows what was in it.
    pub(super) lost: bool,
}

/// What lay at a path before an agent changed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AgentMade {
    pub(super) purpose: Purpose,
    /// `None` if nobody knows.
    pub(super) was: Option<Fingerprint>,
}

/// The time of a session, and what was looked at when it began and ended. What it did to anything else
/// can be told by times only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Window {
    pub(super) begun: i64,
    pub(super) ended: i64,
    pub(super) files: Vec<Utf8PathBuf>,
    pub(super) trees: Vec<Utf8PathBuf>,
    /// What of the trees was not looked at, at the beginning or the end: another `.dockerignore` may bring
    /// it into a build later.
    #[serde(default)]
    pub(super) left_out: Vec<(Utf8PathBuf, IgnoreFile)>,
}

impl Window {
    /// Whether it was looked at, so that its content tells whether it was changed.
    pub(super) fn speaks_of(&self, path: &Utf8Path) -> bool {
        let is_left_out = self.left_out.iter().any(|(tree, ignore)| {
            path.strip_prefix(tree)
                .is_ok_and(|path| ignore.leaves_out(path))
        });
        self.files.iter().any(|file| file == path)
            || (!is_left_out && self.trees.iter().any(|tree| path.starts_with(tree)))
    }
}

impl Record {
    pub(super) fn approve(&mut self, content: ContentHash) {
        self.contents.retain(|known| *known != content);
        self.contents.push(content);
        let excess = self.contents.len().saturating_sub(MOST_CONTENTS);
        self.contents.drain(..excess);
    }

    /// A higher standing stays.
    pub(super) fn raise(&mut self, standing: Standing, now: i64) {
        if self.standing != Some(Standing::Always) && self.standing != Some(standing) {
            self.standing = Some(standing);
            self.since = now;
        }
        self.lost = false;
    }

    pub(super) fn add_window(&mut self, window: Window) {
        self.windows.push(window);
        while self.windows.len() > MOST_WINDOWS {
            let first = self.windows.remove(0);
            let second = &mut self.windows[0];
            second.begun = second.begun.min(first.begun);
            second.ended = second.ended.max(first.ended);
            second.files.retain(|path| first.files.contains(path));
            second.trees.retain(|path| first.trees.contains(path));
            for left_out in first.left_out {
                if !second.left_out.contains(&left_out) {
                    second.left_out.push(left_out);
                }
            }
        }
    }

    pub(super) fn keep_text(&mut self, path: Utf8PathBuf, text: String) {
        self.texts.remove(&path);
        let kept: usize = self.texts.values().map(String::len).sum();
        if kept + text.len() <= MOST_TEXT {
            self.texts.insert(path, text);
        }
    }
}
