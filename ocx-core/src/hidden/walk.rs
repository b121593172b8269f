//! Walks what a session sees, by the names that it sees.

use std::{
    collections::HashMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{HiddenError, Patterns, Views, patterns::Start};

/// Looking through this many takes some seconds. Nobody waits longer for a session.
pub(super) const MOST_FILES: usize = 1_000_000;

/// Where Git keeps what it needs. Patterns leave it alone, unless they name it.
const GIT: &str = ".git";

/// What a walk meets.
pub(super) trait Visitor {
    /// A directory that is not hidden: its path on the host, and relative to the root. Says whether to
    /// go into it.
    fn directory(&mut self, on_host: &Path, relative: &Path) -> Enter;
    /// Something that the patterns hide: its path on the host.
    fn hidden(&mut self, on_host: &Path);
}

/// Whether a walk goes into a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enter {
    Yes,
    No,
}

/// A look at the directories below the project's root.
pub(super) struct Walk<'a> {
    pub(super) root: &'a Utf8Path,
    pub(super) views: &'a Views,
    pub(super) patterns: &'a Patterns,
    /// How many entries were looked at.
    count: usize,
    /// The names in directories, for those that are looked into for many paths.
    names: HashMap<Utf8PathBuf, HashMap<String, Vec<String>>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a Utf8Path, views: &'a Views, patterns: &'a Patterns) -> Self {
        Self {
            root,
            views,
            patterns,
            count: 0,
            names: HashMap::new(),
        }
    }

    /// The paths in the container that a start names, whatever their upper and lower case, as far as
    /// they are there.
    pub(super) fn named(&mut self, components: &[String]) -> Vec<Utf8PathBuf> {
        let mut found = vec![self.root.to_owned()];
        for component in components {
            let mut next = Vec::new();
            for directory in &found {
                next.extend(self.entries_like(directory, component));
            }
            found = next;
        }
        found
    }

    fn entries_like(&mut self, directory: &Utf8Path, name: &str) -> Vec<Utf8PathBuf> {
        let path = directory.join(name);
        let Some(on_host) = self.views.on_host(directory) else {
            return Vec::new();
        };
        let names = self.names.entry(directory.to_owned()).or_insert_with(|| {
            let mut names: HashMap<String, Vec<String>> = HashMap::new();
            for entry in on_host.read_dir_utf8().into_iter().flatten().flatten() {
                let name = entry.file_name().to_owned();
                names.entry(name.to_lowercase()).or_default().push(name);
            }
            names
        });
        let mut found: Vec<Utf8PathBuf> = names
            .get(&name.to_lowercase())
            .into_iter()
            .flatten()
            .map(|name| directory.join(name))
            .collect();
        // A directory need not be readable for that.
        let is_there = self
            .views
            .on_host(&path)
            .is_some_and(|path| path.symlink_metadata().is_ok());
        if is_there && !found.contains(&path) {
            found.push(path);
        }
        found
    }

    /// Walks everything below the paths where patterns may match anything.
    pub(super) fn below(
        &mut self,
        starts: &[Start],
        visitor: &mut dyn Visitor,
    ) -> Result<(), HiddenError> {
        let mut tops: Vec<Utf8PathBuf> = Vec::new();
        for start in starts {
            if let Start::Below(components) = start {
                tops.extend(self.named(components));
            }
        }
        tops.sort();
        tops.dedup();
        let all = tops.clone();
        tops.retain(|top| {
            let mut above = top.ancestors().skip(1);
            !above.any(|above| all.iter().any(|other| other == above))
        });
        for top in tops {
            let below = self.views.below(&top).map(|view| view.target.clone());
            let below: Vec<Utf8PathBuf> = below.collect();
            for top in std::iter::once(top).chain(below) {
                self.tree(&top, visitor)?;
            }
        }
        Ok(())
    }

    /// Walks one directory of the container, without what is mounted below it.
    pub(super) fn tree(
        &mut self,
        top: &Utf8Path,
        visitor: &mut dyn Visitor,
    ) -> Result<(), HiddenError> {
        let Some(on_host) = self.views.on_host(top) else {
            return Ok(());
        };
        let Ok(on_host) = on_host.canonicalize_utf8() else {
            return Ok(());
        };
        let Ok(relative) = top.strip_prefix(self.root) else {
            return Ok(());
        };
        let mounts: Vec<PathBuf> = self
            .views
            .below(top)
            .filter_map(|view| view.target.strip_prefix(self.root).ok())
            .map(|target| target.as_std_path().to_owned())
            .collect();
        let mut queue = vec![(
            on_host.into_std_path_buf(),
            relative.as_std_path().to_owned(),
        )];
        while let Some((directory, relative)) = queue.pop() {
            if visitor.directory(&directory, &relative) == Enter::No {
                continue;
            }
            // One that vanished meanwhile, or that its owner may not read: nor may the session.
            let Ok(entries) = std::fs::read_dir(&directory) else {
                continue;
            };
            for entry in entries.flatten() {
                self.count += 1;
                if self.count > MOST_FILES {
                    return Err(HiddenError::TooManyFiles {
                        root: self.root.to_owned(),
                        most: MOST_FILES,
                    });
                }
                let name: OsString = entry.file_name();
                let below = relative.join(&name);
                let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if name == GIT || mounts.contains(&below) {
                    continue;
                }
                let on_host = directory.join(&name);
                if self.patterns.hides(&below, is_dir) {
                    visitor.hidden(&on_host);
                } else if is_dir {
                    queue.push((on_host, below));
                }
            }
        }
        Ok(())
    }
}
