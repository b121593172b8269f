//! In which lines of their files values stand.

use std::ops::Range;

use camino::Utf8Path;

use super::Origin;
use crate::described_base::json_lines;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The file, the variable or the flag.
    pub origin: Origin,
    /// The line of a file, counted from 1.
    pub line: Option<usize>,
}

/// The place in a sentence: `in /p/ocx.toml, line 3`.
pub(super) fn phrases(place: &Place) -> String {
    match place.line {
        Some(line) => format!("{}, line {line}", place.origin.phrase()),
        None => place.origin.phrase(),
    }
}

/// A key at the top of a settings file and its value, as bytes of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Where a key at the top of a settings file stands.
pub(super) fn entry(path: &Utf8Path, text: &str, key: &str) -> Option<Entry> {
    if path.extension() == Some("json") {
        let (key, value) = json_lines::ranges_of(text, key)?;
        return Some(Entry { key, value });
    }
    let table = toml::de::DeTable::parse(text).ok()?;
    let (found, value) = table
        .get_ref()
        .iter()
        .find(|(name, _)| name.get_ref() == key)?;
    let (key, value) = (found.span(), value.span());
    // What is read is what is shown of it.
    text.get(key.clone()).and(text.get(value.clone()))?;
    Some(Entry { key, value })
}

/// The line of a key at the top of a settings file, counted from 1.
pub(super) fn of_key(path: &Utf8Path, text: &str, key: &str) -> Option<usize> {
    let start = entry(path, text, key)?.key.start;
    Some(text.get(..start)?.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_forms() {
        let toml = "# a = 1\n\nmemory = \"1g\"\nenv = { A = \"1\" }\n\n[table]\nA = 1\n";
        let line = |key| of_key("ocx.toml".into(), toml, key);
        let lines = ["memory", "env", "table", "a", "A"].map(line);
        assert_eq!(lines, [Some(3), Some(4), Some(6), None, None]);
        let json = "{\n \"memory\": \"1g\",\n \"env\": {}\n}";
        assert_eq!(of_key("ocx.json".into(), json, "env"), Some(3));
        assert_eq!(of_key("ocx.toml".into(), "= x", "a"), None);
    }
}
