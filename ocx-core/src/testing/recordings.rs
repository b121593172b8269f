//! What engines of several versions answered, as `cargo xtask record-fixtures` wrote it down, and the
//! shapes in which a version that nobody has seen yet may answer.

use std::{collections::BTreeMap, fs};

use camino::Utf8Path;
use serde::Deserialize;
use serde_json::Value;

use crate::{engine::Captured, runtime::Failure};

/// The answers of one engine.
#[derive(Debug, Deserialize)]
pub struct Recording {
    /// The file's name.
    #[serde(skip)]
    pub name: String,
    /// The engine's version.
    pub version: String,
    /// The ID of the container that was running.
    pub container: String,
    /// The digest by which the image that was built can be named.
    pub digest: Option<String>,
    answers: BTreeMap<String, Answer>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    code: i32,
    stdout: Vec<String>,
    stderr: Vec<String>,
}

impl Recording {
    /// Everything that the engine printed.
    pub(super) fn outputs(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        let answers = self.answers.values();
        answers.map(|answer| answer.stdout.join("\n").into_bytes())
    }

    /// What the engine answered to a question.
    ///
    /// # Panics
    ///
    /// If the question was not recorded.
    #[must_use]
    pub fn answer(&self, question: &str) -> Captured {
        let answer = self.answers.get(question);
        let answer = answer.unwrap_or_else(|| panic!("{}: no `{question}`", self.name));
        Captured {
            told: false,
            failure: (answer.code != 0).then_some(Failure::Code(answer.code)),
            stdout: answer.stdout.join("\n").into_bytes(),
            stderr: answer.stderr.join("\n").into_bytes(),
        }
    }
}

/// All recordings in a directory.
///
/// # Panics
///
/// If there are none, or one cannot be read.
#[must_use]
pub fn recordings(directory: &str) -> Vec<Recording> {
    let files = Utf8Path::new(directory).read_dir_utf8();
    let mut recordings: Vec<Recording> = files
        .expect("the directory can be listed")
        .map(|file| file.expect("it can be listed").into_path())
        .filter(|file| {
            file.file_name()
                .is_some_and(|name| name.starts_with("engine-"))
        })
        .map(|file| {
            let text = fs::read(&file).expect("recordings are readable");
            let mut recording: Recording =
                serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
            recording.name = file.file_name().unwrap_or_default().to_owned();
            recording
        })
        .collect();
    assert!(!recordings.is_empty(), "{directory} holds no recordings");
    recordings.sort_by(|a, b| a.name.cmp(&b.name));
    recordings
}

/// An answer in JSON as it is, and in all other shapes in which it means the same.
///
/// # Panics
///
/// If it is no JSON.
#[must_use]
pub fn same_in_other_shapes(answer: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let records: Vec<Value> = crate::engine::json_records(answer).expect("it is JSON");
    let lines = |records: &[Value]| {
        let lines: Vec<String> = records.iter().map(|record| format!("{record}\n")).collect();
        lines.concat()
    };
    let mut more = records.clone();
    for record in &mut more {
        record["SomethingNew"] = serde_json::json!({ "a": [1, null] });
    }
    let array = Value::Array(records.clone());
    [
        ("as it is", String::from_utf8_lossy(answer).into_owned()),
        ("an array", array.to_string()),
        ("an array in lines", format!("{array:#}\n")),
        ("one a line", lines(&records)),
        ("with a new field", lines(&more)),
        ("behind a warning", format!("WARNING: odd\n{array:#}")),
        (
            "behind warnings in brackets",
            format!("[warn] odd\ntime=\"x\" level=warning\n{}", lines(&records)),
        ),
    ]
    .map(|(name, text)| (name, text.into_bytes()))
    .into()
}

/// An answer in JSON with one thing changed, everywhere once: a field taken away, made `null`, a
/// number made a text, or the other way round. What it means then is open.
///
/// # Panics
///
/// If it is no JSON.
#[must_use]
pub fn with_one_change(answer: &[u8]) -> Vec<(String, Vec<u8>)> {
    let records: Vec<Value> = crate::engine::json_records(answer).expect("it is JSON");
    let record = records.first().cloned().unwrap_or_default();
    let mut changed = Vec::new();
    for pointer in pointers(&record, "") {
        for (what, change) in CHANGES {
            let mut other = record.clone();
            if let Some(place) = other.pointer_mut(&pointer)
                && let Some(value) = change(place)
            {
                *place = value;
                changed.push((format!("{pointer} {what}"), other.to_string().into_bytes()));
            }
        }
        let mut other = record.clone();
        let (parent, name) = pointer.rsplit_once('/').expect("pointers have a slash");
        if let Some(Value::Object(fields)) = other.pointer_mut(parent) {
            fields.remove(&name.replace("~1", "/").replace("~0", "~"));
            changed.push((
                format!("{pointer} taken away"),
                other.to_string().into_bytes(),
            ));
        }
    }
    changed
}

type Change = fn(&Value) -> Option<Value>;

const CHANGES: [(&str, Change); 4] = [
    ("made null", |_| Some(Value::Null)),
    ("made a text", |value| {
        value.as_i64().map(|number| number.to_string().into())
    }),
    ("made a number", |value| value.is_string().then(|| 5.into())),
    ("made an object", |_| Some(serde_json::json!({ "a": 1 }))),
];

/// The places of all values in a record.
fn pointers(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    inner
        .into_iter()
        .flat_map(|(name, value)| {
            let here = format!("{at}/{name}");
            let mut all = pointers(value, &here);
            all.push(here);
            all
        })
        .collect()
}
