//! Looks up what is to be hidden.

use std::{
    collections::{HashMap, HashSet},
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Cover, CoverKind, HiddenError, Patterns, Views,
    cover::FileId,
    hard_links, host_mounts,
    patterns::{Start, is_plain},
    walk::{Enter, Visitor, Walk},
};

/// Engines take a second for a thousand mounts (Docker 20.10: 4 s for 4000, 11 s for 10,000), and the
/// system takes no command line of more than two megabytes.
pub(super) const MOST_COVERS: usize = 4000;

/// What to cover, and what cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// What is covered, in the order of the paths in the container.
    pub(crate) covers: Vec<Cover>,
    /// Paths that are named and do not exist. Nothing is made in their place.
    pub(crate) absent: Vec<Utf8PathBuf>,
}

impl Hidden {
    /// Whether a path of the container is covered, or lies in a directory that is.
    pub(crate) fn hides(&self, target: &Utf8Path) -> bool {
        let covers = self.covers.iter();
        covers
            .map(|cover| &cover.target)
            .any(|above| target.starts_with(above))
    }
}

/// What is to be hidden, by its path on the host, which is free of links.
pub(super) type Items = HashMap<Utf8PathBuf, Metadata>;

/// Looks up what the patterns hide below `root`, as a session sees it through `views`.
///
/// # Errors
///
/// If something cannot be hidden.
pub(crate) fn find(
    patterns: &Patterns,
    root: &Utf8Path,
    views: &Views,
) -> Result<Hidden, HiddenError> {
    if patterns.is_empty() {
        return Ok(Hidden::default());
    }
    let mut walk = Walk::new(root, views, patterns);
    let mut found = Matches::default();
    let mut absent = Vec::new();
    let mut below = Vec::new();
    let mut named: Vec<(&str, bool)> = Vec::new();
    for hiding in patterns.hiding() {
        let mut is_there = false;
        for start in hiding.starts() {
            let Start::At(components) = &start else {
                below.push(start);
                continue;
            };
            for target in walk.named(components) {
                let relative = target.strip_prefix(root).unwrap_or(&target);
                let Some(on_host) = views.on_host(&target) else {
                    continue;
                };
                is_there |= on_host.symlink_metadata().is_ok();
                if hiding.hides_named(relative.as_std_path(), on_host.is_dir()) {
                    found.add(on_host.as_std_path());
                }
            }
        }
        named.push((hiding.text(), is_there));
    }
    below.sort();
    below.dedup();
    walk.below(&below, &mut found)?;
    if let Some(path) = found.odd {
        return Err(HiddenError::Name {
            path: path.to_string_lossy().into_owned(),
        });
    }
    let mut items = found.items;
    host_mounts::add(&mut items, views);
    hard_links::add(&mut items, views, root)?;
    let names: HashSet<String> = items
        .keys()
        .filter_map(|path| path.file_name())
        .map(str::to_lowercase)
        .collect();
    for (pattern, is_there) in named {
        let path = pattern.trim_matches('/');
        let is_deeper =
            !pattern.trim_end_matches('/').contains('/') && names.contains(&path.to_lowercase());
        if is_plain(pattern) && !is_there && !is_deeper {
            absent.push(root.join(path));
        }
    }
    let covers = covers(&items, root, views)?;
    Ok(Hidden { covers, absent })
}

#[derive(Default)]
struct Matches {
    items: Items,
    /// One whose name is not UTF-8.
    odd: Option<PathBuf>,
}

impl Matches {
    /// Adds what `path` leads to. What a link leads to outside of the session is not in it.
    fn add(&mut self, path: &Path) {
        let Ok(real) = path.canonicalize() else {
            return;
        };
        let Ok(metadata) = real.symlink_metadata() else {
            return;
        };
        match Utf8PathBuf::from_path_buf(real) {
            Ok(real) => {
                self.items.insert(real, metadata);
            }
            Err(odd) => self.odd = Some(odd),
        }
    }
}

impl Visitor for Matches {
    fn directory(&mut self, _: &Path, _: &Path) -> Enter {
        Enter::Yes
    }

    fn hidden(&mut self, on_host: &Path) {
        self.add(on_host);
    }
}

/// The covers of all places in the container where the items are seen.
fn covers(items: &Items, root: &Utf8Path, views: &Views) -> Result<Vec<Cover>, HiddenError> {
    let mut covers = Vec::new();
    for (real, metadata) in items {
        if let Some(part) = views.of_parts(real).next() {
            return Err(HiddenError::Shown {
                hidden: real.clone(),
                target: part.target.clone(),
            });
        }
        let kind = if metadata.is_dir() {
            CoverKind::Directory
        } else {
            CoverKind::File
        };
        for (target, view) in views.inside(real) {
            if view.target == target {
                return Err(HiddenError::Shown {
                    hidden: real.clone(),
                    target,
                });
            }
            if let Some(within) = views.below(&target).next() {
                return Err(HiddenError::MountWithin {
                    hidden: target.clone(),
                    target: within.target.clone(),
                });
            }
            if target == root.join(".git") {
                return Err(HiddenError::Guarded { hidden: target });
            }
            covers.push(Cover {
                kind,
                source: real.clone(),
                target,
                file: FileId::of(metadata),
                links: metadata.nlink(),
            });
        }
    }
    covers.sort_by(|a, b| a.target.cmp(&b.target));
    // There is no place to mount onto in the empty directory that covers another.
    let directories: HashSet<Utf8PathBuf> = covers
        .iter()
        .filter(|cover| cover.kind == CoverKind::Directory)
        .map(|cover| cover.target.clone())
        .collect();
    covers.retain(|cover| {
        let mut above = cover.target.ancestors().skip(1);
        !above.any(|directory| directories.contains(directory))
    });
    if covers.len() > MOST_COVERS {
        return Err(HiddenError::TooManyPaths {
            found: covers.len(),
            most: MOST_COVERS,
        });
    }
    Ok(covers)
}

#[cfg(test)]
mod tests {
    use std::{
        ffi::OsStr,
        fs,
        os::unix::{ffi::OsStrExt, fs::symlink},
    };

    use super::*;
    use crate::spec::{Access, Mount};

    /// A project in a directory of its own, with something beside it.
    struct Place {
        _directory: tempfile::TempDir,
        top: Utf8PathBuf,
        root: Utf8PathBuf,
        mounts: Vec<Mount>,
    }

    impl Place {
        fn new(files: &[&str]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let top = Utf8Path::from_path(directory.path())
                .unwrap()
                .canonicalize_utf8()
                .unwrap();
            let root = top.join("w");
            fs::create_dir(&root).unwrap();
            let place = Self {
                _directory: directory,
                mounts: vec![Mount::bind(&root, &root, Access::ReadWrite)],
                top,
                root,
            };
            for file in files {
                place.write(file);
            }
            place
        }

        fn write(&self, file: &str) {
            let path = self.root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }

        fn link(&self, target: &str, name: &str) {
            symlink(target, self.root.join(name)).unwrap();
        }

        fn hard_link(&self, file: &str, name: &str) {
            let name = self.root.join(name);
            fs::create_dir_all(name.parent().unwrap()).unwrap();
            fs::hard_link(self.root.join(file), name).unwrap();
        }

        /// Shows `source`, relative to the top, at `target`, relative to the root.
        fn mount(&mut self, source: &str, target: &str) {
            let source = self.top.join(source);
            fs::create_dir_all(&source).unwrap();
            let target = self.root.join(target);
            self.mounts
                .push(Mount::bind(source, target, Access::ReadOnly));
        }

        fn find(&self, list: &[&str]) -> Result<Hidden, HiddenError> {
            let list = list.iter().map(|&text| text.to_owned()).collect();
            let patterns = Patterns::new(&[list]);
            find(&patterns, &self.root, &Views::of(&self.mounts))
        }

        /// What is covered, relative to the root where it lies there; directories with a slash.
        fn covered(&self, list: &[&str]) -> Vec<String> {
            let covers = self.find(list).unwrap().covers.into_iter();
            covers
                .map(|cover| {
                    let path = cover
                        .target
                        .strip_prefix(&self.root)
                        .unwrap_or(&cover.target);
                    let slash = if cover.kind == CoverKind::Directory {
                        "/"
                    } else {
                        ""
                    };
                    format!("{path}{slash}")
                })
                .collect()
        }

        fn failure(&self, list: &[&str]) -> String {
            let error = self.find(list).unwrap_err();
            error.to_string().replace(self.top.as_str(), "")
        }
    }

    #[test]
    fn each_path_is_covered_once_by_the_outermost() {
        let place = Place::new(&["a/b/c/d", "a.txt", "ab/x", ".env", "secret/key"]);
        let list = [
            "a/b/c",
            "a.txt",
            "a/b",
            "ab",
            "/a",
            "a/./b",
            "secret/key",
            "secret",
        ];
        assert_eq!(place.covered(&list), ["a/", "a.txt", "ab/", "secret/"]);
        assert_eq!(place.covered(&[]), [""; 0]);
        assert_eq!(place.covered(&["/.env", ".env"]), [".env"]);
    }

    #[test]
    fn patterns_are_found_wherever_they_match() {
        let files = [
            ".env",
            "a/.env",
            "a/b/.env",
            "examples/.env",
            "key.pem",
            "a/x.PEM",
            "a/b/x.pem.txt",
            "node_modules/x/test.pem",
            ".git/refs/heads/x.pem",
            ".git/HEAD",
        ];
        let place = Place::new(&files);
        assert_eq!(
            place.covered(&["**/.env", "!examples/.env"]),
            [".env", "a/.env", "a/b/.env"]
        );
        // Git's own files are left alone.
        assert_eq!(
            place.covered(&["*.pem"]),
            ["a/x.PEM", "key.pem", "node_modules/x/test.pem"]
        );
        assert_eq!(place.covered(&["a/*"]), ["a/.env", "a/b/", "a/x.PEM"]);
        assert_eq!(
            place.covered(&["*", "!a", "!/key.pem"]),
            [
                ".env",
                "a/.env",
                "a/b/",
                "a/x.PEM",
                "examples/",
                "node_modules/"
            ]
        );
    }

    #[test]
    fn names_are_found_in_any_spelling_and_with_wildcards_in_them() {
        let place = Place::new(&[
            ".ENV",
            "Secrets/Key",
            "app/[id]/key",
            "app/i/key",
            "#odd",
            "a b",
        ]);
        assert_eq!(place.covered(&["/.env"]), [".ENV"]);
        assert_eq!(place.covered(&["secrets/key"]), ["Secrets/Key"]);
        assert_eq!(
            place.covered(&["app/[id]/key"]),
            ["app/[id]/key", "app/i/key"]
        );
        assert_eq!(place.covered(&["\\#odd", "a b"]), ["#odd", "a b"]);
    }

    #[test]
    fn what_a_link_leads_to_is_covered_where_it_is() {
        let place = Place::new(&["real/key", "file", "other/x"]);
        place.link("real", "link");
        place.link("../file", "real/by-way");
        place.link(place.root.join("other/x").as_str(), "absolute.pem");
        place.link("link/../link", "twice");
        place.link("/etc", "out");
        place.link("nowhere", "dangling");
        place.link("..", "up");
        assert_eq!(place.covered(&["link"]), ["real/"]);
        assert_eq!(place.covered(&["twice/key"]), ["real/key"]);
        assert_eq!(place.covered(&["link/by-way"]), ["file"]);
        assert_eq!(place.covered(&["*.pem"]), ["other/x"]);
        assert_eq!(
            place.covered(&["out", "out/passwd", "up", "dangling"]),
            [""; 0]
        );
        assert_eq!(place.covered(&["link/*"]), ["file", "real/key"]);
    }

    #[test]
    fn what_is_not_there_is_told() {
        let place = Place::new(&[".env", "a/key"]);
        let list = ["none", "a/none", "*.pem", ".env", "key", "/key", "dir/"];
        let absent = place.find(&list).unwrap().absent;
        let absent: Vec<&str> = absent
            .iter()
            .map(|path| path.strip_prefix(&place.root).unwrap().as_str())
            .collect();
        assert_eq!(absent, ["none", "a/none", "key", "dir"]);
    }

    #[test]
    fn other_names_of_a_file_are_covered_wherever_they_are_seen() {
        let mut place = Place::new(&[".env", "secrets/deep/key", "alone"]);
        place.hard_link(".env", "copy");
        place.hard_link(".env", ".git/objects/x");
        place.hard_link("secrets/deep/key", "a/b/seen");
        place.hard_link("secrets/deep/key", "secrets/again");
        place.mount("data", "mnt");
        fs::hard_link(place.root.join(".env"), place.top.join("data/third")).unwrap();
        fs::hard_link(place.root.join(".env"), place.top.join("not-seen")).unwrap();
        assert_eq!(
            place.covered(&[".env"]),
            [".env", ".git/objects/x", "copy", "mnt/third"]
        );
        assert_eq!(place.covered(&["secrets"]), ["a/b/seen", "secrets/"]);
        let both = ["secrets", "secrets/deep/key", "secrets/again"];
        assert_eq!(place.covered(&both), ["a/b/seen", "secrets/"]);
        assert_eq!(place.covered(&["alone"]), ["alone"]);
    }

    #[test]
    fn what_other_mounts_show_is_hidden_there_too() {
        let mut place = Place::new(&["lib/.env", "data/key"]);
        place.mount("w/lib", "lib-again");
        place.mount("elsewhere", "data");
        fs::write(place.top.join("elsewhere/.env"), "").unwrap();
        assert_eq!(
            place.covered(&["**/.env"]),
            ["data/.env", "lib/.env", "lib-again/.env"]
        );
        assert_eq!(place.covered(&["lib/.env"]), ["lib/.env", "lib-again/.env"]);
        // The project's own is not seen there.
        assert_eq!(place.covered(&["data/key"]), [""; 0]);
    }

    #[test]
    fn mounts_that_contradict_are_errors() {
        let mut place = Place::new(&["secrets/public/x", "other/x"]);
        place.mount("w/secrets/public", "shown");
        place.mount("elsewhere", "other/mount");
        assert_eq!(
            place.failure(&["secrets"]),
            "`/w/secrets` is to be hidden, and a mount shows it at `/w/shown`"
        );
        assert_eq!(
            place.failure(&["other"]),
            "`/w/other` is to be hidden, and a mount lies in it, at `/w/other/mount`"
        );
        assert_eq!(place.covered(&["other/x"]), ["other/x"]);
        assert_eq!(
            place.failure(&["other/mount"]),
            "`/elsewhere` is to be hidden, and a mount shows it at `/w/other/mount`"
        );
        place.write(".git/HEAD");
        assert_eq!(
            place.failure(&["/.git"]),
            "`/w/.git` is to be hidden, and ocx guards it in sessions"
        );
    }

    #[test]
    fn odd_names_and_too_many() {
        let place = Place::new(&[]);
        let odd = OsStr::from_bytes(b"\xff.pem");
        fs::write(place.root.as_std_path().join(odd), "").unwrap();
        assert_eq!(
            place.failure(&["*.pem"]),
            "`/w/\u{fffd}.pem` is to be hidden, and its name is not UTF-8"
        );
        for number in 0..=MOST_COVERS {
            place.write(&format!("many/{number}.key"));
        }
        assert_eq!(
            place.failure(&["*.key"]),
            "4001 paths are to be hidden, and 4000 at most can be"
        );
        assert_eq!(place.covered(&["many"]), ["many/"]);
    }
}
