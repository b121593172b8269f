//! The mounts over what lies in the workspace and must not be seen.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::{Cover, CoverKind, Views};
use crate::spec::{Access, Mount};

/// What is covered, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Covering<'a> {
    /// What a session sees without covers.
    pub views: &'a Views,
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
    let Covering { views, covers, .. } = *covering;
    // A mount holds its own place, but whoever may write to a directory above it can move that away
    // and put another there, which the next session would take for the real one. So each directory
    // on the way is mounted onto itself: the kernel moves and removes no mount point.
    let on_the_way: BTreeSet<&Utf8Path> = covers
        .iter()
        .flat_map(|cover| cover.target.ancestors().skip(1))
        .collect();
    // In order, so that parents come before their children. What is a mount already is held by that.
    let holders = on_the_way.into_iter().filter_map(|path| {
        let view = views.at(path).filter(|view| view.target != path)?;
        Some(Mount::bind(views.on_host(path)?, path, view.access))
    });
    let covers = covers.iter().map(|cover| {
        let source = match cover.kind {
            CoverKind::Directory => covering.empty_directory,
            CoverKind::File => covering.empty_file,
        };
        Mount::bind(source, &cover.target, Access::ReadOnly)
    });
    holders.chain(covers).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::cover::FileId, *};

    /// The mounts, one a line: what lies where, and whether it may be written to.
    fn mounts(covers: &[Cover]) -> Vec<String> {
        let views = Views::made_of(&[("/w", "/w"), ("/data", "/w/data")]);
        let covering = Covering {
            views: &views,
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

    fn cover(kind: CoverKind, path: &str) -> Cover {
        let any = tempfile::tempfile().unwrap().metadata().unwrap();
        Cover {
            kind,
            source: path.into(),
            target: path.into(),
            file: FileId::of(&any),
            links: 1,
        }
    }

    fn file(path: &str) -> Cover {
        cover(CoverKind::File, path)
    }

    fn directory(path: &str) -> Cover {
        cover(CoverKind::Directory, path)
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
        // Through another mount, from where that comes from.
        assert_eq!(
            mounts(&[file("/w/data/a/key")]),
            ["/data/a:/w/data/a:rw", "/state/empty:/w/data/a/key:ro"]
        );
    }
}
