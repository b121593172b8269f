//! What an image is built from, as far as the fake engine looks.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::{
    defaults::pairs,
    script::Call,
    state::{State, full_name},
};

/// A Dockerfile with the labels that it and the command line give.
pub(super) struct Recipe {
    text: String,
    pub(super) labels: BTreeMap<String, String>,
}

impl Recipe {
    pub(super) fn of(call: &Call) -> Self {
        let files = [call.values("--file"), call.values("-f")].concat();
        let text = files
            .first()
            .and_then(|file| fs::read_to_string(file).ok())
            .unwrap_or_default();
        let mut labels: BTreeMap<String, String> = text
            .lines()
            .filter_map(|line| line.strip_prefix("LABEL "))
            .flat_map(words)
            .filter_map(|word| {
                let (name, value) = word.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        labels.extend(pairs(&call.values("--label")));
        Self { text, labels }
    }

    /// What comes of it: the configuration and the layers of what it is built on, and what it says itself.
    pub(super) fn image(&self, id: &str, tag: &str, state: &State, layer: Option<&str>) -> Value {
        let base = self
            .lines("FROM ")
            .last()
            .and_then(|name| state.images.get(&full_name(name)));
        let mut record = match base {
            Some(base) => base.clone(),
            None => super::image_record(id, tag, &BTreeMap::new()),
        };
        (record["Id"], record["RepoTags"]) = (json!(id), json!([tag]));
        let layers = &mut record["RootFS"]["Layers"];
        if base.is_none() {
            *layers = json!([]);
        }
        if let Some(layers) = layers.as_array_mut() {
            layers.push(json!(layer.unwrap_or(id)));
        }
        let mut environment: BTreeMap<String, String> = texts(&record["Config"]["Env"])
            .iter()
            .chain(&self.lines("ENV ").flat_map(words).collect::<Vec<_>>())
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        environment.retain(|name, _| !name.is_empty());
        let lines: Vec<String> = environment
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        record["Config"]["Env"] = json!(lines);
        let as_json = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        for (instruction, field) in [("CMD ", "Cmd"), ("ENTRYPOINT ", "Entrypoint")] {
            if let Some(line) = self.lines(instruction).last() {
                record["Config"][field] = as_json(line);
            }
        }
        for (instruction, field) in [("STOPSIGNAL ", "StopSignal"), ("USER ", "User")] {
            if let Some(line) = self.lines(instruction).last() {
                record["Config"][field] = json!(line);
            }
        }
        for place in ["/Labels", "/Config/Labels"] {
            if let Some(labels) = record.pointer_mut(place).and_then(Value::as_object_mut) {
                let own = self.labels.iter();
                labels.extend(own.map(|(name, value)| (name.clone(), json!(value))));
            }
        }
        record
    }

    /// Source and target of its last `COPY`.
    pub(super) fn copies(&self) -> Option<(&str, &str)> {
        self.lines("COPY ").last()?.split_once(' ')
    }

    /// What stands behind an instruction, line by line.
    fn lines(&self, instruction: &'static str) -> impl DoubleEndedIterator<Item = &str> {
        self.text
            .lines()
            .filter_map(move |line| line.strip_prefix(instruction))
            .map(str::trim)
    }

    /// What the build depends on; `None` if the cache is not to be used.
    pub(super) fn key(&self, call: &Call, state: &State) -> Option<u64> {
        if call.has("--no-cache") {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (&self.text, &self.labels).hash(&mut hasher);
        for argument in call.values("--build-arg") {
            argument.hash(&mut hasher);
            // As engines do: where only a name is given, the value is in the environment.
            std::env::var_os(argument).hash(&mut hasher);
        }
        call.values("--target").hash(&mut hasher);
        for line in self.text.lines() {
            if let Some(base) = line.strip_prefix("FROM ") {
                let image = state.images.get(&full_name(base.trim()));
                image
                    .and_then(|image| image["Id"].as_str())
                    .hash(&mut hasher);
            }
        }
        let context = call.args.last().map(Utf8PathBuf::from)?;
        hash_directory(&context, &mut hasher);
        Some(hasher.finish())
    }
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn hash_directory(directory: &Utf8Path, hasher: &mut DefaultHasher) {
    let mut entries: Vec<Utf8PathBuf> = directory
        .read_dir_utf8()
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("it can be listed").into_path())
        .collect();
    entries.sort();
    for entry in entries {
        entry.file_name().hash(hasher);
        if entry.is_dir() {
            hash_directory(&entry, hasher);
        } else {
            fs::read(&entry).unwrap_or_default().hash(hasher);
        }
    }
}

/// The words of an instruction; a backslash keeps the next character, double quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let word = words.last_mut().expect("there is always one");
        match character {
            '\\' => word.extend(characters.next()),
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => word.push(other),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_quoted_words() {
        assert_eq!(
            words(r#""a"="b c" d="\"\$""#),
            ["a=b c".to_owned(), "d=\"$".to_owned()]
        );
    }
}
