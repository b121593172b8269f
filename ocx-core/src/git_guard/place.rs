//! Where something lies that a session can write to.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::file_state::{from_text, to_text};

/// A path relative to one of the directories that a session can write to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    /// The directory, which is trusted: canonical, and itself out of the session's reach.
    pub(super) top: Utf8PathBuf,
    /// The path below it. Not each is UTF-8, and none may be missed for that.
    #[serde(serialize_with = "path_to_text", deserialize_with = "path_from_text")]
    pub(super) relative: PathBuf,
}

impl Place {
    pub(super) fn new(top: impl Into<Utf8PathBuf>, relative: impl Into<PathBuf>) -> Self {
        Self {
            top: top.into(),
            relative: relative.into(),
        }
    }

    pub(super) fn join(&self, name: impl AsRef<Path>) -> Self {
        Self::new(self.top.clone(), self.relative.join(name))
    }

    /// The whole path, to be shown.
    pub(super) fn shown(&self) -> Utf8PathBuf {
        if self.relative.as_os_str().is_empty() {
            return self.top.clone();
        }
        self.top.join(self.relative.to_string_lossy().as_ref())
    }
}

/// The place of a path below one of the directories that a session can write to. The way to it is
/// taken as it is written; whoever opens it follows no links.
pub(super) fn place_in(tops: &[Utf8PathBuf], path: &Utf8Path) -> Option<Place> {
    tops.iter().find_map(|top| {
        let relative = path.strip_prefix(top).ok()?;
        Some(Place::new(top.clone(), relative.as_std_path()))
    })
}

fn path_to_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    to_text(path.as_os_str().as_bytes(), serializer)
}

fn path_from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(OsString::from_vec(from_text(deserializer)?).into())
}
