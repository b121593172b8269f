//! Caches of package managers that the sessions of all projects share.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::layout;

/// Where package managers keep what they have downloaded, below the home directory. Not among them: what holds
/// installed programs, settings or logins.
const COMMON: [&str; 15] = [
    ".bun/install/cache",
    ".cache/composer/files",
    ".cache/deno",
    ".cache/go-build",
    ".cache/pip",
    ".cache/uv",
    ".cache/yarn",
    ".cargo/git",
    ".cargo/registry",
    ".gradle/caches",
    ".local/share/pnpm/store",
    ".m2/repository",
    ".npm/_cacache",
    ".nuget/packages",
    "go/pkg/mod",
];

/// An element of `cache_paths`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CachePath {
    /// `"common"`: the caches of the well-known package managers.
    Common,
    /// A directory, relative to the home directory of sessions, without `..`.
    Directory(Utf8PathBuf),
}

impl CachePath {
    /// The directories that these are, relative to the home directory of sessions. None lies in another one.
    #[must_use]
    pub fn directories(paths: &[Self]) -> Vec<Utf8PathBuf> {
        let mut all: Vec<&Utf8Path> = paths.iter().flat_map(Self::each).collect();
        all.sort_unstable();
        let mut directories: Vec<Utf8PathBuf> = Vec::new();
        for path in all {
            // What lies in a directory comes behind it.
            if !directories.iter().any(|other| path.starts_with(other)) {
                directories.push(path.to_owned());
            }
        }
        directories
    }

    fn each(&self) -> Vec<&Utf8Path> {
        match self {
            Self::Common => COMMON.iter().map(|path| Utf8Path::new(*path)).collect(),
            Self::Directory(path) => vec![path],
        }
    }

    /// Whether sessions can share this directory: the home directory as a whole, and what opencode keeps there
    /// and runs, they cannot.
    pub(super) fn can_be_shared(path: &Utf8Path) -> bool {
        let own = [layout::OPENCODE_CONFIG, layout::OPENCODE_DATA].map(Utf8Path::new);
        let own = own.map(|place| place.strip_prefix(layout::HOME).expect("it is there"));
        let others = [".cache/opencode", ".local/state/opencode"].map(Utf8Path::new);
        let mut all = own.into_iter().chain(others);
        path != "" && !all.any(|place| path.starts_with(place) || place.starts_with(path))
    }
}

impl fmt::Display for CachePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Common => f.write_str("common"),
            Self::Directory(path) => write!(f, "~/{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(path: &str) -> CachePath {
        CachePath::Directory(path.into())
    }

    #[test]
    fn none_lies_in_another_one() {
        let paths = [
            directory(".cargo"),
            CachePath::Common,
            directory(".cargo-x"),
            directory(".mine/a"),
            directory(".mine/a"),
        ];
        let found = CachePath::directories(&paths);
        for expected in [".cargo", ".cargo-x", ".mine/a", ".cache/pip", "go/pkg/mod"] {
            assert_eq!(found.iter().filter(|path| *path == expected).count(), 1);
        }
        assert!(!found.iter().any(|path| path.starts_with(".cargo/registry")));
        assert_eq!(CachePath::directories(&[]), Vec::<Utf8PathBuf>::new());
    }

    #[test]
    fn what_opencode_keeps_is_not_shared() {
        for path in [
            "",
            ".config",
            ".config/opencode",
            ".config/opencode/plugin",
            ".cache",
            ".cache/opencode/node_modules",
            ".local",
            ".local/share",
            ".local/state/opencode",
        ] {
            assert!(!CachePath::can_be_shared(path.into()), "{path}");
        }
        for path in
            COMMON
                .iter()
                .copied()
                .chain([".cache/x", ".config/x", ".local/share/opencode-x"])
        {
            assert!(CachePath::can_be_shared(path.into()), "{path}");
        }
    }
}
