//! YAML as a tree, of a bounded size.
//!
//! A few aliases can stand for a tree of any size, so what they stand for counts as if it were written
//! there. A table gets what its key `<<` says and it does not say itself. Numbers and flags are texts.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Nobody writes a deeper one.
const DEEPEST: usize = 60;
const MOST_EVENTS: usize = 50_000;

/// A list or a table that has not ended yet.
///
/// Each has the number of its anchor, and 0 if it has none.
enum Open {
    List(Vec<Value>, usize),
    /// With the key whose value comes next.
    Table(Map<String, Value>, Option<Key>, usize),
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
    let mut anchored: BTreeMap<usize, Value> = BTreeMap::new();
    let mut count = 0;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| format!("it is no YAML: {error}"))?;
        count += match &event {
            Event::Alias(anchor) => anchored.get(anchor).map_or(1, nodes),
            _ => 1,
        };
        if count > MOST_EVENTS || open.len() > DEEPEST {
            return Err("there is too much in it".to_owned());
        }
        let anchor = match &event {
            Event::Scalar(_, _, anchor, _) => *anchor,
            Event::SequenceEnd | Event::MappingEnd => match open.last() {
                Some(Open::List(_, anchor) | Open::Table(_, _, anchor)) => *anchor,
                None => 0,
            },
            _ => 0,
        };
        let value = match event {
            Event::SequenceStart(anchor, _) => {
                open.push(Open::List(Vec::new(), anchor));
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open::Table(Map::new(), None, anchor));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(list, _)) => list.into(),
                Some(Open::Table(table, ..)) => merged(table).into(),
                None => Value::Null,
            },
            Event::Scalar(text, ScalarStyle::Plain, ..) if matches!(&*text, "" | "~" | "null") => {
                Value::Null
            }
            Event::Scalar(text, ..) => text.into_owned().into(),
            // One that stands within its own anchor has no end, and is nothing.
            Event::Alias(anchor) => anchored.get(&anchor).cloned().unwrap_or_default(),
            Event::DocumentEnd => return Ok(Value::Null),
            _ => continue,
        };
        if anchor > 0 {
            anchored.insert(anchor, value.clone());
        }
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::List(list, _)) => list.push(value),
            Some(Open::Table(table, key, _)) => match key.take() {
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

/// The table with what its key `<<` says.
fn merged(mut table: Map<String, Value>) -> Map<String, Value> {
    let sources = match table.remove("<<") {
        Some(Value::Array(list)) => list,
        Some(one) => vec![one],
        None => return table,
    };
    for source in sources {
        if let Value::Object(source) = source {
            for (key, value) in source {
                table.entry(key).or_insert(value);
            }
        }
    }
    table
}

/// How many values a tree has.
fn nodes(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(nodes).sum::<usize>(),
        Value::Object(table) => 1 + table.values().map(nodes).sum::<usize>(),
        _ => 1,
    }
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
            (
                "a: &x {b: c}\nd: *x\n",
                json!({"a": {"b": "c"}, "d": {"b": "c"}}),
            ),
            (
                "x: &x {build: ., a: 1}\ny: &y {b: 2}\nweb:\n  a: 3\n  <<: [*x, *y]\n  c: &z d\nz: [*z]\n",
                json!({
                    "x": {"build": ".", "a": "1"},
                    "y": {"b": "2"},
                    "web": {"build": ".", "a": "3", "b": "2", "c": "d"},
                    "z": ["d"],
                }),
            ),
            ("a: &a [b, *a]\n", json!({"a": ["b", null]})),
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
        // A billion laughs.
        let mut text = "a: &a [x]\n".to_owned();
        for (new, old) in "bcdefgh".chars().zip("abcdefg".chars()) {
            text.push_str(&format!(
                "{new}: &{new} [{}]\n",
                vec![format!("*{old}"); 9].join(",")
            ));
        }
        assert!(parse(&text).is_err());
    }
}
