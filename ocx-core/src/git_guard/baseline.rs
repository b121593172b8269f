//! What was there before a session, as a value that can be kept on disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    os::unix::fs::MetadataExt,
    path::Path,
};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::Stat;
use serde::{Deserialize, Serialize};

use super::{
    config::Config,
    file_state::FileState,
    git_dir::{GitDirState, Kind},
    held_dir::HeldDir,
    place::{Place, place_in},
    registrations,
    report::Gap,
};
use crate::{
    disk::{resolve, write_json},
    project::GitLayout,
};

/// Includes of includes; Git's own limit is 10.
const DEEPEST_INCLUDE: usize = 10;

/// What was there before the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Baseline {
    pub(super) started: Moment,
    /// The directories that the session can write to: the project's root, and the common Git
    /// directory if that is elsewhere.
    pub(super) tops: Vec<Utf8PathBuf>,
    pub(super) git_dirs: Vec<(Place, GitDirState)>,
    /// The `.git` file of a linked worktree or submodule.
    pub(super) git_file: Option<(Place, FileState)>,
    /// Configuration files that the others include.
    pub(super) included: Vec<(Place, FileState)>,
    /// Directories of hooks in the working tree, which `core.hooksPath` names.
    pub(super) hook_dirs: Vec<(Place, BTreeMap<String, FileState>)>,
    /// Files in the working tree that variables name as programs.
    pub(super) programs: Vec<Utf8PathBuf>,
}

/// A time of the file system's own clock, which no program in a container can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Moment {
    seconds: i64,
    nanoseconds: i64,
}

impl Moment {
    /// Now, read from a file that is made for it.
    pub(super) fn now(directory: &Utf8Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(directory)?;
        let metadata = file.metadata()?;
        Ok(Self {
            seconds: metadata.ctime(),
            nanoseconds: metadata.ctime_nsec(),
        })
    }

    /// Whether a file has not been changed since, neither its content nor its name nor its mode.
    pub(super) fn is_after(self, stat: &Stat) -> bool {
        let changed = Self {
            seconds: stat.st_ctime,
            nanoseconds: i64::try_from(stat.st_ctime_nsec).unwrap_or(i64::MAX),
        };
        changed < self
    }
}

/// Where things are looked for.
pub(super) struct Scope<'a> {
    pub(super) root: &'a Utf8Path,
    pub(super) git: Option<&'a GitLayout>,
    pub(super) home: &'a Utf8Path,
    /// The user's own configuration files, out of the session's reach.
    pub(super) user_configs: &'a [Utf8PathBuf],
}

impl Baseline {
    /// Looks at everything that is known without walking the working tree.
    pub(super) fn take(
        scope: &Scope<'_>,
        started: Moment,
        gaps: &mut Vec<Gap>,
    ) -> io::Result<Self> {
        // In a project below the top level the session sees no Git directory.
        let git = scope.git.filter(|git| git.top_level == scope.root);
        let mut tops = vec![scope.root.to_owned()];
        tops.extend(
            git.map(|git| git.common_dir.clone())
                .filter(|common| !common.starts_with(scope.root)),
        );
        let mut baseline = Self {
            started,
            tops,
            git_dirs: Vec::new(),
            git_file: None,
            included: Vec::new(),
            hook_dirs: Vec::new(),
            programs: Vec::new(),
        };
        if let Some(common) = git.and_then(|git| baseline.place(&git.common_dir)) {
            baseline.add(common.clone(), Kind::Common)?;
            let (found, complete) = registrations::below(&common, &baseline.tops)?;
            for (place, kind) in found {
                baseline.add(place, kind)?;
            }
            if !complete {
                gaps.push(Gap::TooMuch {
                    path: common.shown(),
                });
            }
        }
        let dot_git = Place::new(scope.root, ".git");
        let state = HeldDir::top(scope.root)?.state(&dot_git.relative)?;
        if state.content().is_some() {
            baseline.git_file = Some((dot_git, state));
        }
        baseline.follow_configs(scope)?;
        Ok(baseline)
    }

    fn add(&mut self, place: Place, kind: Kind) -> io::Result<()> {
        if let Some(dir) = HeldDir::top(&place.top)?.dir(&place.relative)? {
            let state = GitDirState::of(&dir, kind, &|_| true)?;
            self.git_dirs.push((place, state));
        }
        Ok(())
    }

    /// Adds what the configuration names: included files, directories of hooks, programs.
    fn follow_configs(&mut self, scope: &Scope<'_>) -> io::Result<()> {
        let mut queue: Vec<(Utf8PathBuf, Vec<u8>, usize)> = Vec::new();
        for path in scope.user_configs {
            if let Ok(text) = fs::read(path) {
                queue.push((path.clone(), text, 0));
            }
        }
        for (place, state) in &self.git_dirs {
            for name in super::git_dir::CONFIGS {
                if let Some(text) = state.file(name).content() {
                    queue.push((place.shown().join(name), text.to_vec(), 0));
                }
            }
        }
        while let Some((path, text, depth)) = queue.pop() {
            for entry in Config::parse(&text).entries {
                let key = &entry.key;
                let Some(value) = entry
                    .value
                    .as_deref()
                    .and_then(|it| str::from_utf8(it).ok())
                else {
                    continue;
                };
                let section = key.section.as_str();
                if matches!(section, "include" | "includeif") && key.name == "path" {
                    let base = path.parent().unwrap_or(scope.root);
                    let included = resolve(value, base, scope.home);
                    if depth < DEEPEST_INCLUDE
                        && let Some(text) = self.include(&included)?
                    {
                        queue.push((included, text, depth + 1));
                    }
                } else if (section, key.name.as_str()) == ("core", "hookspath") {
                    self.add_hook_dir(&resolve(value, scope.root, scope.home))?;
                } else {
                    self.add_programs(value, scope)?;
                }
            }
        }
        Ok(())
    }

    /// Adds an included file if a session can write to it, and returns its text.
    fn include(&mut self, path: &Utf8Path) -> io::Result<Option<Vec<u8>>> {
        let Some(place) = self
            .place(path)
            .filter(|place| self.included.iter().all(|(known, _)| known != place))
        else {
            return Ok(None);
        };
        let state = HeldDir::top(&place.top)?.state(&place.relative)?;
        let text = state.content().map(<[u8]>::to_vec);
        // A file that is not there yet is included as soon as it is.
        self.included.push((place, state));
        Ok(text)
    }

    fn add_hook_dir(&mut self, path: &Utf8Path) -> io::Result<()> {
        let Some(place) = self.place(path) else {
            return Ok(());
        };
        let is_guarded = self
            .git_dirs
            .iter()
            .any(|(git_dir, _)| git_dir.join("hooks") == place);
        if !is_guarded && self.hook_dirs.iter().all(|(known, _)| *known != place) {
            let files = hooks_in(&place)?;
            self.hook_dirs.push((place, files));
        }
        Ok(())
    }

    /// Adds the words of a value that are files of the working tree.
    fn add_programs(&mut self, value: &str, scope: &Scope<'_>) -> io::Result<()> {
        let mut top = None;
        for word in value.split(|c: char| c.is_whitespace() || "\"'!;|&()".contains(c)) {
            if !word.contains('/') || word.contains("://") {
                continue;
            }
            let path = resolve(word, scope.root, scope.home);
            let Ok(relative) = path.strip_prefix(scope.root) else {
                continue;
            };
            let held = match &top {
                Some(held) => held,
                None => top.insert(HeldDir::top(scope.root)?),
            };
            if !relative.as_str().is_empty()
                && !relative.starts_with(".git")
                && held.state(relative.as_std_path())?.content().is_some()
            {
                self.programs.push(relative.to_owned());
            }
        }
        Ok(())
    }

    /// The place of a path, if a session can write there.
    pub(super) fn place(&self, path: &Utf8Path) -> Option<Place> {
        place_in(&self.tops, path)
    }

    /// Takes over what is only in `other`, that of a session which begins now. Of what is in both,
    /// the own is older, and so right. A session on another worktree has other names for places.
    pub(super) fn join(&mut self, other: Self) {
        let mut tops = other.tops;
        tops.append(&mut self.tops);
        let mut seen = BTreeSet::new();
        tops.retain(|top| seen.insert(top.clone()));
        self.tops = tops;
        for (place, state) in other.git_dirs {
            if self
                .git_dirs
                .iter()
                .all(|(known, _)| known.shown() != place.shown())
            {
                self.git_dirs.push((place, state));
            }
        }
        for (place, state) in other.included {
            if self
                .included
                .iter()
                .all(|(known, _)| known.shown() != place.shown())
            {
                self.included.push((place, state));
            }
        }
        for (place, files) in other.hook_dirs {
            if self
                .hook_dirs
                .iter()
                .all(|(known, _)| known.shown() != place.shown())
            {
                self.hook_dirs.push((place, files));
            }
        }
        // Each session guards the file of its own working tree.
        self.git_file = other.git_file;
        self.programs.extend(other.programs);
    }

    pub(super) fn save(&self, path: &Utf8Path) -> io::Result<()> {
        write_json(path, self)
    }

    /// `None` if there is none, or one of another version of ocx.
    pub(super) fn load(path: &Utf8Path) -> io::Result<Option<Self>> {
        match fs::read(path) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The files of a directory of hooks in the working tree.
pub(super) fn hooks_in(place: &Place) -> io::Result<BTreeMap<String, FileState>> {
    let mut files = BTreeMap::new();
    if let Some(dir) = HeldDir::top(&place.top)?.dir(&place.relative)? {
        for (name, file_type) in dir.entries()? {
            if let (Some(name), rustix::fs::FileType::RegularFile) = (name.to_str(), file_type) {
                files.insert(name.to_owned(), dir.state(Path::new(name))?);
            }
        }
    }
    Ok(files)
}
