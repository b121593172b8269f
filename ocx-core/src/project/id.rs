//! IDs of projects.

use std::fmt;

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use crate::slug::{short_hash, slug};

const LONGEST_SLUG: usize = 40;

/// The ID of a project: its directory's name, made readable, and a hash of its canonical root.
///
/// It holds lower-case letters, digits and single hyphens only and starts with a letter or digit,
/// so it may be a file name, or part of the name of a volume or container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectId(String);

impl ProjectId {
    /// The ID of the project at `canonical_root`.
    #[must_use]
    pub fn of(canonical_root: &Utf8Path) -> Self {
        let hash = hex::encode(&Sha256::digest(canonical_root.as_str())[..6]);
        Self(format!(
            "{}-{hash}",
            slug(
                canonical_root.file_name().unwrap_or_default(),
                LONGEST_SLUG,
                "project"
            )
        ))
    }

    /// One that was written down. `None` for a text that cannot be one.
    pub(crate) fn kept(text: &str) -> Option<Self> {
        let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_one = !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_fit);
        is_one.then(|| Self(text.to_owned()))
    }

    /// Another one for this project, where `taken` is somebody's.
    pub(crate) fn after(&self, taken: &Self) -> Self {
        Self(format!("{self}-{}", short_hash(&taken.0)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::{ContainerName, VolumeName};

    #[test]
    fn readable_and_told_apart_by_path() {
        let first = ProjectId::of("/home/ann/My App".into());
        assert_eq!(first.as_str(), "my-app-5f058d566118");
        assert_ne!(first, ProjectId::of("/home/bob/My App".into()));
        assert!(ProjectId::of("/".into()).as_str().starts_with("project-"));
        assert!(
            ProjectId::of("/x/日本".into())
                .as_str()
                .starts_with("project-")
        );
    }

    proptest! {
        #[test]
        fn always_fit_for_engines_and_file_names(path in "/\\PC{0,80}") {
            let id = ProjectId::of(Utf8Path::new(&path));
            prop_assert!(id.as_str().parse::<VolumeName>().is_ok());
            prop_assert!(id.as_str().parse::<ContainerName>().is_ok());
            prop_assert!(id.as_str().len() <= LONGEST_SLUG + 13);
            prop_assert!(!id.as_str().contains("--"));
        }
    }
}
