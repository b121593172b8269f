//! Paths of the workspace that the agent must not see.
//!
//! They are covered by read-only binds of an empty file or directory. A tmpfs would not do: Podman
//! copies into it what lies beneath (tried with 4.3.1).

use std::collections::HashSet;

use camino::{Utf8Path, Utf8PathBuf};

/// What to cover, and what cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forbidden {
    /// What is covered.
    pub covers: Vec<Cover>,
    /// Paths that do not exist. Nothing is made in their place, so they are not covered if they
    /// appear later.
    pub absent: Vec<Utf8PathBuf>,
    /// Links that lead out of the workspace. What they lead to is not in the container.
    pub outside: Vec<Utf8PathBuf>,
}

/// One covered path, free of symbolic links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    /// A directory.
    Directory(Utf8PathBuf),
    /// Anything else.
    File(Utf8PathBuf),
}

/// Looks the forbidden paths up on the disk. Relative ones are below `root`.
///
/// A path that is a link, or lies behind one, is covered where it really is: an engine that mounts
/// onto a link would cover what the link leads to inside the container, and leave the content bare.
#[must_use]
pub(crate) fn find_forbidden(paths: &[Utf8PathBuf], root: &Utf8Path) -> Forbidden {
    let mut forbidden = Forbidden::default();
    // There may be thousands: none is compared with each of the others.
    let (mut found, mut directories) = (HashSet::new(), HashSet::<Utf8PathBuf>::new());
    for path in paths {
        let path = root.join(path);
        let Ok(real) = path.canonicalize_utf8() else {
            forbidden.absent.push(path);
            continue;
        };
        if !real.starts_with(root) {
            forbidden.outside.push(path);
            continue;
        }
        let cover = if real.is_dir() {
            Cover::Directory(real)
        } else {
            Cover::File(real)
        };
        if found.insert(cover.path().to_owned()) {
            if let Cover::Directory(path) = &cover {
                directories.insert(path.clone());
            }
            forbidden.covers.push(cover);
        }
    }
    // There is no place to mount onto in the empty directory that covers another.
    forbidden.covers.retain(|cover| {
        let mut above = cover.path().ancestors().skip(1);
        !above.any(|directory| directories.contains(directory))
    });
    forbidden
}

impl Cover {
    /// The covered path.
    #[must_use]
    pub(crate) fn path(&self) -> &Utf8Path {
        match self {
            Self::Directory(path) | Self::File(path) => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn covers_the_real_thing() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path())
            .unwrap()
            .canonicalize_utf8()
            .unwrap();
        fs::create_dir(root.join("secret")).unwrap();
        fs::write(root.join(".env"), "KEY=1").unwrap();
        fs::write(root.join("secret/key"), "2").unwrap();
        symlink("secret", root.join("link")).unwrap();
        symlink("/etc", root.join("out")).unwrap();
        let paths = ["secret/key", "secret", ".env", "link", "out", "none"].map(Utf8PathBuf::from);
        let forbidden = find_forbidden(&paths, &root);
        assert_eq!(
            forbidden.covers,
            [
                Cover::Directory(root.join("secret")),
                Cover::File(root.join(".env"))
            ]
        );
        assert_eq!(forbidden.outside, [root.join("out")]);
        assert_eq!(forbidden.absent, [root.join("none")]);
    }

    #[test]
    fn each_path_is_covered_once_by_the_outermost() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path())
            .unwrap()
            .canonicalize_utf8()
            .unwrap();
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        // Its name begins like that of a covered directory, and it does not lie in it.
        fs::create_dir(root.join("ab")).unwrap();
        fs::write(root.join("a.txt"), "").unwrap();
        let paths = ["a/b/c", "a.txt", "a/b", "ab", "a", "a/../a", "./a.txt"];
        let absolute = paths.map(|path| root.join(path));
        let expected = [
            Cover::File(root.join("a.txt")),
            Cover::Directory(root.join("ab")),
            Cover::Directory(root.join("a")),
        ];
        for paths in [&paths.map(Utf8PathBuf::from), &absolute] {
            let forbidden = find_forbidden(paths, &root);
            assert_eq!(forbidden.covers, expected);
            assert_eq!((forbidden.absent.len(), forbidden.outside.len()), (0, 0));
        }
    }
}
