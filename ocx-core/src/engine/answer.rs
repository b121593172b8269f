//! Finding the JSON in what an engine's command printed.

use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Value};

use super::ParseError;

/// How many lines before the JSON are put up with.
const MOST_WARNINGS: usize = 100;

/// The records that a command printed, in whatever shape: one, one after the other, or in an array.
/// Lines of text before them are passed over, since warnings sometimes go to standard output.
///
/// # Errors
///
/// If there is something else, or a record is not what it should be. An empty output is no record.
pub fn json_records<T: DeserializeOwned>(output: &[u8]) -> Result<Vec<T>, ParseError> {
    if output.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let records = values(output)?
        .into_iter()
        .map(serde_json::from_value)
        .collect::<Result<_, _>>()?;
    Ok(records)
}

fn values(output: &[u8]) -> Result<Vec<Value>, serde_json::Error> {
    let mut rest = output;
    let mut lines = 0;
    loop {
        let reason = match all(rest) {
            Ok(values) => return Ok(values),
            Err(reason) => reason,
        };
        let (line, behind) = match rest.iter().position(|&byte| byte == b'\n') {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => return Err(reason),
        };
        lines += 1;
        if begins_json(line) || behind.trim_ascii().is_empty() || lines == MOST_WARNINGS {
            return Err(reason);
        }
        rest = behind;
    }
}

/// Whether a line is the beginning of JSON, which is then damaged, and no warning such as
/// `[WARN] odd`.
fn begins_json(line: &[u8]) -> bool {
    matches!(
        line.trim_ascii(),
        [b'{', ..] | [b'['] | [b'[', b'{' | b'[' | b'"', ..]
    )
}

/// All records in a text that is nothing but JSON.
fn all(text: &[u8]) -> Result<Vec<Value>, serde_json::Error> {
    let mut values = Vec::new();
    for value in Deserializer::from_slice(text).into_iter::<Value>() {
        match value? {
            Value::Array(items) => values.extend(items),
            // An empty list, in Go's words.
            Value::Null => {}
            value => values.push(value),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Record {
        a: u8,
    }

    fn read(output: &str) -> Vec<u8> {
        let records: Vec<Record> = json_records(output.as_bytes()).unwrap();
        records.into_iter().map(|record| record.a).collect()
    }

    #[test]
    fn in_every_shape() {
        assert_eq!(read(r#"{"a":1}"#), [1]);
        assert_eq!(
            read("[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]\n"),
            [1, 2]
        );
        assert_eq!(read("{\"a\":1}\n{\"a\":2}\n"), [1, 2]);
        assert_eq!(read("[{\"a\":1}]\n[{\"a\":2}]\n"), [1, 2]);
        for nothing in ["", "\n", "[]\n", "null\n"] {
            assert_eq!(read(nothing), [0_u8; 0], "{nothing:?}");
        }
    }

    #[test]
    fn behind_warnings() {
        assert_eq!(read("WARNING: odd\n[WARN] odder\n{\"a\":1}\n"), [1]);
        assert_eq!(read("time=\"x\" level=warning\n[\n{\"a\":1}\n]\n"), [1]);
    }

    #[test]
    fn warnings_without_end_are_an_answer_of_another_kind() {
        let behind =
            |warnings: usize| format!("{}{{\"a\":1}}\n", "WARNING: odd\n".repeat(warnings));
        assert_eq!(read(&behind(MOST_WARNINGS - 1)), [1]);
        let error = json_records::<Record>(behind(MOST_WARNINGS).as_bytes());
        assert!(error.is_err());
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in [
            "<html>\n",
            "odd\n",
            "[{\"a\":1},\n",
            "[\n{\"a\":1}\n",
            "{\"a\":1}\n{\"a\":",
            "{\"b\":1}",
            "{\"a\":\n{\"a\":1}\n",
        ] {
            assert!(json_records::<Record>(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn fuzz_records() {
        let seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/records"));
        crate::testing::fuzz(&seeds, |input| {
            let _ = json_records::<serde_json::Value>(input);
            let _ = json_records::<Record>(input);
        });
    }
}
