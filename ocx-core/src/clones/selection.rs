//! Which files of a commit are checked out.

use std::{collections::HashSet, path::Path};

use camino::{Utf8Path, Utf8PathBuf};

/// Which files of a commit are checked out. Paths are relative to the top of the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    below: Option<Utf8PathBuf>,
    hidden: HashSet<Utf8PathBuf>,
}

impl Selection {
    /// What lies in `below`, or anywhere, and neither is one of `hidden` nor lies in one.
    pub(crate) fn new(
        below: Option<&Utf8Path>,
        hidden: impl IntoIterator<Item = Utf8PathBuf>,
    ) -> Self {
        Self {
            below: below.map(Utf8Path::to_owned),
            hidden: hidden.into_iter().collect(),
        }
    }

    /// Whether nothing is left out.
    pub(crate) fn is_everything(&self) -> bool {
        self.below.is_none() && self.hidden.is_empty()
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
        if self.hidden.is_empty() {
            return false;
        }
        path.ancestors()
            .filter_map(Utf8Path::from_path)
            .any(|above| self.hidden.contains(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(selection: &Selection, path: &str) -> bool {
        selection.takes(Path::new(path))
    }

    #[test]
    fn what_is_hidden_is_left_out_and_so_is_what_lies_in_it() {
        let selection = Selection::new(None, [".env".into(), "keys/a".into()]);
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
        assert!(Selection::default().is_everything());
    }

    #[test]
    fn a_project_below_the_top_has_its_own_files_only() {
        let selection = Selection::new(Some("sub".into()), ["sub/.env".into()]);
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
