//! Where a forbidden path lies.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::{Origin, SettingsWarning, read, stack::Contribution};
use crate::host::Host;

/// Where a forbidden path lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// In the project; relative to its root.
    Inside(Utf8PathBuf),
    /// Outside of the project, which is not in the container anyway.
    Outside,
    /// It is the project itself.
    Everything,
    /// It holds `..`, and what that means depends on symbolic links.
    Unclear,
}

/// Where `text`, relative to `root` or absolute, lies.
pub(super) fn place(text: &str, host: &Host, root: &Utf8Path) -> Placed {
    let path = host.expand_home(Utf8Path::new(text));
    if path
        .components()
        .any(|component| component == Utf8Component::ParentDir)
    {
        return Placed::Unclear;
    }
    let relative = if path.is_absolute() {
        match path.strip_prefix(root) {
            Ok(relative) => relative,
            Err(_) => return Placed::Outside,
        }
    } else {
        &path
    };
    let relative: Utf8PathBuf = relative
        .components()
        .filter(|component| *component != Utf8Component::CurDir)
        .collect();
    if relative == "" {
        Placed::Everything
    } else {
        Placed::Inside(relative)
    }
}

/// Forbidden paths that cannot be followed here. The global file is for all projects, so paths of other
/// projects may well stand in it.
pub(super) fn outside(
    contribution: &Contribution,
    host: &Host,
    root: &Utf8Path,
) -> Vec<SettingsWarning> {
    let is_for_all = matches!(contribution.origin, Origin::Default | Origin::GlobalFile(_));
    if contribution.key.name != "forbidden_paths" || is_for_all {
        return Vec::new();
    }
    read::forbidden_elements(&contribution.value)
        .into_iter()
        .flatten()
        .filter(|text| place(text, host, root) == Placed::Outside)
        .map(|text| SettingsWarning::ForbiddenPathOutside {
            path: text.to_owned(),
            origin: contribution.origin.clone(),
        })
        .collect()
}
