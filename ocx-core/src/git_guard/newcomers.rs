//! Takes what a session makes under guard: worktrees, submodules, repositories in the working tree.

use std::{collections::BTreeSet, io, path::Path};

use camino::Utf8Path;

use super::{
    git_dir::{GitDirState, Kind, is_git_dir},
    held_dir::HeldDir,
    inspector::{Depth, Inspector},
    place::{Place, place_in},
    registrations,
    report::Change,
    scan::Found,
};
use crate::disk::resolve;

impl Inspector {
    /// Takes new registrations of worktrees and new submodules under guard.
    pub(super) fn discover(&mut self, depth: Depth) {
        let known: BTreeSet<Place> = self
            .baseline
            .git_dirs
            .iter()
            .map(|(place, _)| place.clone())
            .collect();
        let starts: Vec<Place> = self
            .baseline
            .git_dirs
            .iter()
            .filter(|(_, state)| matches!(state.kind, Kind::Common | Kind::Nested))
            .map(|(place, _)| place.clone())
            .collect();
        for start in starts {
            match registrations::below(&start, &self.baseline.tops) {
                Ok((found, complete)) => {
                    if !complete {
                        self.too_much(&start);
                    }
                    for (place, kind) in found {
                        if !known.contains(&place) {
                            self.add(&place, kind, depth);
                        }
                    }
                }
                Err(error) => {
                    self.refuse(&start, error);
                }
            }
        }
    }

    /// Takes a directory under guard that the session made, or that was not found before.
    pub(super) fn add(&mut self, place: &Place, kind: Kind, depth: Depth) {
        let started = self.baseline.started;
        let added = HeldDir::top(&place.top).and_then(|top| {
            let Some(dir) = top.dir(&place.relative)? else {
                return Ok(());
            };
            if let Kind::Worktree { .. } = kind
                && dir
                    .state(Path::new("commondir"))?
                    .content()
                    .map(<[u8]>::trim_ascii_end)
                    != Some(b"../..")
            {
                // It would take its configuration and hooks from elsewhere.
                return self.take_out(place, &top);
            }
            let mut state = GitDirState::of(&dir, kind, &|stat| started.is_after(stat))?;
            if let Kind::Worktree { .. } = kind {
                // The host's own Git may have made it.
                for name in ["commondir", "gitdir", "HEAD", "locked"] {
                    state
                        .files
                        .insert(name.to_owned(), dir.state(Path::new(name))?);
                }
            }
            self.check(place, &state, depth)?;
            self.baseline.git_dirs.push((place.clone(), state));
            Ok(())
        });
        if let Err(error) = added {
            self.refuse(place, error);
        }
    }

    /// Takes what a walk over the working tree has found under guard.
    pub(super) fn add_found(&mut self, found: Vec<Found>, depth: Depth) {
        for found in found {
            match found {
                Found::GitDir(place) => {
                    if self
                        .baseline
                        .git_dirs
                        .iter()
                        .all(|(known, _)| *known != place)
                    {
                        self.add(&place, Kind::Nested, depth);
                    }
                }
                Found::Redirect(place) => {
                    if let Err(error) = self.check_redirect(&place) {
                        self.refuse(&place, error);
                    }
                }
                Found::TooMuch(place) => self.too_much(&place),
            }
        }
    }

    /// A `.git` file or link in the working tree. Submodules and linked worktrees have one, which
    /// names a directory that is guarded itself.
    fn check_redirect(&mut self, place: &Place) -> io::Result<()> {
        let top = HeldDir::top(&place.top)?;
        let Some(stat) = top.stat(&place.relative)? else {
            return Ok(());
        };
        let is_root = self
            .baseline
            .git_file
            .as_ref()
            .is_some_and(|(own, _)| own == place);
        if is_root || self.baseline.started.is_after(&stat) {
            return Ok(());
        }
        let now = top.state(&place.relative)?;
        let parent = place.shown();
        let parent = parent.parent().unwrap_or(&place.top);
        let named = now
            .content()
            .and_then(|text| str::from_utf8(text).ok())
            .and_then(|text| text.strip_prefix("gitdir:"))
            .map(|path| resolve(path.trim(), parent, Utf8Path::new("/")));
        if let Some(target) = named.and_then(|path| place_in(&self.baseline.tops, &path)) {
            let held = HeldDir::top(&target.top)?.dir(&target.relative)?;
            return match held {
                Some(dir) if is_git_dir(&dir.entries()?) => {
                    self.add_found(vec![Found::GitDir(target)], Depth::Quick);
                    Ok(())
                }
                // It may become one. Until then Git calls it an error.
                _ => Ok(()),
            };
        }
        self.take_out(place, &top)
    }

    fn take_out(&mut self, place: &Place, top: &HeldDir) -> io::Result<()> {
        self.aside.take(place, top, &place.relative)?;
        self.record(place, Change::Added);
        Ok(())
    }
}
