//! Putting layers on top of each other, with figment.
//!
//! Each value is a figment provider of its own, so that figment's metadata knows the origin of
//! every single one. It stands there in a list of one: figment would merge the entries of two maps,
//! while a list replaces the lower one as a whole, or is appended to it for keys that unite.

use std::fmt;

use figment::{
    Figment, Metadata, Profile, Provider, Source,
    value::{Dict, Map, Tag, Value},
};

use super::{
    KEYS, Key, Kind, Merge, Origin, Origins, Settings, SettingsError, UnknownForm,
    read::ReadContext,
};

/// One value of one layer.
#[derive(Clone)]
pub(super) struct Contribution {
    pub(super) key: &'static Key,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Without the value, which may be a secret.
impl fmt::Debug for Contribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contribution")
            .field("key", &self.key.name)
            .field("value", &format_args!("…"))
            .field("origin", &self.origin)
            .finish()
    }
}

impl Contribution {
    /// Puts the value into `settings`.
    pub(super) fn apply(
        &self,
        settings: &mut Settings,
        place: &ReadContext,
    ) -> Result<(), SettingsError> {
        apply(self.key, &self.value, &self.origin, settings, place)
    }
}

fn apply(
    key: &Key,
    value: &Value,
    origin: &Origin,
    settings: &mut Settings,
    place: &ReadContext,
) -> Result<(), SettingsError> {
    // What has been unset replaces lower layers by nothing.
    if matches!(value, Value::Empty(..)) {
        return Ok(());
    }
    (key.read)(settings, value, place).map_err(|mismatch| SettingsError::Value {
        origin: origin.clone(),
        key: key.name,
        found: mismatch.found,
        expected: mismatch.expected,
        at: None,
    })
}

/// The values that a file sets, in the order of the table.
pub(super) fn from_file(dict: &Dict, origin: &Origin) -> Result<Vec<Contribution>, SettingsError> {
    for (name, value) in dict {
        // For editors; it says nothing about the settings.
        if name != "$schema" && Key::find(name).is_none() {
            let form = match value {
                Value::Dict(..) => UnknownForm::Table,
                _ => UnknownForm::Value,
            };
            return Err(unknown_key(name, form, origin.clone()));
        }
    }
    Ok(KEYS
        .iter()
        .filter_map(|key| {
            let value = dict.get(key.name)?;
            // JSON's `null` is "not set".
            (!matches!(value, Value::Empty(..))).then(|| Contribution {
                key,
                value: value.clone(),
                origin: origin.clone(),
            })
        })
        .collect())
}

pub(super) fn unknown_key(name: &str, form: UnknownForm, origin: Origin) -> SettingsError {
    SettingsError::UnknownKey {
        origin,
        key: name.to_owned(),
        form,
        suggestion: match form {
            UnknownForm::Value => Key::nearest(name),
            UnknownForm::Table => {
                let tables = KEYS.iter().filter(|key| key.kind == Kind::TextMap);
                nearest(name, tables.map(|key| key.name))
            }
        },
        at: None,
    }
}

/// The one of `names` that `name` is probably meant to be.
pub(super) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let wanted = plain(name);
    names
        .into_iter()
        .map(|candidate| (similarity(&wanted, &plain(candidate)), candidate))
        .filter(|(similarity, _)| *similarity > 0.85)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1. What only begins alike is not similar: `base` is no slip in `base_pull`.
fn similarity(left: &str, right: &str) -> f64 {
    // Of short words one slip makes much of the whole.
    let is_slip = left.len() > 2 && strsim::osa_distance(left, right) == 1;
    let jaro = strsim::jaro(left, right);
    if is_slip { jaro.max(0.9) } else { jaro }
}

/// Values on top of each other.
#[derive(Debug, Default)]
pub(super) struct Stack {
    figment: Figment,
    /// Of each contribution; figment's metadata holds the index.
    origins: Vec<Origin>,
}

/// A contribution with its index, as figment takes it.
struct Numbered<'a> {
    contribution: &'a Contribution,
    index: usize,
}

impl Provider for Numbered<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::from(
            self.contribution.origin.to_string(),
            Source::Custom(self.index.to_string()),
        )
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let layers = Value::Array(Tag::Default, vec![self.contribution.value.clone()]);
        let mut dict = Dict::new();
        dict.insert(self.contribution.key.name.to_owned(), layers);
        Ok(Profile::Default.collect(dict))
    }
}

impl Stack {
    /// Puts a value on top.
    pub(super) fn add(&mut self, contribution: &Contribution) {
        let numbered = Numbered {
            contribution,
            index: self.origins.len(),
        };
        self.origins.push(contribution.origin.clone());
        let figment = std::mem::take(&mut self.figment);
        self.figment = match contribution.key.merge {
            Merge::Replace => figment.merge(numbered),
            Merge::Unite => figment.admerge(numbered),
        };
    }

    /// The values that count for each key, from the lowest layer to the highest.
    fn effective(&self) -> Vec<(&'static Key, Vec<(Value, &Origin)>)> {
        // Were a value lost here, a user's protection would be lost with it, so nothing is skipped.
        let mut data = self.figment.data().expect("no provider fails");
        let mut dict = data.remove(&Profile::Default).unwrap_or_default();
        KEYS.iter()
            .filter_map(|key| {
                let values = dict
                    .remove(key.name)?
                    .into_array()
                    .expect("each value is wrapped in a list");
                let with_origin = |value: Value| {
                    let origin = self.origin(value.tag()).expect("each value has metadata");
                    (value, origin)
                };
                Some((key, values.into_iter().map(with_origin).collect()))
            })
            .collect()
    }

    fn origin(&self, tag: Tag) -> Option<&Origin> {
        match self.figment.get_metadata(tag)?.source.as_ref()? {
            Source::Custom(index) => self.origins.get(index.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// All values as settings. `place` says what a value of an origin is read relative to.
    pub(super) fn settle<'a>(
        &self,
        place: impl Fn(&Origin) -> ReadContext<'a>,
    ) -> Result<(Settings, Origins), SettingsError> {
        let mut settings = Settings::unset();
        let mut origins = Origins::default();
        for (key, values) in self.effective() {
            for (value, origin) in values {
                let length = |settings: &Settings| match key.merge {
                    Merge::Replace => 0,
                    Merge::Unite => key.value(settings).as_array().map_or(0, Vec::len),
                };
                let before = length(&settings);
                apply(key, &value, origin, &mut settings, &place(origin))?;
                let added = match key.merge {
                    Merge::Replace => 1,
                    Merge::Unite => length(&settings) - before,
                };
                origins
                    .by_key
                    .entry(key.name)
                    .or_default()
                    .extend(std::iter::repeat_n(origin.clone(), added));
            }
        }
        Ok((settings, origins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_known_and_beginnings_are_none() {
        for (name, near) in [
            ("memroy", Some("memory")),
            ("evn", Some("env")),
            ("envs", Some("env")),
            ("Base-Pull", Some("base_pull")),
            ("forbidden", Some("forbidden_paths")),
            ("base", None),
            ("custom", None),
            ("x", None),
        ] {
            assert_eq!(Key::nearest(name), near, "{name}");
        }
        let unknown = |name| match unknown_key(name, UnknownForm::Table, Origin::Default) {
            SettingsError::UnknownKey { suggestion, .. } => suggestion,
            other => panic!("{other}"),
        };
        assert_eq!(unknown("evn"), Some("env"));
        assert_eq!(unknown("memroy"), None);
    }

    #[test]
    fn debug_output_names_the_key_and_leaves_the_value_out() {
        let contribution = Contribution {
            key: Key::find("env").unwrap(),
            value: Value::from("hunter2"),
            origin: Origin::Default,
        };
        let shown = format!("{contribution:?}");
        assert!(
            shown.contains("env") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
