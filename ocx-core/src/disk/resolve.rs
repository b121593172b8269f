//! Paths as configuration files write them.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// A path that a configuration writes, relative to `base` or after `~/`, without `.` and `..` in it. Links
/// count for nothing, so `a/..` is nothing, whatever `a` is.
pub(crate) fn resolve(text: &str, base: &Utf8Path, home: &Utf8Path) -> Utf8PathBuf {
    let joined = match text.strip_prefix("~/") {
        Some(rest) => home.join(rest),
        None => base.join(text),
    };
    let mut path = Utf8PathBuf::new();
    for component in joined.components() {
        match component {
            Utf8Component::ParentDir => {
                path.pop();
            }
            Utf8Component::CurDir => {}
            other => path.push(other),
        }
    }
    path
}
