//! The fingerprints of all that ocx reads from a project, at one moment.

use std::{collections::BTreeMap, fs};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Change, Fingerprint, Purpose, Sources, Stamp,
    fingerprint::{self, Budget, Reading, of_entry},
    ignore_file::IgnoreFile,
    sources::WRITTEN_BY_OPENCODE,
    walk,
};
use crate::{project::CONFIG_FILE_NAMES, settings::ContentHash};

/// How much is read of build contexts for one inventory, in bytes. What is known from an earlier one
/// is not read again, so the next inventory goes on where this one stops.
const MOST_READ: u64 = 64 * 1024 * 1024;

/// The fingerprints of all that ocx reads from a project, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// When it was begun, in nanoseconds since 1970.
    pub(super) taken: i64,
    pub(super) entries: BTreeMap<Utf8PathBuf, Entry>,
    /// Directories all of whose files count: what is not an entry is not there.
    pub(super) trees: BTreeMap<Utf8PathBuf, Purpose>,
    /// What of these directories nobody looked at, since no builder gets it.
    #[serde(default)]
    pub(super) left_out: BTreeMap<Utf8PathBuf, IgnoreFile>,
}

/// One path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) purpose: Purpose,
    pub(super) print: Fingerprint,
    pub(super) stamp: Option<Stamp>,
}

impl Inventory {
    /// Looks at all of `sources`. What has the same stamp as in `known` is not read again.
    ///
    /// It never fails: what cannot be read is told by what is seen of it from outside.
    #[must_use]
    pub fn take(sources: &Sources, known: &Self) -> Self {
        let mut inventory = Self {
            taken: i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX),
            ..Self::default()
        };
        let mut budget = Budget(MOST_READ);
        for tree in &sources.trees {
            let directory = &tree.directory;
            inventory.trees.insert(directory.clone(), tree.purpose);
            if directory.is_symlink() {
                // It may lead to what is there in a container only.
                inventory.add_file(tree.purpose, directory, known, &mut budget);
            }
            let mut add = |path: &Utf8Path, metadata: &fs::Metadata| {
                let entry = known.entry_of(
                    path,
                    metadata,
                    tree.purpose,
                    Reading::WithinBudget,
                    &mut budget,
                );
                inventory.entries.insert(path.to_owned(), entry);
            };
            let ignore = match tree.purpose {
                Purpose::Opencode => IgnoreFile::parse(WRITTEN_BY_OPENCODE),
                Purpose::Build | Purpose::Settings => walk::ignored(&tree.ignore_files),
            };
            if !ignore.is_empty() {
                inventory.left_out.insert(directory.clone(), ignore.clone());
            }
            if let Some(print) = walk::walk(directory, ignore, &mut add) {
                let entry = Entry {
                    purpose: tree.purpose,
                    print,
                    stamp: None,
                };
                inventory.entries.insert(directory.clone(), entry);
            }
        }
        for (purpose, path) in &sources.files {
            inventory.add_file(*purpose, path, known, &mut budget);
        }
        inventory
    }

    /// A file that is read by its name: links are followed, and count themselves.
    fn add_file(&mut self, purpose: Purpose, path: &Utf8Path, known: &Self, budget: &mut Budget) {
        let absent = Entry {
            purpose,
            print: Fingerprint::Absent,
            stamp: None,
        };
        let mut name = path.to_owned();
        // As many links as Linux follows.
        for _ in 0..40 {
            let Ok(metadata) = name.symlink_metadata() else {
                self.entries.insert(name, absent);
                return;
            };
            let entry = known.entry_of(&name, &metadata, purpose, Reading::Always, budget);
            self.entries.insert(name.clone(), entry);
            match name.read_link_utf8() {
                Ok(target) => name = name.parent().unwrap_or(&name).join(target),
                Err(_) => break,
            }
        }
        // A directory on the way may be a link as well; then the file is known by both of its paths.
        if let Ok(canonical) = name.canonicalize_utf8()
            && canonical != name
            && let Ok(metadata) = canonical.symlink_metadata()
        {
            let entry = known.entry_of(&canonical, &metadata, purpose, Reading::Always, budget);
            self.entries.insert(canonical, entry);
        }
    }

    fn entry_of(
        &self,
        path: &Utf8Path,
        metadata: &fs::Metadata,
        purpose: Purpose,
        reading: Reading,
        budget: &mut Budget,
    ) -> Entry {
        let stamp = Stamp::of(metadata);
        let known = self
            .entries
            .get(path)
            .filter(|entry| entry.stamp == Some(stamp) && stamp.is_settled(self.taken))
            .map(|entry| &entry.print);
        Entry {
            purpose,
            print: of_entry(path, metadata, known, reading, budget),
            stamp: metadata.is_file().then_some(stamp),
        }
    }

    /// What lies at `path`, as far as this inventory tells.
    pub(super) fn print(&self, path: &Utf8Path) -> Option<&Fingerprint> {
        match self.entries.get(path) {
            Some(entry) => Some(&entry.print),
            None => self.tree_of(path).map(|_| &Fingerprint::Absent),
        }
    }

    /// What `path` is read for; `None` if this inventory says nothing about it.
    pub(super) fn purpose(&self, path: &Utf8Path) -> Option<Purpose> {
        match self.entries.get(path) {
            Some(entry) => Some(entry.purpose),
            None => self.tree_of(path),
        }
    }

    fn tree_of(&self, path: &Utf8Path) -> Option<Purpose> {
        self.trees
            .iter()
            .find(|(tree, _)| path.starts_with(tree) && path != *tree)
            .map(|(_, purpose)| *purpose)
    }

    /// Whether there is something of this kind.
    pub(super) fn has(&self, purpose: Purpose) -> bool {
        self.present(purpose).next().is_some()
    }

    /// The paths of what there is of this kind.
    pub(super) fn present(&self, purpose: Purpose) -> impl Iterator<Item = &Utf8Path> {
        self.entries
            .iter()
            .filter(move |(_, entry)| {
                entry.purpose == purpose && entry.print != Fingerprint::Absent
            })
            .map(|(path, _)| path.as_path())
    }

    /// The hash of what is read for `purposes`, the same in each clone of a repository: without Git's
    /// own directory, times, and modes but for whether a file can be executed.
    #[must_use]
    pub fn hash(&self, root: &Utf8Path, purposes: &[Purpose]) -> ContentHash {
        let listing: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| purposes.contains(&entry.purpose))
            .filter(|(_, entry)| entry.print != Fingerprint::Absent)
            .filter(|(path, _)| !path.components().any(|part| part.as_str() == ".git"))
            .map(|(path, entry)| {
                let content = match &entry.print {
                    Fingerprint::File { mode, sha256 } => json!([sha256, mode & 0o100 != 0]),
                    Fingerprint::Directory { .. } => json!("directory"),
                    print => json!(print),
                };
                json!([path.strip_prefix(root).unwrap_or(path), content])
            })
            .collect();
        ContentHash::of(&listing.into())
    }

    /// The texts of the files of which changes are shown line by line.
    pub(super) fn texts(&self) -> BTreeMap<Utf8PathBuf, String> {
        self.entries
            .iter()
            .filter(|(path, entry)| {
                matches!(entry.print, Fingerprint::File { .. }) && is_shown(path, entry.purpose)
            })
            .filter_map(|(path, _)| Some((path.clone(), fingerprint::text(path, LONGEST_TEXT)?)))
            .collect()
    }
}

/// Of a longer file, changes are not shown line by line.
const LONGEST_TEXT: u64 = 64 * 1024;

/// The text that a changed file has now, if changes of it are shown line by line: not those of files
/// that may hold secrets, or of all that lies beside a Dockerfile.
#[must_use]
pub fn present_text(change: &Change) -> Option<String> {
    is_shown(&change.path, change.purpose)
        .then(|| fingerprint::text(&change.path, LONGEST_TEXT))
        .flatten()
}

fn is_shown(path: &Utf8Path, purpose: Purpose) -> bool {
    let name = path.file_name().unwrap_or_default();
    match purpose {
        Purpose::Settings => {
            CONFIG_FILE_NAMES.contains(&name) || name.ends_with("devcontainer.json")
        }
        Purpose::Build => {
            let name = name.to_lowercase();
            ["dockerfile", "containerfile"]
                .iter()
                .any(|kind| name.contains(kind))
                || name.ends_with("ignore")
        }
        Purpose::Opencode => name.starts_with("opencode.json"),
    }
}
