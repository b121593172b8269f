//! Reading fields of an engine's JSON whose type may be another in a version that nobody has seen
//! yet: `null` for what is empty, a text for a number, one value for a list of one.
//!
//! For `#[serde(deserialize_with = "…")]`. What has no such meaning is still an error.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

/// A text; nothing is an empty one.
///
/// # Errors
///
/// For a list or an object.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    to_text(Value::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// A number; nothing is 0.
///
/// # Errors
///
/// For anything that is not a whole number.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let read = match &value {
        Value::Null => Some(0),
        Value::String(text) if text.trim().is_empty() => Some(0),
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    };
    read.ok_or_else(|| D::Error::custom(format!("{value} is not a whole number")))
}

/// A yes or no; nothing is a no.
///
/// # Errors
///
/// For anything else.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.is_empty() || text.eq_ignore_ascii_case("false") => Ok(false),
        Value::Number(number) if number.as_i64() == Some(1) => Ok(true),
        Value::Number(number) if number.as_i64() == Some(0) => Ok(false),
        value => Err(D::Error::custom(format!(
            "{value} is neither true nor false"
        ))),
    }
}

/// A list of texts; nothing is an empty one, and a text a list of one.
///
/// # Errors
///
/// For an object, or a list of something else.
pub fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items
            .into_iter()
            .map(|item| to_text(item).map_err(D::Error::custom))
            .collect(),
        value => Ok(vec![to_text(value).map_err(D::Error::custom)?]),
    }
}

/// Names with texts; nothing is none.
///
/// # Errors
///
/// For anything but an object of texts.
pub fn map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(BTreeMap::new()),
        Value::Object(entries) => entries
            .into_iter()
            .map(|(name, value)| Ok((name, to_text(value).map_err(D::Error::custom)?)))
            .collect(),
        value => Err(D::Error::custom(format!("{value} is not an object"))),
    }
}

fn to_text(value: Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        value => Err(format!("{value} is not a text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Record {
        #[serde(deserialize_with = "text")]
        text: String,
        #[serde(deserialize_with = "number")]
        number: i64,
        #[serde(deserialize_with = "flag")]
        flag: bool,
        #[serde(deserialize_with = "list")]
        list: Vec<String>,
        #[serde(deserialize_with = "map")]
        map: BTreeMap<String, String>,
    }

    fn read(json: &str) -> Result<Record, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn another_type_with_the_same_meaning() {
        let nothing = r#"{"text":null,"number":null,"flag":null,"list":null,"map":null}"#;
        assert_eq!(read(nothing).unwrap(), Record::default());
        assert_eq!(read("{}").unwrap(), Record::default());
        let other = read(r#"{"text":5,"number":"5","flag":"true","list":"a","map":{"a":1}}"#);
        let other = other.unwrap();
        assert_eq!(
            (other.text.as_str(), other.number, other.flag),
            ("5", 5, true)
        );
        assert_eq!(
            (other.list, &other.map["a"]),
            (vec!["a".to_owned()], &"1".to_owned())
        );
    }

    #[test]
    fn what_has_no_such_meaning_is_an_error() {
        for json in [
            r#"{"text":{}}"#,
            r#"{"number":"many"}"#,
            r#"{"number":1.5}"#,
            r#"{"flag":"perhaps"}"#,
            r#"{"list":{}}"#,
            r#"{"list":[[]]}"#,
            r#"{"map":[]}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
