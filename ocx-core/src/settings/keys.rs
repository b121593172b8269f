//! What is known about a key.

use figment::value::Value;

use super::{
    Change, Effect, KEYS, Settings,
    read::{Mismatch, ReadContext},
    stack::nearest,
};

/// One key of the settings.
#[derive(Debug)]
pub struct Key {
    /// Its name in files.
    pub name: &'static str,
    /// The environment variable that sets it.
    pub variable: &'static str,
    /// The form of its values.
    pub kind: Kind,
    /// What it does, in one line.
    pub doc: &'static str,
    /// A value, as it would stand in a TOML file.
    pub example: &'static str,
    /// What happens if several layers set it.
    pub merge: Merge,
    /// Whether its values may be secret: to be left out of anything that others see.
    pub sensitive: bool,
    pub(super) read: fn(&mut Settings, &Value, &ReadContext) -> Result<(), Mismatch>,
    pub(super) show: fn(&Settings) -> serde_json::Value,
    pub(super) effect: fn(&Change) -> Effect,
}

impl Key {
    /// The key called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The name of the key that `name` is probably meant to be.
    #[must_use]
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, KEYS.iter().map(|key| key.name))
    }

    /// What a value of this key does to the isolation.
    #[must_use]
    pub fn effect(&self, change: &Change) -> Effect {
        (self.effect)(change)
    }

    /// The value of this key as JSON, in the form that a settings file has; `null` if not set.
    #[must_use]
    pub fn value(&self, settings: &Settings) -> serde_json::Value {
        (self.show)(settings)
    }
}

/// The form of a value, which decides how the text of a variable or flag is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A text.
    Text,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A path of the host.
    Path,
    /// A number of bytes, as a text or a whole number.
    Size,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A port or a list of ports.
    Ports,
    /// A list of texts.
    TextList,
    /// A path or a list of paths.
    Paths,
    /// A table of texts.
    TextMap,
    /// A list of mounts, each a text or a table.
    Mounts,
}

/// What happens if several layers set a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Merge {
    /// The highest layer wins, with all of its value.
    Replace,
    /// The elements of all layers count.
    Unite,
}
