//! What in a Git directory makes the host's Git execute, include or follow something.
//!
//! How the files look is described in
//! [gitrepository-layout](https://git-scm.com/docs/gitrepository-layout) and
//! [git-config](https://git-scm.com/docs/git-config).

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use rustix::fs::{FileType, Stat};
use serde::{Deserialize, Serialize};

use super::{file_state::FileState, held_dir::HeldDir};

/// What kind of Git directory one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// A repository's, shared by all of its worktrees.
    Common,
    /// The registration of a linked worktree, in `worktrees` of the common one.
    Worktree {
        /// Whether its working tree lies where the session cannot reach it. Then it looks abandoned
        /// from inside, and must not be removed.
        elsewhere: bool,
    },
    /// A submodule's, in `modules` of another.
    Module,
    /// One in the working tree: another repository, or a bare one.
    Nested,
}

/// Configuration files.
pub(super) const CONFIGS: [&str; 2] = ["config", "config.worktree"];

/// Files that are compared as a whole. Git writes none of them in ordinary work.
pub(super) const WHOLE: [&str; 5] = [
    "commondir",
    "info/attributes",
    "info/grafts",
    "objects/info/alternates",
    "objects/info/http-alternates",
];

/// Files of a worktree's registration that are compared as a whole.
pub(super) const WHOLE_OF_WORKTREE: [&str; 2] = ["commondir", "gitdir"];

/// What is needed to bring a directory back, and is never compared.
pub(super) const FOR_RESTORING: [&str; 2] = ["HEAD", "locked"];

/// No hooks directory has more that is worth a look.
const MOST_HOOKS: usize = 300;
const DEEPEST_HOOK: usize = 3;

/// What was in a Git directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GitDirState {
    pub(super) kind: Kind,
    /// By path in the directory. A missing entry is a missing file.
    pub(super) files: BTreeMap<String, FileState>,
    /// The files in `hooks`, by path in there.
    pub(super) hooks: BTreeMap<String, FileState>,
    /// The symbolic links among the directory's entries. Git follows them when it writes:
    /// a message of the user's own would be written into any file of the host.
    pub(super) links: BTreeMap<String, FileState>,
}

impl GitDirState {
    /// Of a directory that was not there.
    pub(super) fn nothing(kind: Kind) -> Self {
        Self {
            kind,
            files: BTreeMap::new(),
            hooks: BTreeMap::new(),
            links: BTreeMap::new(),
        }
    }

    /// What is in the directory, as far as `counts` says so of each file.
    pub(super) fn of(
        dir: &HeldDir,
        kind: Kind,
        counts: &dyn Fn(&Stat) -> bool,
    ) -> io::Result<Self> {
        let mut state = Self::nothing(kind);
        let look = |path: &str| -> io::Result<FileState> {
            match dir.stat(Path::new(path))? {
                Some(stat) if counts(&stat) => dir.state(Path::new(path)),
                _ => Ok(FileState::Absent),
            }
        };
        for path in state.names() {
            let found = look(path)?;
            if found != FileState::Absent {
                state.files.insert(path.to_owned(), found);
            }
        }
        if state.has_hooks() {
            for path in hook_files(dir)? {
                let found = look(&format!("hooks/{path}"))?;
                state.hooks.insert(path, found);
            }
            state.hooks.retain(|_, hook| *hook != FileState::Absent);
        }
        for name in links(dir)? {
            let found = look(&name)?;
            if found != FileState::Absent {
                state.links.insert(name, found);
            }
        }
        Ok(state)
    }

    pub(super) fn file(&self, path: &str) -> &FileState {
        self.files.get(path).unwrap_or(&FileState::Absent)
    }

    /// The files that are compared as a whole.
    pub(super) fn whole(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Worktree { .. } => &WHOLE_OF_WORKTREE,
            _ => &WHOLE,
        }
    }

    /// Whether what vanishes from it comes back. Anything else is the session's to remove.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(self.kind, Kind::Common | Kind::Worktree { elsewhere: true })
    }

    pub(super) fn has_hooks(&self) -> bool {
        !matches!(self.kind, Kind::Worktree { .. })
    }

    fn names(&self) -> Vec<&'static str> {
        [&CONFIGS, self.whole(), &FOR_RESTORING].concat()
    }
}

/// Whether Git takes a directory with these entries for a Git directory of its own.
pub(super) fn is_git_dir(entries: &[(OsString, FileType)]) -> bool {
    let has = |wanted: &str| entries.iter().any(|(name, _)| name == wanted);
    has("HEAD") && (has("commondir") || has("objects") && has("refs"))
}

/// The files and links in `hooks`, without Git's samples, which it never runs.
pub(super) fn hook_files(dir: &HeldDir) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    if let Some(hooks) = dir.dir(Path::new("hooks"))? {
        collect(&hooks, "", DEEPEST_HOOK, &mut found)?;
    }
    Ok(found)
}

fn collect(dir: &HeldDir, prefix: &str, depth: usize, found: &mut Vec<String>) -> io::Result<()> {
    for (name, file_type) in dir.entries()? {
        // Names of hooks are ASCII; Git looks for no other.
        let Some(name) = name.to_str() else { continue };
        if name.ends_with(".sample") || found.len() >= MOST_HOOKS {
            continue;
        }
        let path = format!("{prefix}{name}");
        if file_type != FileType::Directory {
            found.push(path);
        } else if depth > 1
            && let Some(below) = dir.dir(Path::new(name))?
        {
            collect(&below, &format!("{path}/"), depth - 1, found)?;
        }
    }
    Ok(())
}

/// The symbolic links in a Git directory, and at `logs/HEAD`, to which Git appends.
pub(super) fn links(dir: &HeldDir) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for (name, file_type) in dir.entries()? {
        if file_type == FileType::Symlink
            && let Some(name) = name.to_str()
        {
            found.push(name.to_owned());
        }
    }
    if dir.type_of("logs/HEAD") == Some(FileType::Symlink) {
        found.push("logs/HEAD".to_owned());
    }
    Ok(found)
}

/// The symbolic links below `logs` and `refs` that lead out of there. Git appends the subjects of
/// commits to what is in `logs`.
pub(super) fn deep_links(dir: &HeldDir) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut queue = vec![PathBuf::from("logs"), PathBuf::from("refs")];
    let mut looked_at = 0;
    while let Some(path) = queue.pop() {
        let Some(held) = dir.dir(&path)? else {
            continue;
        };
        for (name, file_type) in held.entries()? {
            looked_at += 1;
            let below = path.join(name);
            match file_type {
                FileType::Directory => queue.push(below),
                FileType::Symlink => found.push(below),
                _ => {}
            }
        }
        if looked_at > MOST_REFS {
            break;
        }
    }
    Ok(found)
}

/// Repositories with more are rare, and reading this many takes a tenth of a second.
const MOST_REFS: usize = 100_000;
