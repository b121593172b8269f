//! Which files of a commit are checked out.

use std::{collections::HashSet, path::Path};

use camino::{Utf8Path, Utf8PathBuf};

use crate::hidden::Patterns;

/// Which files of a commit are checked out. Paths are relative to the top of the repository.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    below: Option<Utf8PathBuf>,
    hidden: HashSet<Utf8PathBuf>,
    patterns: Patterns,
}

impl Selection {
    /// What lies in `below`, or anywhere, is neither one of `hidden` nor matched by `patterns`, and lies
    /// in nothing that is. The patterns are relative to `below`.
    pub(crate) fn new(
        below: Option<&Utf8Path>,
        hidden: impl IntoIterator<Item = Utf8PathBuf>,
        patterns: Patterns,
    ) -> Self {
        Self {
            below: below.map(Utf8Path::to_owned),
            hidden: hidden.into_iter().collect(),
            patterns,
        }
    }

    /// Whether nothing is left out.
    pub(crate) fn is_everything(&self) -> bool {
        self.below.is_none() && self.hidden.is_empty() && self.patterns.is_empty()
    }

    /// Whether a file is checked out.
    pub(crate) fn takes(&self, path: &Path) -> bool {
        let is_below = self
            .below
            .as_ref()
            .is_none_or(|below| path.starts_with(below));
        is_below && !self.hides(path)
    }

    /// Whether a file is hidden.
    pub(crate) fn hides(&self, path: &Path) -> bool {
        let below = self.below.as_deref().unwrap_or(Utf8Path::new(""));
        path.ancestors()
            .any(|above| self.is_named(above) || self.is_matched(above, above != path, below))
    }

    fn is_named(&self, path: &Path) -> bool {
        Utf8Path::from_path(path).is_some_and(|path| self.hidden.contains(path))
    }

    fn is_matched(&self, path: &Path, is_dir: bool, below: &Utf8Path) -> bool {
        path.strip_prefix(below)
            .is_ok_and(|path| !path.as_os_str().is_empty() && self.patterns.hides(path, is_dir))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(selection: &Selection, path: &str) -> bool {
        selection.takes(Path::new(path))
    }

    fn patterns(list: &[&str]) -> Patterns {
        Patterns::new(&[list.iter().map(|&text| text.to_owned()).collect()])
    }

    #[test]
    fn what_is_hidden_is_left_out_and_so_is_what_lies_in_it() {
        let selection = Selection::new(None, [".env".into(), "keys/a".into()], patterns(&[]));
        for (path, expected) in [
            ("src/main.rs", true),
            (".env", false),
            ("sub/.env", true),
            (".env.example", true),
            ("keys", true),
            ("keys/a", false),
            ("keys/a/b/c", false),
            ("keys/ab", true),
        ] {
            assert_eq!(takes(&selection, path), expected, "{path}");
        }
        assert!(!selection.is_everything());
        assert!(Selection::new(None, [], patterns(&[])).is_everything());
    }

    #[test]
    fn patterns_leave_out_what_they_match_in_any_directory() {
        let selection = Selection::new(None, [], patterns(&["*.pem", "!tests/*.pem", "/private/"]));
        for (path, expected) in [
            ("a.pem", false),
            ("deep/down/a.PEM", false),
            ("tests/a.pem", true),
            ("private/x", false),
            ("sub/private/x", true),
            ("private.txt", true),
        ] {
            assert_eq!(takes(&selection, path), expected, "{path}");
        }
        assert!(!selection.is_everything());
    }

    #[test]
    fn a_project_below_the_top_has_its_own_files_only() {
        let selection = Selection::new(Some("sub".into()), [], patterns(&["/.env"]));
        for (path, expected) in [
            ("sub/a", true),
            ("sub/.env", false),
            ("subway", false),
            ("other/a", false),
            ("sub", true),
        ] {
            assert_eq!(takes(&selection, path), expected, "{path}");
        }
    }
}
