//! What readers share: the place of a value, words for it, and the plain kinds of values.

use std::str::FromStr;

use camino::Utf8Path;
use figment::value::{Dict, Num, Value};

use crate::{host::Host, project::Project};

/// What a value means depends on where it stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::settings) struct ReadContext<'a> {
    /// What relative paths are relative to.
    pub(in crate::settings) directory: &'a Utf8Path,
    pub(in crate::settings) host: &'a Host,
    pub(in crate::settings) project: &'a Project,
}

/// A value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::settings) struct Mismatch {
    /// What was found, in words; never a secret.
    pub(in crate::settings) found: String,
    /// What was expected, in words.
    pub(in crate::settings) expected: String,
}

pub(super) type Read<T> = Result<T, Mismatch>;

pub(super) fn mismatch<T>(found: impl Into<String>, expected: impl Into<String>) -> Read<T> {
    Err(Mismatch {
        found: found.into(),
        expected: expected.into(),
    })
}

/// Text in an error: quoted, on one line, not too long.
pub(in crate::settings) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    let shown: String = text.chars().take(LONGEST).collect();
    let cut = if shown.len() < text.len() { "…" } else { "" };
    // Only what could disturb a terminal is escaped; quotes and letters of all scripts stay.
    let shown: String = shown
        .chars()
        .flat_map(|character| {
            if character.is_control() {
                character.escape_default().collect::<Vec<_>>()
            } else {
                vec![character]
            }
        })
        .collect();
    format!("`{shown}{cut}`")
}

/// A value in an error.
pub(in crate::settings) fn describe(value: &Value) -> String {
    match value {
        Value::String(_, text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(_, text) => quoted(text),
        Value::Bool(_, flag) => format!("`{flag}`"),
        Value::Num(_, number) => match (whole(*number), number.to_f64()) {
            (Some(whole), _) => format!("`{whole}`"),
            (None, Some(float)) => format!("`{float}`"),
            (None, None) => "a number".to_owned(),
        },
        _ => kind_of(value).to_owned(),
    }
}

/// The kind of a value that may be secret.
pub(in crate::settings) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(..) => "a text",
        Value::Char(..) => "a character",
        Value::Bool(..) => "a boolean",
        Value::Num(..) => "a number",
        Value::Empty(..) => "nothing",
        Value::Array(..) => "a list",
        // The toml crate hands dates over as a table with this one key.
        Value::Dict(_, dict) if dict.keys().any(|key| key.starts_with("$__toml_private")) => {
            "a date"
        }
        Value::Dict(..) => "a table",
    }
}

/// A text that is not empty and holds no control characters.
pub(super) fn plain_text<'v>(value: &'v Value, expected: &str) -> Read<&'v str> {
    match value {
        Value::String(_, text) if !text.is_empty() && !text.contains(char::is_control) => Ok(text),
        _ => mismatch(describe(value), expected),
    }
}

pub(super) fn parsed<T: FromStr>(value: &Value, expected: &str) -> Read<T> {
    plain_text(value, expected)?
        .parse()
        .or_else(|_| mismatch(describe(value), expected))
}

pub(super) fn integer<T: TryFrom<i128>>(value: &Value, expected: &str) -> Read<T> {
    match value {
        Value::Num(_, number) => whole(*number).and_then(|whole| T::try_from(whole).ok()),
        _ => None,
    }
    .map_or_else(|| mismatch(describe(value), expected), Ok)
}

/// figment's own `to_i128` leaves out unsigned numbers.
pub(in crate::settings) fn whole(number: Num) -> Option<i128> {
    number
        .to_i128()
        .or_else(|| i128::try_from(number.to_u128()?).ok())
}

pub(super) fn choice<T: Copy, const N: usize>(value: &Value, choices: [(&str, T); N]) -> Read<T> {
    let chosen = match value {
        Value::String(_, text) => choices.iter().find(|(name, _)| name == text),
        _ => None,
    };
    match chosen {
        Some((_, chosen)) => Ok(*chosen),
        None => mismatch(
            describe(value),
            format!(
                "one of {}",
                choices.map(|(name, _)| quoted(name)).join(", ")
            ),
        ),
    }
}

pub(in crate::settings) fn boolean(value: &Value, _: &ReadContext) -> Read<bool> {
    match value {
        Value::Bool(_, flag) => Ok(*flag),
        _ => mismatch(describe(value), "`true` or `false`"),
    }
}

/// More mounts, paths or names than this fit into no command line.
const MOST_ELEMENTS: usize = 10_000;

/// A table, which is no date.
pub(super) fn table<'v>(value: &'v Value, expected: &str) -> Read<&'v Dict> {
    match value {
        Value::Dict(_, dict) if kind_of(value) == "a table" => Ok(dict),
        _ => mismatch(describe(value), expected),
    }
}

/// A text stands for a list of it alone.
pub(super) fn one_or_more<'v>(value: &'v Value, expected: &str) -> Read<&'v [Value]> {
    match value {
        Value::String(..) => Ok(std::slice::from_ref(value)),
        _ => list(value, expected),
    }
}

pub(super) fn list<'v>(value: &'v Value, expected: &str) -> Read<&'v [Value]> {
    match value {
        Value::Array(_, elements) if elements.len() > MOST_ELEMENTS => mismatch(
            format!("a list of {}", elements.len()),
            format!("at most {MOST_ELEMENTS} elements"),
        ),
        Value::Array(_, elements) => Ok(elements),
        _ => mismatch(describe(value), expected),
    }
}
