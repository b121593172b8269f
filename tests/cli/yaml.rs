//! YAML as it stands in the examples: a tree without aliases, whose numbers and flags are texts.

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// A list or a table that has not ended yet; a table with the key whose value comes next.
enum Open {
    List(Vec<Value>),
    Table(Map<String, Value>, Option<String>),
}

/// The first document of a text; fails the test if it is no YAML.
pub(crate) fn parse(text: &str) -> Value {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, place) = event.unwrap_or_else(|error| panic!("it is no YAML: {error}"));
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
                None => panic!("nothing ends at {place:?}"),
            },
            Event::Scalar(text, ..) => Value::from(text.into_owned()),
            Event::Alias(_) => panic!("an alias at {place:?}"),
            _ => continue,
        };
        match open.last_mut() {
            None => return value,
            Some(Open::List(list)) => list.push(value),
            Some(Open::Table(table, key)) => match (key.take(), value) {
                (None, Value::String(name)) => *key = Some(name),
                (None, other) => panic!("{other} is a key at {place:?}"),
                (Some(name), value) => {
                    let before = table.insert(name, value);
                    assert!(before.is_none(), "a key stands twice before {place:?}");
                }
            },
        }
    }
    Value::Null
}
