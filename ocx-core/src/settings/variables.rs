//! Settings from environment variables and flags, whose values are texts.

use std::fmt;

use figment::value::Value;
use serde::Deserialize;

use super::{KEYS, Key, Kind, SettingsWarning, stack::nearest};
use crate::host::Host;

/// Variables that are not settings, but mean something to ocx.
pub const OTHER_VARIABLES: [&str; 1] = ["OCX_TRUST"];

/// Variables of test harnesses; ocx takes no notice of them.
const TEST_PREFIX: &str = "OCX_TEST_";

/// A setting from the command line.
#[derive(Clone, PartialEq, Eq)]
pub struct Override {
    /// The key.
    pub key: String,
    /// The value, as text.
    pub value: String,
    /// The flag as the user typed it, without the value: `--runtime`, `--set network`.
    pub flag: String,
}

impl fmt::Debug for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Override")
            .field("key", &self.key)
            .field("value", &format_args!("…"))
            .field("flag", &self.flag)
            .finish()
    }
}

/// The keys that the environment sets, with their values; an empty variable counts as not set.
pub(super) fn from_environment(host: &Host) -> impl Iterator<Item = (&'static Key, Value)> {
    KEYS.iter().filter_map(|key| {
        let text = host.variable(key.variable)?;
        Some((key, from_text(text, key.kind)))
    })
}

/// A warning for each `OCX_*` variable that means nothing.
pub(super) fn unknown(host: &Host) -> impl Iterator<Item = SettingsWarning> {
    host.environment
        .keys()
        .filter(|name| name.starts_with("OCX_") && !name.starts_with(TEST_PREFIX))
        .filter(|name| !known().any(|known| known == name.as_str()))
        .map(|name| SettingsWarning::UnknownVariable {
            name: name.clone(),
            suggestion: nearest(name, known()),
        })
}

fn known() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|key| key.variable).chain(OTHER_VARIABLES)
}

/// The value that `text` is for a key of this kind. A text that does not fit stays a text, and the
/// key's own reader then says what it expected.
pub(super) fn from_text(text: &str, kind: Kind) -> Value {
    let read = match kind {
        Kind::Text | Kind::Choice(_) | Kind::Path => None,
        Kind::Size | Kind::Integer => whole(text),
        Kind::Number => whole(text).or_else(|| text.trim().parse().ok().map(|n: f64| n.into())),
        Kind::Boolean => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true.into()),
            "false" | "0" | "no" => Some(false.into()),
            _ => None,
        },
        Kind::TextList | Kind::Paths | Kind::Mounts => structured(text, '['),
        Kind::Ports => structured(text, '[').or_else(|| whole(text)),
        Kind::TextMap => structured(text, '{'),
    };
    read.unwrap_or_else(|| text.into())
}

fn whole(text: &str) -> Option<Value> {
    text.trim().parse().ok().map(|number: i64| number.into())
}

/// A list or map in JSON or TOML.
fn structured(text: &str, opening: char) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(opening) {
        return None;
    }
    serde_json::from_str(text).ok().or_else(|| {
        <Value as Deserialize>::deserialize(toml::de::ValueDeserializer::parse(text).ok()?).ok()
    })
}
