//! What is mounted so that a session cannot change what Git executes. Pure.
//!
//! `config` is not among it: Git changes it by a new file and a rename, which no mount over the file
//! survives, so it is watched. Nor are other worktrees' registrations mounted read-only, since `git gc`
//! and `git branch -m` write to them. They are removed where their working tree seems to be gone; so
//! their `.git` file is mounted to its place.

use camino::{Utf8Path, Utf8PathBuf};

use super::{baseline::Baseline, covers::Cover, git_dir::Kind};
use crate::spec::{Access, Mount};

/// Each mount costs the engine time. What is beyond is restored if it vanishes.
const MOST_WORKTREES: usize = 32;

/// What is known about the session.
pub(super) struct Facts<'a> {
    pub(super) baseline: &'a Baseline,
    /// The registration of the worktree that the session works on.
    pub(super) own_registration: Option<&'a Utf8Path>,
    pub(super) covers: &'a [Cover],
    /// The `.git` files of worktrees elsewhere.
    pub(super) elsewhere: &'a [Utf8PathBuf],
}

/// The mounts, parents before what is mounted into them. They come after those of the project and of
/// its common Git directory.
pub(super) fn mounts(facts: &Facts<'_>) -> Vec<Mount> {
    let onto_itself = |path: Utf8PathBuf, access| Mount::bind(path.clone(), path, access);
    let mut mounts = Vec::new();
    // Nothing can take the place of a mount point, nor can it be moved away.
    for (place, state) in &facts.baseline.git_dirs {
        let is_common = matches!(state.kind, Kind::Common);
        if is_common && !place.relative.as_os_str().is_empty() {
            mounts.push(onto_itself(place.shown(), Access::ReadWrite));
        }
        if is_common && state.file("info/attributes").content().is_some() {
            mounts.push(onto_itself(
                place.join("info/attributes").shown(),
                Access::ReadOnly,
            ));
        }
    }
    if let Some(registration) = facts.own_registration {
        mounts.push(onto_itself(registration.to_owned(), Access::ReadWrite));
        for name in ["commondir", "gitdir"] {
            mounts.push(onto_itself(registration.join(name), Access::ReadOnly));
        }
    }
    if let Some((place, _)) = &facts.baseline.git_file {
        mounts.push(onto_itself(place.shown(), Access::ReadOnly));
    }
    mounts.extend(facts.covers.iter().map(|cover| {
        Mount::bind(
            cover.source(),
            cover.git_dir.join("hooks").shown(),
            Access::ReadWrite,
        )
    }));
    mounts.extend(
        facts
            .elsewhere
            .iter()
            .take(MOST_WORKTREES)
            .map(|path| onto_itself(path.clone(), Access::ReadOnly)),
    );
    mounts
}
