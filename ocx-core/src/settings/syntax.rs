//! What is wrong in a line that is no TOML, in words that help, where it is plain enough.

use std::{fmt, ops::Range};

use camino::Utf8Path;

use super::{
    Key, Kind,
    passage::{Passage, line_around, may_be_secret},
};

/// What is wrong in a settings file that is not well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyntaxProblem {
    /// A text without quotes.
    Unquoted,
    /// A word where there must be something else, in words.
    Word(&'static str),
    /// A name without a value.
    NoValue,
    /// Anything else, as the parser says it.
    Other(String),
}

impl fmt::Display for SyntaxProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unquoted => f.write_str("a text needs quotes"),
            Self::Word(expected) => write!(f, "expected {expected}"),
            Self::NoValue => f.write_str("there is no `=` with a value behind it"),
            Self::Other(message) => f.write_str(message),
        }
    }
}

/// What is wrong, where, and with the value of which key.
#[derive(Debug)]
pub(super) struct Diagnosis {
    pub(super) at: Passage,
    pub(super) key: Option<&'static Key>,
    pub(super) problem: SyntaxProblem,
}

/// How a line begins that is no part of something longer.
struct Line<'t> {
    text: &'t str,
    /// The table that it belongs to.
    section: Option<&'t str>,
    name: &'t str,
    /// Where its value is in the whole text, without a comment, if there is a `=`.
    value: Option<Range<usize>>,
}

/// What is wrong in a text of TOML. `span` and `message` are the parser's.
pub(super) fn of_toml(
    path: &Utf8Path,
    text: &str,
    span: Range<usize>,
    message: String,
) -> Diagnosis {
    let other = SyntaxProblem::Other(message);
    let at = Passage::at(path, text, span.start);
    let Some(line) = line_of(text, span.start) else {
        let at = match may_hold_secrets(text, span.start) {
            true => at,
            false => at.with_line(text, &span),
        };
        return Diagnosis {
            at,
            key: None,
            problem: other,
        };
    };
    let key = Key::find(line.name).filter(|_| line.section.is_none());
    let (problem, meant) = match &line.value {
        None if is_bare(line.text.trim()) => {
            let start = line_around(text, span.start).start;
            (SyntaxProblem::NoValue, start..start + line.text.len())
        }
        Some(value) if value.is_empty() => (SyntaxProblem::NoValue, value.clone()),
        Some(value) if value.contains(&span.start) && is_word(&text[value.clone()]) => {
            match without_quotes(key.map(|key| key.kind)) {
                Some(problem) => (problem, value.clone()),
                None => (other, span),
            }
        }
        _ => (other, span),
    };
    let at = Passage::at(path, text, meant.start);
    Diagnosis {
        at: with_line(at, text, &line, key, &meant),
        key,
        problem,
    }
}

/// What is wrong in a text of JSON.
pub(super) fn of_json(path: &Utf8Path, text: &str, offset: usize, message: String) -> Diagnosis {
    let at = Passage::at(path, text, offset);
    let end = text.get(offset..).and_then(|rest| rest.chars().next());
    let meant = offset..offset + end.map_or(0, char::len_utf8);
    Diagnosis {
        at: if may_hold_secrets(text, offset) {
            at
        } else {
            at.with_line(text, &meant)
        },
        key: None,
        problem: SyntaxProblem::Other(message),
    }
}

/// The passage with as much of the line as may be shown.
fn with_line(
    at: Passage,
    text: &str,
    line: &Line<'_>,
    key: Option<&Key>,
    meant: &Range<usize>,
) -> Passage {
    // No name of a setting is so long, and many a secret is.
    const LONGEST_WORD: usize = 32;
    let is_open = match (&line.value, line.section, key) {
        (Some(value), None, Some(key)) => !may_be_secret(key, &text[value.clone()]),
        (None, None, _) => line.text.len() <= LONGEST_WORD,
        _ => false,
    };
    if is_open {
        at.with_line(text, meant)
    } else if line.section.is_none() && line.value.is_some() && line.name.len() <= LONGEST_WORD {
        at.with("", line.name, " = …")
    } else {
        at
    }
}

/// The line of this byte, if what is above it ends there.
fn line_of(text: &str, offset: usize) -> Option<Line<'_>> {
    let range = line_around(text, offset);
    let above = &text[..range.start];
    above.parse::<toml::Table>().ok()?;
    let section = above
        .lines()
        .map(str::trim)
        .rfind(|line| line.starts_with('['));
    let line = &text[range.clone()];
    let (name, value) = match line.find('=') {
        None => (line.trim(), None),
        Some(equals) => {
            let behind = &line[equals + 1..];
            let value = behind.split('#').next().unwrap_or_default();
            let start = range.start + equals + 1 + (value.len() - value.trim_start().len());
            let end = start + value.trim().len();
            (line[..equals].trim(), Some(start..end))
        }
    };
    Some(Line {
        text: line,
        section,
        name,
        value,
    })
}

/// Whether a value is a text but for its quotes.
fn is_word(value: &str) -> bool {
    !value.is_empty()
        && !value.starts_with(['[', '{', '='])
        && !value.contains(['"', '\'', '\\'])
        && !value.contains(char::is_control)
}

/// What a word without quotes is for a value of this kind.
fn without_quotes(kind: Option<Kind>) -> Option<SyntaxProblem> {
    match kind {
        Some(Kind::Boolean) => Some(SyntaxProblem::Word("`true` or `false`")),
        Some(Kind::Integer | Kind::Number) => Some(SyntaxProblem::Word("a number")),
        Some(Kind::TextList) => Some(SyntaxProblem::Word("a list of texts, each in quotes")),
        Some(Kind::TextMap | Kind::Mounts) => None,
        _ => Some(SyntaxProblem::Unquoted),
    }
}

fn is_bare(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !name.is_empty() && name.chars().all(is_part)
}

/// Whether what stands up to the end of this line may be a secret: whether there is something before it
/// that could be called the like of `env`.
fn may_hold_secrets(text: &str, offset: usize) -> bool {
    let before = text[..line_around(text, offset).end].to_lowercase();
    let words = ["env", "arg", "token", "key", "secret", "password", "@"];
    words.iter().any(|word| before.contains(word))
}

#[cfg(test)]
mod tests {
    use crate::settings::{SettingsError, files};

    /// The message, the place, and what is shown of the line.
    fn told(path: &str, text: &str) -> String {
        let error = match files::parse(path.into(), text) {
            Err(SettingsError::Syntax { at, problem, .. }) => (at, problem),
            other => panic!("{text}: {other:?}"),
        };
        let (at, problem) = error;
        let shown = at.excerpt.map_or("–".to_owned(), |shown| {
            format!("{}>{}<{}", shown.before, shown.marked, shown.after)
        });
        format!("{}:{} {problem}: {shown}", at.line, at.column)
    }

    #[test]
    fn texts_without_quotes() {
        for (text, expected) in [
            (
                "\ncustom_base_image = tools # x\n",
                "2:21 a text needs quotes: custom_base_image = >tools< # x",
            ),
            ("memory = 4g\n", "1:10 a text needs quotes: memory = >4g<"),
            ("image = ruby\n", "1:9 a text needs quotes: >image< = …"),
            (
                "forbidden_paths = .env\n",
                "1:19 expected a list of texts, each in quotes: forbidden_paths = >.env<",
            ),
            (
                "read_only = yes\n",
                "1:13 expected `true` or `false`: read_only = >yes<",
            ),
            ("cpus = two\n", "1:8 expected a number: cpus = >two<"),
            (
                "memory =\n",
                "1:9 there is no `=` with a value behind it: memory =><",
            ),
            ("x\n", "1:1 there is no `=` with a value behind it: >x<"),
        ] {
            assert_eq!(told("a.toml", text), expected);
        }
    }

    #[test]
    fn what_else_is_wrong_is_the_parsers_word() {
        for (text, expected) in [
            ("memory = = 2", "memory = >=<"),
            ("forbidden_paths = [.env]", "forbidden_paths = ["),
            ("memory = \"2g", "memory = "),
            ("forbidden_paths = [\n  .x\n]", "  "),
        ] {
            let told = told("a.toml", text);
            assert!(told.contains(expected), "{told}");
            assert!(!told.contains("quotes: "), "{told}");
        }
    }

    #[test]
    fn secrets_are_left_out() {
        for (path, text) in [
            ("a.toml", "env = { TOKEN = hunter2 }"),
            ("a.toml", "env = {\n  TOKEN = hunter2 }"),
            ("a.toml", "[env]\nTOKEN = hunter2"),
            ("a.toml", "[custom_base_build_args]\nruntime = hunter2"),
            ("a.toml", "envs = hunter2"),
            ("a.toml", "x = 1\nenv = \"\"\"\nhunter2==\n"),
            ("a.toml", "opencode_registry = https://me:hunter2@x"),
            ("a.toml", "hunter2hunter2hunter2hunter2hunter2hunter2"),
            ("a.json", "{\"env\": {\"A\": \"hunter2\"} x}"),
        ] {
            let told = told(path, text);
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn json() {
        let text = "{\n  \"cpus\": 1,\n}\n";
        assert_eq!(told("a.json", text), "3:1 trailing comma: >}<");
    }
}
