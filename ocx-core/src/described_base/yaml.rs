//! YAML as a tree, of a bounded size.
//!
//! Aliases are not followed, since a few of them stand for a tree of any size: what they stand for is
//! null. Numbers and flags are texts.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Nobody writes a deeper one.
const DEEPEST: usize = 60;
const MOST_EVENTS: usize = 50_000;

/// A list or a table that has not ended yet.
enum Open {
    List(Vec<Value>),
    /// With the key whose value comes next.
    Table(Map<String, Value>, Option<Key>),
}

/// Keys may be anything in YAML.
enum Key {
    Text(String),
    Odd,
}

/// The first document of a text.
///
/// # Errors
///
/// Why it is none, as a clause.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    for (count, event) in Parser::new_from_str(text).enumerate() {
        let (event, _) = event.map_err(|error| format!("it is no YAML: {error}"))?;
        if count > MOST_EVENTS || open.len() > DEEPEST {
            return Err("there is too much in it".to_owned());
        }
        let value = match event {
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Table(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(list)) => list.into(),
                Some(Open::Table(table, _)) => table.into(),
                None => Value::Null,
            },
            Event::Scalar(text, ScalarStyle::Plain, ..) if matches!(&*text, "" | "~" | "null") => {
                Value::Null
            }
            Event::Scalar(text, ..) => text.into_owned().into(),
            Event::Alias(_) => Value::Null,
            Event::DocumentEnd => return Ok(Value::Null),
            _ => continue,
        };
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::List(list)) => list.push(value),
            Some(Open::Table(table, key)) => match key.take() {
                None => {
                    *key = Some(match value {
                        Value::String(text) => Key::Text(text),
                        _ => Key::Odd,
                    });
                }
                Some(Key::Text(key)) => {
                    table.insert(key, value);
                }
                Some(Key::Odd) => {}
            },
        }
    }
    Ok(Value::Null)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn trees() {
        for (text, expected) in [
            ("", json!(null)),
            (
                "a: 1\nb: [x, ~, \"~\"]\n",
                json!({"a": "1", "b": ["x", null, "~"]}),
            ),
            (
                "a: {b: {c: d}} # x\n? [k]\n: v\n",
                json!({"a": {"b": {"c": "d"}}}),
            ),
            ("a: &x {b: c}\nd: *x\n", json!({"a": {"b": "c"}, "d": null})),
            ("one: 1\n---\ntwo: 2\n", json!({"one": "1"})),
            ("a: |\n  b\n  c\n", json!({"a": "b\nc\n"})),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_too_much() {
        for text in ["[".repeat(100), "- x\n".repeat(60_000), "a: [\n".to_owned()] {
            assert!(parse(&text).is_err());
        }
        // A billion laughs are a few.
        let mut text = "a: &a [x]\n".to_owned();
        for (new, old) in "bcdefgh".chars().zip("abcdefg".chars()) {
            text.push_str(&format!(
                "{new}: &{new} [{}]\n",
                vec![format!("*{old}"); 9].join(",")
            ));
        }
        assert!(parse(&text).is_ok());
    }
}
