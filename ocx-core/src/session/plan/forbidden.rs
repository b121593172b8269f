//! Paths of the workspace that the agent must not see.
//!
//! They are covered by read-only binds of an empty file or directory. A tmpfs would not do: Podman
//! copies into it what lies beneath (tried with 4.3.1).

use std::collections::BTreeSet;

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
    let mut seen = BTreeSet::new();
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
        if seen.insert(cover.path().to_owned()) {
            forbidden.covers.push(cover);
        }
    }
    // There is no place to mount onto in the empty directory that covers another. Sorted by their
    // components, what lies in a directory comes right behind it: there may be thousands of them.
    let mut hidden = BTreeSet::new();
    let mut covers: Vec<&Cover> = forbidden.covers.iter().collect();
    covers.sort_by_key(|cover| cover.path());
    let mut outer: Option<&Cover> = None;
    for cover in covers {
        if outer.is_some_and(|outer| outer.hides(cover.path())) {
            hidden.insert(cover.path().to_owned());
        } else {
            outer = Some(cover);
        }
    }
    forbidden
        .covers
        .retain(|cover| !hidden.contains(cover.path()));
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

    /// Whether `path` lies in the covered directory.
    #[must_use]
    pub(crate) fn hides(&self, path: &Utf8Path) -> bool {
        matches!(self, Self::Directory(directory) if path != directory && path.starts_with(directory))
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
}
