//! The mounts over what lies in the workspace and must not be changed, or not be seen.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::Cover;
use crate::spec::{Access, Mount};

/// What is covered, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Covering<'a> {
    /// The project's root.
    pub root: &'a Utf8Path,
    /// What must not be seen.
    pub covers: &'a [Cover],
    /// What must not be changed.
    pub protected: &'a [Utf8PathBuf],
    /// An empty file that cannot be written to.
    pub empty_file: &'a Utf8Path,
    /// An empty directory that cannot be written to.
    pub empty_directory: &'a Utf8Path,
}

/// The mounts, parents before what is mounted into them.
#[must_use]
pub(crate) fn cover_mounts(covering: &Covering<'_>) -> Vec<Mount> {
    let Covering { root, covers, .. } = *covering;
    // A mount holds its own place, but whoever may write to a directory above it can move that away
    // and put another there, which the next session would take for the real one. So each directory
    // on the way is mounted onto itself: the kernel moves and removes no mount point.
    let protected: Vec<&Utf8Path> = covering
        .protected
        .iter()
        .map(Utf8PathBuf::as_path)
        .filter(|path| {
            !covers
                .iter()
                .any(|cover| cover.hides(path) || cover.path() == *path)
        })
        .collect();
    let on_the_way: BTreeSet<&Utf8Path> = protected
        .iter()
        .copied()
        .chain(covers.iter().map(Cover::path))
        .flat_map(|path| path.ancestors().skip(1))
        .filter(|above| above.starts_with(root) && *above != root)
        .collect();
    // In order, so that parents come before their children.
    let holders = on_the_way
        .into_iter()
        .map(|path| Mount::bind(path, path, Access::ReadWrite));
    let read_only = protected
        .iter()
        .map(|path| Mount::bind(*path, *path, Access::ReadOnly));
    let covers = covers.iter().map(|cover| {
        let (source, target) = match cover {
            Cover::Directory(target) => (covering.empty_directory, target),
            Cover::File(target) => (covering.empty_file, target),
        };
        Mount::bind(source, target, Access::ReadOnly)
    });
    holders.chain(read_only).chain(covers).collect()
}
