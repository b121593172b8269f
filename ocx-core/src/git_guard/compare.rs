//! Compares one Git directory with what it was, and puts back what executes.

use std::{io, path::Path};

use camino::Utf8Path;

use super::{
    config::{Surroundings, Verdict, judge},
    file_state::FileState,
    git_dir::{CONFIGS, GitDirState, Kind, deep_links, hook_files, links},
    held_dir::HeldDir,
    inspector::{Depth, Inspector},
    place::{Place, place_in},
    rebase,
    report::Change,
};
use crate::disk::resolve;

/// One directory, and what it should be.
pub(super) struct Comparison<'a> {
    inspector: &'a mut Inspector,
    place: &'a Place,
    before: &'a GitDirState,
    dir: &'a HeldDir,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        inspector: &'a mut Inspector,
        place: &'a Place,
        before: &'a GitDirState,
        dir: &'a HeldDir,
    ) -> Self {
        Self {
            inspector,
            place,
            before,
            dir,
        }
    }

    pub(super) fn run(&mut self, depth: Depth) -> io::Result<()> {
        self.links()?;
        for name in CONFIGS {
            let now = self.dir.state(Path::new(name))?;
            let place = self.place.join(name);
            self.config(&place, Path::new(name), self.before.file(name), &now)?;
        }
        for name in self.before.whole() {
            self.whole(name)?;
        }
        if self.before.has_hooks() {
            self.hooks()?;
        }
        // Without it Git takes the directory for none of its own. It is replaced by a rename, so it
        // never is away for a moment.
        let head = Path::new("HEAD");
        if self.before.is_lasting()
            && self.dir.state(head)? == FileState::Absent
            && self.before.file("HEAD").content().is_some()
        {
            let place = self.place.join(head);
            self.put_back(&place, head, self.before.file("HEAD"), &FileState::Absent)?;
        }
        if depth == Depth::Last {
            self.deep_links()?;
            self.rebase()?;
        }
        Ok(())
    }

    /// Links among the entries of a Git directory: none may come or change.
    fn links(&mut self) -> io::Result<()> {
        for name in links(self.dir)? {
            let path = Path::new(&name);
            let now = self.dir.state(path)?;
            let before = self.before.links.get(&name);
            if before == Some(&now) || name == "HEAD" && is_reference(&now) {
                continue;
            }
            self.inspector.aside.keep(&self.place.join(&name), &now)?;
            self.dir.remove(path)?;
            let before = before.unwrap_or_else(|| self.before.file(&name));
            self.dir.put(path, before)?;
            self.inspector
                .record(&self.place.join(&name), Change::Added);
        }
        Ok(())
    }

    fn deep_links(&mut self) -> io::Result<()> {
        for path in deep_links(self.dir)? {
            let started = self.inspector.baseline.started;
            let is_older = self
                .dir
                .stat(&path)?
                .is_none_or(|stat| started.is_after(&stat));
            let now = self.dir.state(&path)?;
            if !is_older && !is_reference(&now) {
                let place = self.place.join(&path);
                self.inspector.aside.keep(&place, &now)?;
                self.dir.remove(&path)?;
                self.inspector.record(&place, Change::Added);
            }
        }
        Ok(())
    }

    /// A configuration file, at `path` of the directory.
    pub(super) fn config(
        &mut self,
        place: &Place,
        path: &Path,
        before: &FileState,
        now: &FileState,
    ) -> io::Result<()> {
        if before.same_content(now) {
            return Ok(());
        }
        let (text, mode) = match before {
            FileState::Other => {
                self.inspector.not_comparable(place);
                return Ok(());
            }
            FileState::File { content, mode } => (content.as_slice(), *mode),
            FileState::Absent => (&b""[..], 0o644),
            // The user's own link. What it leads to is read by nobody here.
            FileState::Link { .. } => return self.put_back(place, path, before, now),
        };
        match now {
            FileState::Absent if !self.before.is_lasting() => Ok(()),
            FileState::File { content, .. } => {
                let Verdict::Revert { text, keys } = self.judge(text, content) else {
                    return Ok(());
                };
                self.inspector.aside.keep(place, now)?;
                let state = match before {
                    FileState::Absent if text.is_empty() => FileState::Absent,
                    _ => FileState::File {
                        content: text,
                        mode,
                    },
                };
                self.dir.put(path, &state)?;
                let change = if keys.is_empty() {
                    Change::Malformed
                } else {
                    Change::Keys(keys)
                };
                self.inspector.record(place, change);
                Ok(())
            }
            _ => self.put_back(place, path, before, now),
        }
    }

    fn judge(&self, before: &[u8], now: &[u8]) -> Verdict {
        let tops = &self.inspector.baseline.tops;
        let git_dir = self.place.shown();
        let is_module = self.before.kind == Kind::Module;
        let is_worktree = |path: &[u8]| is_module && is_inside(path, &git_dir, tops);
        // Repositories that the session makes for itself may fetch from each other.
        let is_own = self.before.kind == Kind::Nested;
        let root = &tops[0];
        let is_reachable = |path: &[u8]| {
            !is_own
                && str::from_utf8(path).is_ok_and(|path| {
                    place_in(tops, &resolve(path, root, &self.inspector.home)).is_some()
                })
        };
        let surroundings = Surroundings {
            is_worktree: &is_worktree,
            is_reachable: &is_reachable,
        };
        judge(before, now, &surroundings)
    }

    /// A file that ordinary work does not touch.
    fn whole(&mut self, name: &str) -> io::Result<()> {
        let path = Path::new(name);
        let now = self.dir.state(path)?;
        let before = self.before.file(name);
        // Git makes it when a submodule is cloned by reference; it is read, not executed.
        let is_own_alternate = name == "objects/info/alternates"
            && *before == FileState::Absent
            && self.before.kind != Kind::Common;
        if before.same_content(&now)
            || is_own_alternate
            || now == FileState::Absent && !self.before.is_lasting()
        {
            return Ok(());
        }
        self.put_back(&self.place.join(name), path, before, &now)
    }

    fn put_back(
        &mut self,
        place: &Place,
        path: &Path,
        before: &FileState,
        now: &FileState,
    ) -> io::Result<()> {
        if *before == FileState::Other {
            self.inspector.not_comparable(place);
            return Ok(());
        }
        self.inspector.set_aside(place, self.dir, path, now)?;
        self.dir.put(path, before)?;
        let change = match (before, now) {
            (FileState::Absent, _) => Change::Added,
            (_, FileState::Absent) => Change::Removed,
            _ => Change::Altered,
        };
        self.inspector.record(place, change);
        Ok(())
    }

    fn hooks(&mut self) -> io::Result<()> {
        let present = hook_files(self.dir)?;
        for name in &present {
            let path = Path::new("hooks").join(name);
            let now = self.dir.state(&path)?;
            let before = self.before.hooks.get(name).unwrap_or(&FileState::Absent);
            if *before != now {
                self.put_back(&self.place.join(&path), &path, before, &now)?;
            }
        }
        if self.before.is_lasting() {
            for (name, before) in &self.before.hooks {
                if !present.contains(name) {
                    let path = Path::new("hooks").join(name);
                    self.put_back(&self.place.join(&path), &path, before, &FileState::Absent)?;
                }
            }
        }
        Ok(())
    }

    /// What `git rebase --continue` would execute. The other steps stay.
    fn rebase(&mut self) -> io::Result<()> {
        let path = Path::new(rebase::LIST);
        let started = self.inspector.baseline.started;
        let is_older = self
            .dir
            .stat(path)?
            .is_none_or(|stat| started.is_after(&stat));
        let now = self.dir.state(path)?;
        if let FileState::File { content, mode } = &now
            && !is_older
            && let Some(content) = rebase::without_commands(content)
        {
            let place = self.place.join(path);
            self.inspector.aside.keep(&place, &now)?;
            let mode = *mode;
            self.dir.put(path, &FileState::File { content, mode })?;
            self.inspector.record(&place, Change::Altered);
        }
        Ok(())
    }
}

/// Whether a link is a reference in the form of old: it stays in `refs`.
fn is_reference(state: &FileState) -> bool {
    let FileState::Link { target } = state else {
        return false;
    };
    target.starts_with(b"refs/") && target.split(|byte| *byte == b'/').all(|part| part != b"..")
}

/// Whether a path, as `core.worktree` of a submodule has it, leads into the project's working tree
/// and not into a Git directory there: Git writes files into it.
fn is_inside(path: &[u8], git_dir: &Utf8Path, tops: &[camino::Utf8PathBuf]) -> bool {
    let Ok(path) = str::from_utf8(path) else {
        return false;
    };
    let path = resolve(path, git_dir, Utf8Path::new("/"));
    let Some(place) = place_in(&tops[..1], &path) else {
        return false;
    };
    let has_git = path
        .components()
        .any(|component| component.as_str().eq_ignore_ascii_case(".git"));
    let leads_there = HeldDir::top(&place.top)
        .and_then(|top| {
            Ok(top.dir(&place.relative)?.is_some() || top.stat(&place.relative)?.is_none())
        })
        .unwrap_or(false);
    !has_git && leads_there && !place.relative.as_os_str().is_empty()
}
