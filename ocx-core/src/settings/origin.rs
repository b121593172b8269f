//! Where values come from.

use std::{collections::BTreeMap, fmt};

use camino::Utf8PathBuf;

/// Where a value comes from, from the lowest precedence to the highest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// ocx's own default.
    Default,
    /// The user's global file.
    GlobalFile(Utf8PathBuf),
    /// The project's file.
    ProjectFile(Utf8PathBuf),
    /// An environment variable, by name.
    Variable(String),
    /// A flag of the command line, as the user would type it.
    Flag(String),
    /// The program that made the settings in code, see [`SettingsBuilder`](super::SettingsBuilder).
    Program,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::GlobalFile(path) | Self::ProjectFile(path) => f.write_str(path.as_str()),
            Self::Variable(name) => write!(f, "${name}"),
            Self::Flag(flag) => f.write_str(flag),
            Self::Program => f.write_str("the program"),
        }
    }
}

impl Origin {
    /// The origin in a sentence: `in /p/ocx.toml`, ``from the variable `OCX_X` ``.
    #[must_use]
    pub fn phrase(&self) -> String {
        match self {
            Self::Default => "in the defaults".to_owned(),
            Self::GlobalFile(path) | Self::ProjectFile(path) => format!("in {path}"),
            Self::Variable(name) => format!("from the variable `{name}`"),
            Self::Flag(flag) => format!("from the flag `{flag}`"),
            Self::Program => "from the program".to_owned(),
        }
    }
}

/// The origins of all settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    pub(super) by_key: BTreeMap<&'static str, Vec<Origin>>,
}

impl Origins {
    /// Where the value of `key` comes from; for a list that unites several layers, the highest of
    /// them. [`Origin::Default`] for anything that nobody set.
    #[must_use]
    pub fn of(&self, key: &str) -> &Origin {
        self.all(key).iter().max().unwrap_or(&Origin::Default)
    }

    /// Where the value of `key` comes from; for a list that unites several layers, the origin of
    /// each element, in the order of the elements. Empty for anything that nobody set.
    #[must_use]
    pub fn all(&self, key: &str) -> &[Origin] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }
}
