//! What an image is built from, as far as the fake engine looks.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
};

use camino::{Utf8Path, Utf8PathBuf};

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
