//! Where something stands in a text of JSON with comments.

use std::ops::Range;

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Object, Value},
    common::Ranged as _,
    errors::ParseError,
    parse_to_ast,
};

/// Why a text is no JSON with comments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} on line {line} column {column}")]
pub(crate) struct JsonError {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1.
    pub(crate) column: usize,
    /// What is wrong.
    pub(crate) message: String,
}

impl From<&ParseError> for JsonError {
    fn from(error: &ParseError) -> Self {
        Self {
            line: error.line_display(),
            column: error.column_display(),
            message: error.kind().to_string(),
        }
    }
}

/// The line of a key, counted from 1: of one at the top, or else of one in a table there. `None` if it is not
/// there.
pub(crate) fn line_of(text: &str, key: &str) -> Option<usize> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
    let Some(Value::Object(root)) = parsed.value else {
        return None;
    };
    let below = root
        .properties
        .iter()
        .filter_map(|property| match &property.value {
            Value::Object(table) => start_of(table, key),
            _ => None,
        });
    let start = start_of(&root, key).or_else(|| below.into_iter().next())?;
    Some(text.get(..start)?.matches('\n').count() + 1)
}

/// The bytes of a key at the top, and those of its value. `None` if it is not there.
pub(crate) fn ranges_of(text: &str, key: &str) -> Option<(Range<usize>, Range<usize>)> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
    let Some(Value::Object(root)) = parsed.value else {
        return None;
    };
    let mut properties = root.properties.iter();
    let property = properties.rfind(|property| property.name.as_str() == key)?;
    let (name, value) = (property.name.range(), property.value.range());
    Some((name.start..name.end, value.start..value.end))
}

fn start_of(table: &Object, key: &str) -> Option<usize> {
    let is_it = |name: &str| name.eq_ignore_ascii_case(key);
    let mut properties = table.properties.iter();
    properties
        .find(|property| is_it(property.name.as_str()))
        .map(|property| property.range.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_keys() {
        let text = "// first\n{\n \"a\": {\"deep\": {\"x\": 1}},\n /* a\n */ \"build\": {\n  \"dockerfile\": 1,\n }, \"DockerFile\": 2,\n}";
        assert_eq!(line_of(text, "a"), Some(3));
        assert_eq!(line_of(text, "build"), Some(5));
        assert_eq!(line_of(text, "dockerFile"), Some(7));
        assert_eq!(line_of(text, "deep"), Some(3));
        assert_eq!(line_of(text, "x"), None);
        assert_eq!(line_of(&text[..20], "a"), None);
    }
}
