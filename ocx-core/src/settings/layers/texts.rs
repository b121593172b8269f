//! The texts of the files that were read, for messages that point into them.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Contribution, Key, Layers, Origin, SettingsError};
use crate::settings::{
    Passage,
    lines::{self, Place},
};

/// The texts of the files that were read. What is looked for in them is looked for when it is needed, which
/// is when something is wrong.
#[derive(Clone, Default)]
pub(super) struct Texts(Vec<Text>);

#[derive(Clone)]
struct Text {
    origin: Origin,
    path: Utf8PathBuf,
    text: String,
}

/// Without what is in them, which may be secret.
impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|text| &text.path))
            .finish()
    }
}

impl Texts {
    pub(super) fn add(&mut self, origin: &Origin, path: &Utf8Path, text: &str) {
        self.0.push(Text {
            origin: origin.clone(),
            path: path.to_owned(),
            text: text.to_owned(),
        });
    }

    fn of(&self, origin: &Origin) -> Option<&Text> {
        self.0.iter().find(|text| text.origin == *origin)
    }

    /// In which line of a file a value stands.
    pub(super) fn place(&self, contribution: &Contribution) -> Place {
        let key = contribution.key.name;
        let text = self.of(&contribution.origin);
        Place {
            origin: contribution.origin.clone(),
            line: text.and_then(|text| lines::of_key(&text.path, &text.text, key)),
        }
    }

    /// The value of a key in a file.
    pub(super) fn value(&self, origin: &Origin, key: &str) -> Option<Passage> {
        let text = self.of(origin)?;
        Passage::of_value(&text.path, &text.text, Key::find(key)?)
    }

    /// The error with the place in the file that it is about.
    pub(super) fn locate(&self, mut error: SettingsError) -> SettingsError {
        match &mut error {
            SettingsError::UnknownKey {
                origin,
                key,
                at: at @ None,
                ..
            } => {
                let text = self.of(origin);
                let found = text.and_then(|text| Passage::of_name(&text.path, &text.text, key));
                *at = found.map(Box::new);
            }
            SettingsError::Value {
                origin,
                key,
                at: at @ None,
                ..
            } => *at = self.value(origin, key).map(Box::new),
            SettingsError::Refused {
                loosening,
                at: at @ None,
                ..
            } => {
                let origin = Origin::ProjectFile(loosening.file.clone());
                *at = self.value(&origin, loosening.key).map(Box::new);
            }
            _ => {}
        }
        error
    }
}

impl Layers {
    /// The place of the value of `key` that has an effect, if that stands in a file.
    #[must_use]
    pub fn passage(&self, key: &str) -> Option<Passage> {
        let highest = self.highest(key)?;
        self.texts.value(&highest.origin, key)
    }
}
