//! Loading settings.

use camino::{Utf8Path, Utf8PathBuf};
use figment::value::Value;

use super::{
    Change, ConfigFile, DEFAULTS, Effect, FileLayer, KEYS, Key, Origin, Origins, Override,
    Settings, SettingsError, SettingsWarning, files, forbidden,
    layers::{self, Contribution, Layers},
    read::{self, ReadContext},
    variables, warning,
};
use crate::{
    host::Host,
    project::{Project, find_config_file},
};

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

/// Loads the settings for `project`: defaults, global file, the project's file, the variables in
/// `host`, and then `overrides` in their order.
///
/// # Errors
///
/// If a file cannot be read, a key is unknown, a value does not fit its key, or the project's file
/// loosens the isolation. With several problems, the one in the lowest layer is told, and within a
/// layer the first in the order of the table.
pub fn load(
    host: &Host,
    project: &Project,
    overrides: &[Override],
) -> Result<Loaded, SettingsError> {
    load_from(Sources::All, host, project, overrides)
}

/// What is read besides the overrides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sources {
    /// Files and variables.
    All,
    /// Nothing.
    Defaults,
}

/// Whether a value fits its key.
pub(super) fn check(host: &Host, project: &Project, value: &Override) -> Result<(), SettingsError> {
    let loader = Loader { host, project };
    loader.check(&loader.of_override(value)?)
}

/// See [`load`].
pub(super) fn load_from(
    sources: Sources,
    host: &Host,
    project: &Project,
    overrides: &[Override],
) -> Result<Loaded, SettingsError> {
    let loader = Loader { host, project };
    let mut layers = Layers::default();
    let mut files = Vec::new();
    let mut warnings: Vec<SettingsWarning> = Vec::new();

    let defaults = files::parse_toml("default.toml".into(), DEFAULTS)?;
    for contribution in layers::from_file(&defaults, &Origin::Default)? {
        loader.check(&contribution)?;
        layers.add(&contribution);
    }
    let global_file = match sources {
        Sources::All => find_config_file(&host.dirs.config)?,
        Sources::Defaults => None,
    };
    if let Some(path) = global_file {
        let origin = Origin::GlobalFile(path.clone());
        for contribution in layers::from_file(&files::read_file(&path)?, &origin)? {
            loader.check(&contribution)?;
            layers.add(&contribution);
        }
        files.push(ConfigFile {
            layer: FileLayer::Global,
            path,
        });
    }

    let (below, _) = layers.resolve(|origin| loader.place(origin))?;
    let project_files: &[Utf8PathBuf] = match sources {
        Sources::All => &project.config_files,
        Sources::Defaults => &[],
    };
    for path in project_files {
        let origin = Origin::ProjectFile(path.clone());
        for contribution in layers::from_file(&files::read_file(path)?, &origin)? {
            loader.check(&contribution)?;
            loader.refuse_loosening(&below, &contribution, path)?;
            warnings.extend(loader.outside(&contribution));
            layers.add(&contribution);
        }
        files.push(ConfigFile {
            layer: FileLayer::Project,
            path: path.clone(),
        });
    }

    let variables = match sources {
        Sources::All => variables::from_environment(host).collect(),
        Sources::Defaults => Vec::new(),
    };
    for contribution in loader.variables_and_flags(variables, overrides) {
        let contribution = contribution?;
        loader.check(&contribution)?;
        warnings.extend(loader.outside(&contribution));
        layers.add(&contribution);
    }
    warnings.extend(variables::unknown(host));

    let (settings, origins) = layers.resolve(|origin| loader.place(origin))?;
    warnings.extend(warning::without_effect(&settings, &origins));
    Ok(Loaded {
        settings,
        origins,
        files,
        warnings,
    })
}

/// What loading needs to know throughout.
#[derive(Clone, Copy)]
struct Loader<'a> {
    host: &'a Host,
    project: &'a Project,
}

impl<'a> Loader<'a> {
    fn place(self, origin: &Origin) -> ReadContext<'a> {
        let directory: &Utf8Path = match origin {
            Origin::GlobalFile(_) => &self.host.dirs.config,
            Origin::ProjectFile(_) => &self.project.root,
            Origin::Default | Origin::Variable(_) | Origin::Flag(_) => &self.host.current_dir,
        };
        ReadContext {
            directory,
            host: self.host,
            project: self.project,
        }
    }

    /// Also a value that a higher layer replaces must fit, so that an error does not come and go
    /// with the other layers.
    fn check(self, contribution: &Contribution) -> Result<(), SettingsError> {
        contribution.apply(&mut Settings::unset(), &self.place(&contribution.origin))
    }

    fn refuse_loosening(
        self,
        below: &Settings,
        contribution: &Contribution,
        path: &Utf8Path,
    ) -> Result<(), SettingsError> {
        let key = contribution.key;
        let mut with = below.clone();
        contribution.apply(&mut with, &self.place(&contribution.origin))?;
        let change = Change {
            below,
            with: &with,
            host: self.host,
            project: self.project,
        };
        match key.effect(&change) {
            Effect::Harmless | Effect::Tightening => Ok(()),
            Effect::Loosening(reason) => Err(SettingsError::Loosening {
                path: path.to_owned(),
                key: key.name,
                found: in_words(contribution, &with),
                reason,
                global_file: self.global_file(),
                variable: key.variable,
            }),
        }
    }

    /// The user's file, or where it would be.
    fn global_file(self) -> Utf8PathBuf {
        find_config_file(&self.host.dirs.config)
            .ok()
            .flatten()
            .unwrap_or_else(|| self.host.dirs.config.join("ocx.toml"))
    }

    /// Forbidden paths that cannot be followed here. The global file is for all projects, so paths
    /// of other projects may well stand in it.
    fn outside(self, contribution: &Contribution) -> Vec<SettingsWarning> {
        if contribution.key.name != "forbidden_paths" {
            return Vec::new();
        }
        read::forbidden_elements(&contribution.value)
            .into_iter()
            .flatten()
            .filter(|text| {
                forbidden::place(text, self.host, &self.project.root) == forbidden::Placed::Outside
            })
            .map(|text| SettingsWarning::ForbiddenPathOutside {
                path: text.to_owned(),
                origin: contribution.origin.clone(),
            })
            .collect()
    }

    /// Variables in the order of the table, then flags in theirs.
    fn variables_and_flags(
        self,
        variables: Vec<(&'static Key, Value)>,
        overrides: &'a [Override],
    ) -> impl Iterator<Item = Result<Contribution, SettingsError>> + 'a {
        let variables = variables.into_iter().map(|(key, value)| {
            Ok(Contribution {
                key,
                value,
                origin: Origin::Variable(key.variable.to_owned()),
            })
        });
        let flags = overrides.iter().map(move |given| self.of_override(given));
        variables.chain(flags)
    }

    fn of_override(self, given: &Override) -> Result<Contribution, SettingsError> {
        let origin = Origin::Flag(given.flag.clone());
        let key =
            Key::find(&given.key).ok_or_else(|| layers::unknown_key(&given.key, origin.clone()))?;
        Ok(Contribution {
            key,
            value: variables::from_text(&given.value, key.kind),
            origin,
        })
    }
}

/// A value that is refused: the elements of a list, but only the names in a table of secrets.
fn in_words(contribution: &Contribution, with: &Settings) -> String {
    let key = contribution.key;
    let names: Vec<String> = match (&contribution.value, key.value(with)) {
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

#[cfg(test)]
mod tests;
