//! What appears while a session runs.
//!
//! Nobody can tell whether the session or the host made it: both act as the same user, on the same
//! files. So it counts as the host's, and ends the session, unless there is nothing in it that the
//! session could not have known: nothing at all, or the beginning of a file that lies beside it, as
//! `cp .env.example .env` makes. Nor is it looked for in directories that package managers and compilers
//! fill.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::Read,
    path::Path,
};

/// Directories in which thousands of files come and go, keys of test suites among them. What is in them
/// when a session begins is hidden like anything else.
const FILLED_BY_TOOLS: [&str; 6] = [
    "node_modules",
    "target",
    ".venv",
    "venv",
    "vendor",
    "__pycache__",
];

/// No larger file is compared.
const LARGEST: u64 = 1024 * 1024;

/// Nor one with more beside it.
const MOST_NEIGHBOURS: usize = 200;

/// Whether a directory of this name is left to tools.
pub(super) fn is_filled_by_tools(name: &OsStr) -> bool {
    FILLED_BY_TOOLS.iter().any(|known| name == *known)
}

/// Whether there is nothing in something new that the session could not have known. A link shows what is
/// seen anyway, or covered, or not in the session at all.
pub(super) fn is_known(path: &Path, is_hidden: &dyn Fn(&Path) -> bool) -> bool {
    let Ok(metadata) = path.symlink_metadata() else {
        return true;
    };
    if metadata.is_symlink() {
        return true;
    }
    if metadata.is_dir() {
        return fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    }
    let Some(content) = content(path) else {
        return false;
    };
    if content.is_empty() {
        return true;
    }
    let Some(entries) = path.parent().and_then(|parent| fs::read_dir(parent).ok()) else {
        return false;
    };
    entries.flatten().take(MOST_NEIGHBOURS).any(|entry| {
        let beside = entry.path();
        beside != path
            && !is_hidden(&beside)
            && self::content(&beside).is_some_and(|known| known.starts_with(&content))
    })
}

/// The content of a regular file of sensible size.
fn content(path: &Path) -> Option<Vec<u8>> {
    let metadata = path.symlink_metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    let mut content = Vec::new();
    let file = File::open(path).ok()?;
    file.take(LARGEST + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= LARGEST).then_some(content)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_a_session_knows_already() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let is_known = |name: &str| {
            let is_hidden = |path: &Path| path.ends_with(".env.local");
            super::is_known(&path(name), &is_hidden)
        };
        fs::write(path(".env.example"), "KEY=\nOTHER=\n").unwrap();
        fs::write(path(".env.local"), "KEY=secret\n").unwrap();
        for (content, expected) in [
            ("", true),
            ("KEY=\n", true),
            ("KEY=\nOTHER=\n", true),
            ("KEY=\nOTHER=\nMORE=\n", false),
            ("KEY=1\n", false),
            // Of what is hidden the session knows nothing.
            ("KEY=secret\n", false),
        ] {
            fs::write(path(".env"), content).unwrap();
            assert_eq!(is_known(".env"), expected, "{content:?}");
        }
        fs::create_dir(path("secrets")).unwrap();
        symlink("/etc/hostname", path("link")).unwrap();
        for name in ["secrets", "link", "absent"] {
            assert!(is_known(name), "{name}");
        }
        fs::write(path("secrets/key"), "").unwrap();
        assert!(!is_known("secrets"));
    }
}
