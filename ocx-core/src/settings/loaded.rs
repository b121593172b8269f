//! Settings, and what is known about them.

use super::{ConfigFile, KEYS, Key, Origin, Origins, Settings, SettingsWarning};

/// Settings, and what is known about them.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Where each value comes from.
    pub origins: Origins,
    /// The files that were read, the global one first.
    pub files: Vec<ConfigFile>,
    /// What the user should know.
    pub warnings: Vec<SettingsWarning>,
}

/// One key with its value.
#[derive(Clone, Debug)]
pub struct SettingEntry<'a> {
    /// The key. If it is [`sensitive`](Key::sensitive), the value may hold secrets.
    pub key: &'static Key,
    /// The value in the form that a settings file has; `null` if not set.
    pub value: serde_json::Value,
    /// Where the value comes from; for a list that unites several layers, the origin of each
    /// element.
    pub origins: Vec<&'a Origin>,
}

impl Loaded {
    /// All keys with their values, in the order of the table.
    pub fn entries(&self) -> impl Iterator<Item = SettingEntry<'_>> {
        KEYS.iter().map(|key| {
            let all = self.origins.all(key.name);
            SettingEntry {
                key,
                value: key.value(&self.settings),
                origins: if all.is_empty() {
                    vec![&Origin::Default]
                } else {
                    all.iter().collect()
                },
            }
        })
    }
}
