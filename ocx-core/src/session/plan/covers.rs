//! The mounts over what lies in the workspace and must not be seen.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::Cover;
use crate::spec::{Access, Mount};

/// What is covered, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Covering<'a> {
    /// The project's root.
    pub root: &'a Utf8Path,
    /// What must not be seen.
    pub covers: &'a [Cover],
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
    let on_the_way: BTreeSet<&Utf8Path> = covers
        .iter()
        .map(Cover::path)
        .flat_map(|path| path.ancestors().skip(1))
        .filter(|above| above.starts_with(root) && *above != root)
        .collect();
    // In order, so that parents come before their children.
    let holders = on_the_way
        .into_iter()
        .map(|path| Mount::bind(path, path, Access::ReadWrite));
    let covers = covers.iter().map(|cover| {
        let (source, target) = match cover {
            Cover::Directory(target) => (covering.empty_directory, target),
            Cover::File(target) => (covering.empty_file, target),
        };
        Mount::bind(source, target, Access::ReadOnly)
    });
    holders.chain(covers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mounts, one a line: what lies where, and whether it may be written to.
    fn mounts(covers: &[Cover]) -> Vec<String> {
        let covering = Covering {
            root: "/w".into(),
            covers,
            empty_file: "/state/empty".into(),
            empty_directory: "/state/nothing".into(),
        };
        let line = |mount: &Mount| {
            let crate::spec::MountSource::Bind(source) = &mount.source else {
                panic!("{mount:?}")
            };
            let access = match mount.access {
                Access::ReadOnly => "ro",
                Access::ReadWrite => "rw",
            };
            format!("{source}:{}:{access}", mount.target)
        };
        cover_mounts(&covering).iter().map(line).collect()
    }

    fn file(path: &str) -> Cover {
        Cover::File(path.into())
    }

    fn directory(path: &str) -> Cover {
        Cover::Directory(path.into())
    }

    #[test]
    fn what_is_hidden_is_empty_and_read_only() {
        assert_eq!(
            mounts(&[file("/w/.env"), directory("/w/secret")]),
            ["/state/empty:/w/.env:ro", "/state/nothing:/w/secret:ro"]
        );
        assert_eq!(mounts(&[]), [""; 0]);
    }

    #[test]
    fn no_directory_on_the_way_can_be_moved_away() {
        assert_eq!(
            mounts(&[file("/w/a/b/key"), directory("/w/a/c")]),
            [
                "/w/a:/w/a:rw",
                "/w/a/b:/w/a/b:rw",
                "/state/empty:/w/a/b/key:ro",
                "/state/nothing:/w/a/c:ro",
            ]
        );
    }
}
