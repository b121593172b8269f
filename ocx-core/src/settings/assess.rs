//! What the values of a project's file do to the isolation of its sessions.

use camino::Utf8PathBuf;
use figment::value::Value;
use serde_json::json;

use super::{
    Approvals, Change, ContentHash, Effect, Key, Settings, SettingsError, named_files, protected,
    read, stack::Contribution,
};

/// The values that a project's file brings, and what each does to the isolation.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// In the order of the table.
    pub values: Vec<Assessed>,
}

/// One value of a project's file.
#[derive(Clone, Debug)]
pub struct Assessed {
    /// The key.
    pub key: &'static Key,
    /// The project's file.
    pub file: Utf8PathBuf,
    /// The value in words; never a secret.
    pub found: String,
    /// What it does to the isolation that the user has given.
    pub effect: Effect,
    /// Whether a variable or a flag replaces it, so that it has no effect.
    pub overridden: bool,
    /// What would be approved of.
    pub(super) content: serde_json::Value,
    pub(super) user_file: Utf8PathBuf,
}

/// A value of a project's file that loosens the isolation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting `{key}` in the project's file {file} is {found}: {reason}")]
pub struct Loosening {
    /// The key.
    pub key: &'static str,
    /// The project's file.
    pub file: Utf8PathBuf,
    /// The value in words; never a secret.
    pub found: String,
    /// In what way it loosens, as a clause.
    pub reason: &'static str,
}

/// The project asks for less isolation, and nobody has approved of that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the project is not trusted with what its settings ask for: {}", list(.loosenings))]
pub struct NotTrusted {
    /// What it asks for, in the order of the table; never empty.
    pub loosenings: Vec<Loosening>,
    /// What would have to be approved.
    pub content: ContentHash,
}

fn list(loosenings: &[Loosening]) -> String {
    let texts: Vec<String> = loosenings.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl Assessment {
    /// The values that loosen and would take effect, in the order of the table.
    #[must_use]
    pub fn pending(&self) -> Vec<Loosening> {
        self.values
            .iter()
            .filter(|value| !value.overridden)
            .filter_map(|value| match value.effect {
                Effect::Loosening(reason) => Some(value.loosening(reason)),
                _ => None,
            })
            .collect()
    }

    /// The hash of what there is to approve: the keys with their values, where their paths lead, and
    /// the content of the project's files that they name. `None` if nothing loosens.
    #[must_use]
    pub fn hash(&self) -> Option<ContentHash> {
        let listing: Vec<_> = self
            .values
            .iter()
            .filter(|value| !value.overridden && matches!(value.effect, Effect::Loosening(_)))
            .map(|value| json!([value.key.name, value.content]))
            .collect();
        (!listing.is_empty()).then(|| ContentHash::of(&listing.into()))
    }

    /// Whether all that loosens is approved.
    pub(super) fn check(&self, approvals: &Approvals) -> Result<(), NotTrusted> {
        match self.hash() {
            Some(content) if !approvals.hold(&content) => Err(NotTrusted {
                loosenings: self.pending(),
                content,
            }),
            _ => Ok(()),
        }
    }

    /// Fails for what no project may decide.
    pub(super) fn refuse(&self) -> Result<(), SettingsError> {
        for value in &self.values {
            if let Effect::Refused(reason) = value.effect
                && !value.overridden
            {
                return Err(SettingsError::Refused {
                    loosening: Box::new(value.loosening(reason)),
                    global_file: value.user_file.clone(),
                    variable: value.key.variable,
                    at: None,
                });
            }
        }
        Ok(())
    }
}

impl Assessed {
    fn loosening(&self, reason: &'static str) -> Loosening {
        Loosening {
            key: self.key.name,
            file: self.file.clone(),
            found: self.found.clone(),
            reason,
        }
    }
}

/// What is approved of if a value is. A link that is turned elsewhere, or a file of the project that
/// is changed, makes it something else.
pub(super) fn content(key: &Key, change: &Change) -> serde_json::Value {
    let files: Vec<_> = named_files(key.name, change.with)
        .into_iter()
        .map(|path| {
            let leads_to = protected::canonical(&path);
            let content = leads_to
                .starts_with(&change.project.root)
                .then(|| super::files::hash_of_regular_file(&leads_to));
            json!([path, leads_to, content])
        })
        .collect();
    // For a name, also whether a Dockerfile of the project's gets it makes a difference.
    let dockerfile = matches!(key.name, "custom_base_image")
        .then_some(change.all.custom_base_dockerfile.as_ref());
    json!([key.value(change.with), files, dockerfile])
}

/// A value that is not simply followed: the elements of a list or a table, but only the names in a table
/// of secrets.
pub(super) fn in_words(contribution: &Contribution, with: &Settings) -> String {
    let key = contribution.key;
    let names: Vec<String> = match (&contribution.value, key.value(with)) {
        (Value::Dict(..), serde_json::Value::Object(entries)) if !key.sensitive => entries
            .iter()
            .map(|(name, value)| {
                let value = value.as_str().unwrap_or_default();
                read::quoted(&format!("{name} = {value}"))
            })
            .collect(),
        (Value::Dict(_, dict), _) => dict.keys().map(|name| read::quoted(name)).collect(),
        (_, serde_json::Value::Array(elements)) => elements
            .iter()
            .filter_map(|element| Some(read::quoted(element.as_str()?)))
            .collect(),
        _ if key.sensitive => vec![read::kind_of(&contribution.value).to_owned()],
        _ => vec![read::describe(&contribution.value)],
    };
    names.join(", ")
}
