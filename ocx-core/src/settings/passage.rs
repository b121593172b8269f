//! The places in settings files that messages point at.
//!
//! A line is shown as far as it surely holds no secret: people put keys and passwords into `env`, and what
//! is shown ends up in logs and reports.

use std::{fmt, ops::Range};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Key, lines};

/// So many characters of a line are shown before, at and behind what is pointed at.
const LONGEST: usize = 80;

/// A place in a settings file that a message points at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passage {
    /// The file.
    pub path: Utf8PathBuf,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What stands there; `None` if it may hold a secret.
    pub excerpt: Option<Excerpt>,
}

/// A line of a settings file, as far as it is shown. It is text from outside, with whatever is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Excerpt {
    /// What stands before what is meant.
    pub before: String,
    /// What is meant.
    pub marked: String,
    /// What stands behind it.
    pub after: String,
}

impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path, line, column, ..
        } = self;
        write!(f, "{path}, line {line}, column {column}")
    }
}

/// The line of a passage in a sentence behind its file: `, line 3`.
pub(super) fn line_phrase(passage: Option<&Passage>) -> String {
    passage.map_or_else(String::new, |passage| format!(", line {}", passage.line))
}

impl Passage {
    /// The place of this byte of the text.
    pub(super) fn at(path: &Utf8Path, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let in_line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: in_line.chars().count() + 1,
            excerpt: None,
        }
    }

    /// The same with the line, in which this is meant; it ends with the line.
    pub(super) fn with_line(self, text: &str, meant: &Range<usize>) -> Self {
        let line = line_around(text, meant.start);
        let start = meant.start.min(line.end);
        let end = meant.end.clamp(start, line.end);
        let (before, after) = (&text[line.start..start], &text[end..line.end]);
        self.with(before, &text[start..end], after)
    }

    /// The same with what is to be shown.
    pub(super) fn with(self, before: &str, marked: &str, after: &str) -> Self {
        let excerpt = Excerpt {
            before: end_of(before),
            marked: beginning_of(marked),
            after: beginning_of(after.trim_end()),
        };
        Self {
            excerpt: Some(excerpt),
            ..self
        }
    }

    /// Where the value of a key stands in a settings file. Of one that may be secret the key is shown.
    pub(super) fn of_value(path: &Utf8Path, text: &str, key: &Key) -> Option<Self> {
        let entry = lines::entry(path, text, key.name)?;
        // A table with a line of its own, or parts of it with one each, has its value elsewhere.
        let is_behind = entry.value.start >= entry.key.end && !entry.value.is_empty();
        if !is_behind || may_be_secret(key, text.get(entry.value.clone()).unwrap_or_default()) {
            return Some(Self::of_key(path, text, &entry));
        }
        let passage = Self::at(path, text, entry.value.start);
        if path.extension() != Some("json") {
            return Some(passage.with_line(text, &entry.value));
        }
        // All settings may stand in one line of JSON, others' secrets among them.
        let line = line_around(text, entry.value.start);
        let end = entry.value.end.min(line.end);
        let indent = before_key(text, &entry.key);
        let begin = entry.key.start.max(line.start);
        let before = format!("{indent}{}", &text[begin..entry.value.start]);
        let rest = &text[end..line.end];
        let is_punctuation = |c: char| c.is_whitespace() || matches!(c, ',' | '}');
        let after = if rest.chars().all(is_punctuation) {
            rest
        } else {
            " …"
        };
        Some(passage.with(&before, &text[entry.value.start..end], after))
    }

    /// Where a key stands in a settings file, without its value, of which nobody knows what it is.
    pub(super) fn of_name(path: &Utf8Path, text: &str, name: &str) -> Option<Self> {
        let entry = lines::entry(path, text, name)?;
        Some(Self::of_key(path, text, &entry))
    }

    fn of_key(path: &Utf8Path, text: &str, entry: &lines::Entry) -> Self {
        let key = &entry.key;
        let after = match text.get(key.end..).and_then(|rest| rest.chars().next()) {
            Some(']') => "]",
            Some('.') => ".…",
            _ if path.extension() == Some("json") => ": …",
            _ => " = …",
        };
        let before = before_key(text, key);
        Self::at(path, text, key.start).with(&before, &text[key.clone()], after)
    }
}

/// What stands in the line before a key, if it is nothing but the way there.
fn before_key(text: &str, key: &Range<usize>) -> String {
    let line = line_around(text, key.start);
    let before = &text[line.start..key.start];
    let is_way = |c: char| c.is_whitespace() || matches!(c, '[' | '{');
    if before.chars().all(is_way) {
        before.to_owned()
    } else {
        "… ".to_owned()
    }
}

/// Whether the value of a key may be, or hold by mistake, what nobody else is to see.
pub(super) fn may_be_secret(key: &Key, value: &str) -> bool {
    // A password may stand in an address, and a value behind a name.
    key.sensitive || key.name == "env_passthrough" || value.contains('@')
}

/// The line of this byte, without its end.
pub(super) fn line_around(text: &str, offset: usize) -> Range<usize> {
    let offset = offset.min(text.len());
    let start = text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let end = text[offset..]
        .find('\n')
        .map_or(text.len(), |end| offset + end);
    start..end
}

fn beginning_of(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn end_of(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONGEST {
        return text.to_owned();
    }
    let shown = text.chars().skip(count - LONGEST);
    ['…'].into_iter().chain(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(passage: Option<Passage>) -> String {
        let passage = passage.expect("there is one");
        let excerpt = passage.excerpt.as_ref().map_or_else(String::new, |shown| {
            format!("{}>{}<{}", shown.before, shown.marked, shown.after)
        });
        format!("{}:{} {excerpt}", passage.line, passage.column)
    }

    fn value(path: &str, text: &str, key: &str) -> String {
        let key = Key::find(key).unwrap();
        shown(Passage::of_value(path.into(), text, key))
    }

    #[test]
    fn values_in_toml() {
        let text =
            "# ä\nmemory = 4 # too few\nforbidden_paths = [\n  \"a\",\n]\n\n[ulimits]\nx = 1\n";
        assert_eq!(
            value("a.toml", text, "memory"),
            "2:10 memory = >4< # too few"
        );
        let list = value("a.toml", text, "forbidden_paths");
        assert_eq!(list, "3:19 forbidden_paths = >[<");
        assert_eq!(value("a.toml", text, "ulimits"), "7:2 [>ulimits<]");
    }

    #[test]
    fn values_in_json() {
        let text = "{\n  \"memory\": true,\n  \"cpus\": [\n  ]\n}";
        assert_eq!(
            value("a.json", text, "memory"),
            "2:13   \"memory\": >true<,"
        );
        assert_eq!(value("a.json", text, "cpus"), "3:11   \"cpus\": >[<");
        let one_line = r#"{"env": {"A": "hunter2"}, "memory": true, "x": "hunter3"}"#;
        let passage = value("a.json", one_line, "memory");
        assert_eq!(passage, "1:37 … \"memory\": >true< …");
    }

    #[test]
    fn secrets_are_left_out() {
        for text in [
            "env = { TOKEN = \"hunter2\" }",
            "env = \"hunter2\"",
            "[env]\nTOKEN = \"hunter2\"",
            "env.TOKEN = \"hunter2\"",
        ] {
            let passage = value("a.toml", text, "env");
            assert!(passage.contains(">env<"), "{passage}");
            assert!(!passage.contains("hunter2"), "{passage}");
        }
        let json = value("a.json", r#"{"env": "hunter2"}"#, "env");
        assert_eq!(json, "1:2 {>\"env\"<: …");
        let registry = "opencode_registry = \"https://u:hunter2@x\"";
        let passage = value("a.toml", registry, "opencode_registry");
        assert_eq!(passage, "1:1 >opencode_registry< = …");
        let unknown = Passage::of_name("a.toml".into(), "envv = \"hunter2\"", "envv");
        assert_eq!(shown(unknown), "1:1 >envv< = …");
    }

    #[test]
    fn long_lines_are_cut() {
        let long = "x".repeat(5000);
        let text = format!("memory = \"{long}\" # {long}");
        assert!(value("a.toml", &text, "memory").chars().count() < 4 * LONGEST);
    }
}
