//! Paths.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use figment::value::Value;

use super::value::{Read, ReadContext, describe, list, mismatch, one_or_more, plain_text, quoted};
use crate::{layout, settings::forbidden};

pub(in crate::settings) fn path(value: &Value, place: &ReadContext) -> Read<Option<Utf8PathBuf>> {
    const EXPECTED: &str = "a path";
    absolute(plain_text(value, EXPECTED)?, value, place, EXPECTED).map(Some)
}

pub(super) fn absolute(
    text: &str,
    value: &Value,
    place: &ReadContext,
    expected: &str,
) -> Read<Utf8PathBuf> {
    if text.starts_with('~') && text != "~" && !text.starts_with("~/") {
        return mismatch(
            describe(value),
            format!("{expected}; the home directory of another user must be written out"),
        );
    }
    let path = place
        .directory
        .join(place.host.expand_home(Utf8Path::new(text)));
    // `a/./b` and `a//b` are tidied; `..` stays, because `a` may be a symbolic link.
    Ok(path.components().collect())
}

pub(in crate::settings) fn files(value: &Value, place: &ReadContext) -> Read<Vec<Utf8PathBuf>> {
    const EXPECTED: &str = "a path or a list of paths";
    match value {
        Value::String(_, text) => {
            plain_text(value, EXPECTED)?;
            Ok(vec![absolute(text, value, place, EXPECTED)?])
        }
        _ => list(value, EXPECTED)?
            .iter()
            .map(|element| absolute(plain_text(element, EXPECTED)?, element, place, EXPECTED))
            .collect(),
    }
}

/// The patterns of a list, relative to the project's root.
pub(in crate::settings) fn forbidden_paths(
    value: &Value,
    place: &ReadContext,
) -> Read<Vec<String>> {
    let mut patterns = Vec::new();
    for element in forbidden_elements(value)? {
        let expected = match forbidden::place(element, place.host, &place.project.root) {
            forbidden::Placed::Pattern(pattern) | forbidden::Placed::Outside(pattern) => {
                patterns.push(pattern);
                continue;
            }
            forbidden::Placed::Everything => "paths inside of the project, not all of it",
            forbidden::Placed::Unclear => "paths without `..`",
            forbidden::Placed::Malformed => "patterns as in `.gitignore`",
        };
        return mismatch(quoted(element), expected);
    }
    Ok(patterns)
}

/// Paths in the project, relative to its root.
pub(in crate::settings) fn paths_inside(
    value: &Value,
    place: &ReadContext,
) -> Read<Vec<Utf8PathBuf>> {
    const EXPECTED: &str = "a list of paths in the project such as `[\"node_modules\"]`";
    list(value, EXPECTED)?
        .iter()
        .map(|element| {
            let text = plain_text(element, EXPECTED)?;
            inside(text, place).map_or_else(
                || mismatch(quoted(text), "paths inside of the project, without `..`"),
                Ok,
            )
        })
        .collect()
}

/// Directories of the project that hold what can be made again.
pub(in crate::settings) fn private_paths(
    value: &Value,
    place: &ReadContext,
) -> Read<Vec<Utf8PathBuf>> {
    let paths = paths_inside(value, place)?;
    for path in &paths {
        if path
            .components()
            .any(|component| component.as_str() == ".git")
        {
            return mismatch(
                quoted(path.as_str()),
                "other directories than those of Git, whose history would be gone",
            );
        }
        let is_in = |other: &Utf8PathBuf| path != other && path.starts_with(other);
        if let Some(other) = paths.iter().find(|other| is_in(other)) {
            return mismatch(
                quoted(path.as_str()),
                format!(
                    "directories beside each other, and {} holds it",
                    quoted(other.as_str())
                ),
            );
        }
    }
    Ok(paths)
}

/// Directories in a container's search path.
pub(in crate::settings) fn search_path(value: &Value, _: &ReadContext) -> Read<Vec<Utf8PathBuf>> {
    const EXPECTED: &str =
        "a list of absolute paths in the container such as `[\"/opt/conda/bin\", \"~/bin\"]`";
    let elements = one_or_more(value, EXPECTED)?;
    let mut paths = Vec::new();
    for element in elements {
        let text = plain_text(element, EXPECTED)?;
        let path = match text.strip_prefix("~/") {
            Some(rest) => Utf8Path::new(layout::HOME).join(rest),
            None => Utf8PathBuf::from(text),
        };
        let is_plain = |component| !matches!(component, Utf8Component::ParentDir);
        if !path.is_absolute() || text.contains(':') || !path.components().all(is_plain) {
            return mismatch(quoted(text), EXPECTED);
        }
        let path: Utf8PathBuf = path.components().collect();
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// The path relative to the project's root, if it is one of the project's.
fn inside(text: &str, place: &ReadContext) -> Option<Utf8PathBuf> {
    let path = place.host.expand_home(Utf8Path::new(text));
    let path = if path.is_absolute() {
        path.strip_prefix(&place.project.root).ok()?.to_owned()
    } else {
        path
    };
    let mut inside = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::Normal(name) => inside.push(name),
            Utf8Component::CurDir => {}
            _ => return None,
        }
    }
    (inside != "").then_some(inside)
}

/// The texts in a list of forbidden paths.
pub(in crate::settings) fn forbidden_elements(value: &Value) -> Read<impl Iterator<Item = &str>> {
    const EXPECTED: &str = "a list of paths such as `[\".env\", \"secrets\"]`";
    let texts: Vec<&str> = list(value, EXPECTED)?
        .iter()
        .map(|element| plain_text(element, EXPECTED))
        .collect::<Read<_>>()?;
    Ok(texts.into_iter())
}
