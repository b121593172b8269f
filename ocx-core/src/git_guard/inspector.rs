//! Goes over everything that is guarded, and puts back what a session changed.

use std::{collections::BTreeSet, io, path::Path};

use camino::Utf8PathBuf;
use rustix::fs::FileType;

use super::{
    aside::Aside,
    baseline::{Baseline, hooks_in},
    compare::Comparison,
    file_state::FileState,
    git_dir::{GitDirState, Kind},
    held_dir::HeldDir,
    place::Place,
    report::{Change, Gap, GitReport, MovedRemote, Reverted},
};

/// What is guarded, and what came of it so far.
#[derive(Debug)]
pub(super) struct Inspector {
    pub(super) baseline: Baseline,
    pub(super) home: Utf8PathBuf,
    pub(super) aside: Aside,
    pub(super) report: GitReport,
    /// How often something had to be put back in the project's own repository, also the same thing
    /// again and again.
    pub(super) reverts: u64,
    refused: BTreeSet<Utf8PathBuf>,
    /// Where second names of other worktrees' index files are kept.
    spare: Utf8PathBuf,
}

/// How thorough a look is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// While the session runs: what takes a moment.
    Quick,
    /// After it: also what ordinary work does inside and must not be left behind.
    Last,
}

impl Inspector {
    pub(super) fn new(
        baseline: Baseline,
        home: Utf8PathBuf,
        aside: Aside,
        spare: Utf8PathBuf,
    ) -> Self {
        Self {
            baseline,
            home,
            aside,
            report: GitReport::default(),
            reverts: 0,
            refused: BTreeSet::new(),
            spare,
        }
    }

    /// Looks at everything.
    pub(super) fn inspect(&mut self, depth: Depth) {
        self.check_git_file();
        let git_dirs = std::mem::take(&mut self.baseline.git_dirs);
        let mut kept = Vec::with_capacity(git_dirs.len());
        for (place, state) in git_dirs {
            let is_there = self
                .check(&place, &state, depth)
                .unwrap_or_else(|error| self.refuse(&place, error));
            // Made again, it is a new one.
            if is_there || state.is_lasting() {
                kept.push((place, state));
            }
        }
        self.baseline.git_dirs = kept;
        self.check_included();
        self.discover(depth);
    }

    /// Looks at one directory, and at what is cheap to look at.
    pub(super) fn inspect_one(&mut self, wanted: &Place) {
        let known = self
            .baseline
            .git_dirs
            .iter()
            .find(|(place, _)| place == wanted);
        if let Some((place, state)) = known.cloned()
            && let Err(error) = self.check(&place, &state, Depth::Quick)
        {
            self.refuse(&place, error);
        }
        self.check_git_file();
        self.check_included();
        self.discover(Depth::Quick);
    }

    /// Returns whether the directory is there.
    pub(super) fn check(
        &mut self,
        place: &Place,
        state: &GitDirState,
        depth: Depth,
    ) -> io::Result<bool> {
        let top = HeldDir::top(&place.top)?;
        let Some(dir) = top.dir(&place.relative)? else {
            if state.is_lasting() && matches!(state.kind, Kind::Worktree { .. }) {
                self.restore(place, state, &top)?;
            }
            return Ok(false);
        };
        if let Kind::Worktree { elsewhere: true } = state.kind {
            self.keep_index(place, &dir);
        }
        let mut comparison = Comparison::new(self, place, state, &dir);
        comparison.run(depth)?;
        Ok(true)
    }

    /// Brings the registration of a worktree back.
    fn restore(&mut self, place: &Place, state: &GitDirState, top: &HeldDir) -> io::Result<()> {
        for (name, file) in &state.files {
            top.put(&place.relative.join(name), file)?;
        }
        let index = self.spare_index(place);
        if index.symlink_metadata().is_ok() {
            let _ = top.link_from(&index, &place.relative.join("index"));
        }
        self.record(place, Change::Removed);
        Ok(())
    }

    /// Keeps a second name of a worktree's index, so that what is staged there survives. Git never
    /// changes an index, it makes a new one. Across file systems there is none; then a lost index
    /// is made anew by `git reset`.
    fn keep_index(&self, place: &Place, dir: &HeldDir) {
        use std::os::unix::fs::MetadataExt;
        let spare = self.spare_index(place);
        let Ok(Some(stat)) = dir.stat(Path::new("index")) else {
            return;
        };
        match spare.symlink_metadata() {
            Ok(metadata) if metadata.ino() == stat.st_ino => return,
            Ok(_) => {
                let _ = std::fs::remove_file(&spare);
            }
            Err(_) => {}
        }
        if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
            let _ = dir.link_to(Path::new("index"), &spare);
        }
    }

    fn spare_index(&self, place: &Place) -> Utf8PathBuf {
        use sha2::Digest;
        let hash = sha2::Sha256::digest(place.shown().as_str());
        self.spare
            .join(format!("index-{}", hex::encode(&hash[..8])))
    }

    /// The `.git` file of the project's own working tree.
    fn check_git_file(&mut self) {
        let Some((place, state)) = self.baseline.git_file.clone() else {
            return;
        };
        let checked = HeldDir::top(&place.top).and_then(|top| {
            let now = top.state(&place.relative)?;
            if now == state {
                return Ok(());
            }
            self.set_aside(&place, &top, &place.relative, &now)?;
            top.put(&place.relative, &state)?;
            self.record(&place, Change::Altered);
            Ok(())
        });
        if let Err(error) = checked {
            self.refuse(&place, error);
        }
    }

    /// Included files are configuration, and judged as such.
    fn check_included(&mut self) {
        for (place, state) in self.baseline.included.clone() {
            let checked = HeldDir::top(&place.top).and_then(|top| {
                let now = top.state(&place.relative)?;
                let nothing = GitDirState::nothing(Kind::Common);
                let mut comparison = Comparison::new(self, &place, &nothing, &top);
                comparison.config(&place, &place.relative, &state, &now)
            });
            if let Err(error) = checked {
                self.refuse(&place, error);
            }
        }
    }

    /// After the session: hooks in the working tree, which are files of the project and stay, may
    /// not be executed if they changed.
    pub(super) fn disarm_hooks(&mut self) {
        for (place, before) in self.baseline.hook_dirs.clone() {
            let checked = hooks_in(&place).and_then(|now| {
                let top = HeldDir::top(&place.top)?;
                for (name, state) in now {
                    let unchanged = before.get(&name).is_some_and(|old| *old == state);
                    let FileState::File { mode, .. } = state else {
                        continue;
                    };
                    if !unchanged && mode & 0o111 != 0 {
                        top.disarm(&place.relative.join(&name))?;
                        self.record(&place.join(&name), Change::Disarmed);
                    }
                }
                Ok(())
            });
            if let Err(error) = checked {
                self.refuse(&place, error);
            }
        }
    }

    /// After the session: remotes that lead elsewhere. That is ordinary work, and yet decides where
    /// the user's next push goes.
    pub(super) fn compare_remotes(&mut self) {
        for (place, state) in &self.baseline.git_dirs {
            if !matches!(state.kind, Kind::Common) {
                continue;
            }
            let now = HeldDir::top(&place.top)
                .and_then(|top| top.state(&place.relative.join("config")))
                .unwrap_or_default();
            let moved = super::config::moved_remotes(
                state.file("config").content().unwrap_or_default(),
                now.content().unwrap_or_default(),
            );
            let file = place.join("config").shown();
            self.report
                .moved_remotes
                .extend(moved.into_iter().map(|(name, url)| MovedRemote {
                    file: file.clone(),
                    name,
                    url,
                }));
        }
    }

    /// Keeps what is at `relative` of `dir`, and removes it if it is not a file that can be replaced.
    pub(super) fn set_aside(
        &mut self,
        place: &Place,
        dir: &HeldDir,
        relative: &Path,
        now: &FileState,
    ) -> io::Result<()> {
        match now {
            FileState::Absent => Ok(()),
            FileState::Other => self.aside.take(place, dir, relative),
            FileState::File { .. } | FileState::Link { .. } => self.aside.keep(place, now),
        }
    }

    pub(super) fn record(&mut self, place: &Place, change: Change) {
        let is_nested = place.top == self.baseline.tops[0] && !place.relative.starts_with(".git");
        self.reverts += u64::from(!is_nested);
        let reverted = Reverted {
            path: place.shown(),
            change,
        };
        if !self.report.reverted.contains(&reverted) {
            self.report.reverted.push(reverted);
        }
    }

    pub(super) fn refuse(&mut self, place: &Place, source: io::Error) -> bool {
        let path = place.shown();
        if self.refused.insert(path.clone()) {
            self.report.gaps.push(Gap::Refused { path, source });
        }
        true
    }

    pub(super) fn not_comparable(&mut self, place: &Place) {
        let path = place.shown();
        if self.refused.insert(path.clone()) {
            self.report.gaps.push(Gap::NotComparable { path });
        }
    }

    pub(super) fn too_much(&mut self, place: &Place) {
        let path = place.shown();
        if self.refused.insert(path.clone()) {
            self.report.gaps.push(Gap::TooMuch { path });
        }
    }
}
