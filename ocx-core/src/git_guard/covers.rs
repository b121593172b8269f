//! The session's own copy of the directory of hooks.
//!
//! It is mounted over that of the repository. The user's hooks run inside, and tools may install
//! theirs, but nothing of that is ever on the host's disk where its Git looks. Those of submodules are
//! watched instead: a mount in `modules` keeps a session from removing a submodule.

use std::{fs, io, path::Path};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    baseline::Baseline,
    file_state::FileState,
    git_dir::{GitDirState, Kind, hook_files},
    held_dir::HeldDir,
    inspector::Inspector,
    place::Place,
    report::Change,
};
use crate::disk::make_private_dir;

/// A copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// The Git directory whose `hooks` it covers.
    pub(super) git_dir: Place,
    /// The parent of the copy, which is called `hooks` as well.
    copy: Utf8PathBuf,
    before: GitDirState,
}

impl Cover {
    /// What is mounted.
    pub(super) fn source(&self) -> Utf8PathBuf {
        self.copy.join("hooks")
    }
}

/// Makes the copy from the baseline, below `directory`.
pub(super) fn make(baseline: &Baseline, directory: &Utf8Path) -> io::Result<Vec<Cover>> {
    let mut covers = Vec::new();
    for (place, state) in &baseline.git_dirs {
        // With a link the mount would be over what it leads to, a directory of the project's.
        if state.kind != Kind::Common || state.links.contains_key("hooks") {
            continue;
        }
        let Some(git_dir) = HeldDir::top(&place.top)?.dir(&place.relative)? else {
            continue;
        };
        if !git_dir.is_dir("hooks") {
            // A session could make it, and an engine would make it as root.
            if git_dir.type_of("hooks").is_some() {
                continue;
            }
            git_dir.make_dir("hooks")?;
        }
        let copy = directory.join(covers.len().to_string());
        make_private_dir(&copy).map_err(io::Error::other)?;
        let held = HeldDir::top(&copy)?;
        held.make_dir("hooks")?;
        for (name, file) in &state.hooks {
            held.put(&Path::new("hooks").join(name), file)?;
        }
        covers.push(Cover {
            git_dir: place.clone(),
            copy,
            before: state.clone(),
        });
    }
    Ok(covers)
}

/// Keeps what the session put into its copies, and removes them.
pub(super) fn end(covers: &[Cover], inspector: &mut Inspector) {
    for cover in covers {
        let place = cover.git_dir.join("hooks");
        let checked = HeldDir::top(&cover.copy).and_then(|copy| {
            for name in hook_files(&copy)? {
                let now = copy.state(&Path::new("hooks").join(&name))?;
                let before = cover.before.hooks.get(&name);
                if before != Some(&now) && now != FileState::Other {
                    inspector.aside.keep(&place.join(&name), &now)?;
                    inspector.record(&place.join(&name), Change::OnlyInside);
                }
            }
            Ok(())
        });
        if let Err(error) = checked {
            inspector.refuse(&place, error);
        }
        let _ = fs::remove_dir_all(&cover.copy);
    }
}
