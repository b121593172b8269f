//! Caches that sessions share.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use figment::value::Value;

use super::value::{Read, ReadContext, mismatch, one_or_more, plain_text, quoted};
use crate::settings::CachePath;

const EXPECTED: &str = "\"common\", or directories below the home directory such as \
                        `[\"~/.cargo/registry\", \"~/.npm\"]`";

/// `"common"`, a directory, or a list of them.
pub(in crate::settings) fn cache_paths(value: &Value, _: &ReadContext) -> Read<Vec<CachePath>> {
    let elements = one_or_more(value, EXPECTED)?;
    let mut paths = Vec::new();
    for element in elements {
        let text = plain_text(element, EXPECTED)?;
        let path = match text {
            "common" => CachePath::Common,
            _ => CachePath::Directory(directory(text)?),
        };
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn directory(text: &str) -> Read<Utf8PathBuf> {
    let Some(below) = text.strip_prefix("~/") else {
        return mismatch(quoted(text), EXPECTED);
    };
    let mut path = Utf8PathBuf::new();
    for component in Utf8Path::new(below).components() {
        match component {
            Utf8Component::Normal(name) => path.push(name),
            Utf8Component::CurDir => {}
            _ => return mismatch(quoted(text), EXPECTED),
        }
    }
    if !CachePath::can_be_shared(&path) {
        return mismatch(
            quoted(text),
            "directories without opencode's own: each project has those for itself",
        );
    }
    Ok(path)
}
