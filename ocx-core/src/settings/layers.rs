//! The layers of settings: read, assessed, and put on top of each other.

mod following;
mod of_text;
mod texts;

use camino::Utf8Path;

use super::{
    Approvals, Assessed, Assessment, Change, ConfigFile, DEFAULTS, Effect, FileLayer, Key, Loaded,
    Origin, Override, Settings, SettingsError, SettingsWarning, UnknownForm, assess, consistency,
    files, forbidden, host_limits,
    keys::Merge,
    network_mode,
    read::ReadContext,
    stack::{self, Contribution, Stack},
    variables, warning,
};
use crate::{
    host::Host,
    project::{Project, find_config_file},
};
use following::Devcontainer;
use texts::Texts;

/// Everything that somebody has set, before it takes effect: the defaults, the user's file, the
/// project's file, variables, and then what is added by [`with`](Self::with). Each value is known to
/// fit its key.
///
/// [`assess`](Self::assess) tells what the project's values would do to the isolation, and
/// [`resolve`](Self::resolve) makes settings of the layers, in which a value that loosens has an
/// effect only if it is approved.
///
/// # Examples
///
/// ```
/// # use ocx_core::settings::{Approvals, Layers, Override, SettingsError};
/// # let directory = tempfile::tempdir()?;
/// # let home = camino::Utf8Path::from_path(directory.path()).unwrap().canonicalize_utf8()?;
/// # std::fs::create_dir_all(home.join("app/src"))?;
/// # let user = ocx_core::host::HostUser {
/// #     name: "jane".to_owned(),
/// #     group: "jane".to_owned(),
/// #     uid: std::os::unix::fs::MetadataExt::uid(&home.metadata()?),
/// #     gid: 1000,
/// #     groups: Vec::new(),
/// # };
/// # let host = ocx_core::Host::new(user, home.clone(), home.join("app"));
/// # let project = ocx_core::Project::discover(&host, None)?;
/// std::fs::write(home.join("app/ocx.toml"), "network = \"host\"")?;
/// # let project = ocx_core::Project::discover(&host, None)?;
/// let layers = Layers::read(&host, &project)?;
///
/// // A project does not loosen its own sandbox.
/// let asked = layers.assess()?.pending();
/// assert_eq!(asked[0].key, "network");
/// let refused = layers.resolve(&Approvals::none());
/// assert!(matches!(refused, Err(SettingsError::NotTrusted(_))));
///
/// // What the user says replaces it.
/// let flag = Override {
///     key: "network".to_owned(),
///     value: "none".to_owned(),
///     flag: "--network".to_owned(),
/// };
/// let loaded = layers.with(&flag)?.resolve(&Approvals::none())?;
/// assert_eq!(loaded.origins.of("network").to_string(), "--network");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Layers {
    host: Host,
    project: Project,
    contributions: Vec<Contribution>,
    files: Vec<ConfigFile>,
    warnings: Vec<SettingsWarning>,
    devcontainer: Devcontainer,
    texts: Texts,
}

/// Loads the settings for `project`, of which nothing is approved: [`Layers::read`],
/// [`Layers::with`] for each of `overrides`, and [`Layers::resolve`].
///
/// # Errors
///
/// As for these.
///
/// # Examples
///
/// ```
/// # use ocx_core::settings::load;
/// # let directory = tempfile::tempdir()?;
/// # let home = camino::Utf8Path::from_path(directory.path()).unwrap().canonicalize_utf8()?;
/// # std::fs::create_dir_all(home.join("app/src"))?;
/// # let user = ocx_core::host::HostUser {
/// #     name: "jane".to_owned(),
/// #     group: "jane".to_owned(),
/// #     uid: std::os::unix::fs::MetadataExt::uid(&home.metadata()?),
/// #     gid: 1000,
/// #     groups: Vec::new(),
/// # };
/// # let host = ocx_core::Host::new(user, home.clone(), home.join("app"));
/// # let project = ocx_core::Project::discover(&host, None)?;
/// let loaded = load(&host, &project, &[])?;
/// for entry in loaded.entries() {
///     println!("{} = {} ({:?})", entry.key.name, entry.value, entry.origins);
/// }
/// # assert!(loaded.warnings.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load(
    host: &Host,
    project: &Project,
    overrides: &[Override],
) -> Result<Loaded, SettingsError> {
    let mut layers = Layers::read(host, project)?;
    for given in overrides {
        layers = layers.with(given)?;
    }
    layers.resolve(&Approvals::none())
}

impl Layers {
    /// The layers of the user and the project: the defaults, files, and the variables in `host`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, a key is unknown, or a value does not fit its key. With several
    /// problems, the one in the lowest layer is told, and within a layer the first in the order of
    /// the table.
    pub fn read(host: &Host, project: &Project) -> Result<Self, SettingsError> {
        let mut layers = Self::defaults(host, project)?;
        if let Some(path) = find_config_file(&host.dirs.config)? {
            files::refuse_what_others_may_write(&path, host)?;
            layers.add_file(FileLayer::Global, path)?;
        }
        for path in &project.config_files {
            layers.add_file(FileLayer::Project, path.clone())?;
        }
        for (key, value) in variables::from_environment(host) {
            layers.add(Contribution {
                key,
                value,
                origin: Origin::Variable(key.variable.to_owned()),
            })?;
        }
        layers.warnings.extend(variables::unknown(host));
        Ok(layers)
    }

    /// ocx's defaults, whatever the user or the project have set.
    ///
    /// # Errors
    ///
    /// None but what would be a mistake in the defaults.
    pub fn defaults(host: &Host, project: &Project) -> Result<Self, SettingsError> {
        let mut layers = Self {
            host: host.clone(),
            project: project.clone(),
            contributions: Vec::new(),
            files: Vec::new(),
            warnings: Vec::new(),
            devcontainer: Devcontainer::default(),
            texts: Texts::default(),
        };
        let defaults = files::parse_toml("default.toml".into(), DEFAULTS)?;
        for contribution in stack::from_file(&defaults, &Origin::Default)? {
            layers.add(contribution)?;
        }
        for contribution in host_limits::defaults(host) {
            layers.add(contribution)?;
        }
        Ok(layers)
    }

    /// The same with a value on top, such as a flag's.
    ///
    /// # Errors
    ///
    /// If there is no such key, or the value does not fit it.
    pub fn with(mut self, given: &Override) -> Result<Self, SettingsError> {
        let origin = Origin::Flag(given.flag.clone());
        self.add_text(&given.key, &given.value, origin)?;
        Ok(self)
    }

    /// Puts a value on top that is written as for flags and variables.
    pub(super) fn add_text(
        &mut self,
        key: &str,
        value: &str,
        origin: Origin,
    ) -> Result<(), SettingsError> {
        let key = Key::find(key)
            .ok_or_else(|| stack::unknown_key(key, UnknownForm::Value, origin.clone()))?;
        self.add(Contribution {
            key,
            value: variables::from_text(value, key.kind),
            origin,
        })
    }

    /// The files that were read, the global one first.
    #[must_use]
    pub fn files(&self) -> &[ConfigFile] {
        &self.files
    }

    /// What each value of the project's would do to the isolation that the user has given.
    ///
    /// # Errors
    ///
    /// None: what does not fit was told before.
    pub fn assess(&self) -> Result<Assessment, SettingsError> {
        let (below, origins) =
            self.settle(|contribution| !is_project(contribution) && !is_above(contribution))?;
        let (all, _) = self.settle(|_| true)?;
        let project_keys: Vec<&'static str> = (0..self.contributions.len())
            .filter(|position| !self.is_overridden(*position))
            .map(|position| &self.contributions[position])
            .chain(self.followed_values()?)
            .filter(|contribution| is_project(contribution))
            .map(|contribution| contribution.key.name)
            .collect();
        let mut values = Vec::new();
        let followed = self.followed_values()?;
        for (position, contribution) in self.contributions.iter().chain(followed).enumerate() {
            let Origin::ProjectFile(file) = &contribution.origin else {
                continue;
            };
            let mut with = below.clone();
            contribution.apply(&mut with, &self.place(&contribution.origin))?;
            let change = Change {
                below: &below,
                origins: &origins,
                with: &with,
                all: &all,
                project_keys: &project_keys,
                host: &self.host,
                project: &self.project,
            };
            let effect = contribution.key.effect(&change);
            values.push(Assessed {
                key: contribution.key,
                file: file.clone(),
                found: assess::in_words(contribution, &with),
                content: match effect {
                    Effect::Loosening(_) => assess::content(contribution.key, &change),
                    _ => serde_json::Value::Null,
                },
                effect,
                overridden: self.is_overridden(position),
                user_file: self.user_file(),
            });
        }
        Ok(Assessment { values })
    }

    /// The settings, in which what the project loosens must be approved.
    ///
    /// # Errors
    ///
    /// [`SettingsError::NotTrusted`] if something that loosens is not, and
    /// [`SettingsError::Refused`] if the project asks for what no project may decide.
    pub fn resolve(&self, approvals: &Approvals) -> Result<Loaded, SettingsError> {
        let assessment = self.assess()?;
        assessment
            .refuse()
            .map_err(|error| self.texts.locate(error))?;
        assessment.check(approvals)?;
        self.load_where(|_| true)
    }

    /// The settings without the values of the project that loosen and are not approved: for what
    /// starts no session.
    ///
    /// # Errors
    ///
    /// As for [`resolve`](Self::resolve), but never [`SettingsError::NotTrusted`].
    pub fn resolve_without_loosening(
        &self,
        approvals: &Approvals,
    ) -> Result<Loaded, SettingsError> {
        let assessment = self.assess()?;
        assessment
            .refuse()
            .map_err(|error| self.texts.locate(error))?;
        if assessment.check(approvals).is_ok() {
            return self.load_where(|_| true);
        }
        let left_out = assessment.pending();
        let mut loaded = self.load_where(|contribution| {
            !is_project(contribution)
                || left_out
                    .iter()
                    .all(|loosening| loosening.key != contribution.key.name)
        })?;
        for loosening in left_out {
            loaded
                .warnings
                .push(SettingsWarning::NotTrusted { loosening });
        }
        Ok(loaded)
    }

    fn load_where(&self, counts: impl Fn(&Contribution) -> bool) -> Result<Loaded, SettingsError> {
        let (mut settings, origins) = self.settle(counts)?;
        settings.devcontainer = self.followed()?;
        consistency::check(&settings, &origins).map_err(|error| self.texts.locate(error))?;
        let mut warnings = self.warnings.clone();
        warnings.extend(warning::without_effect(&settings, &origins));
        let there = self.host.processors;
        warnings.extend(warning::of_processors(&settings, &origins, there));
        Ok(Loaded {
            settings,
            origins,
            files: self.files.clone(),
            warnings,
        })
    }

    fn settle(
        &self,
        counts: impl Fn(&Contribution) -> bool,
    ) -> Result<(Settings, super::Origins), SettingsError> {
        let mut stack = Stack::default();
        let all = self.contributions.iter().chain(self.followed_values()?);
        for contribution in all.filter(|value| counts(value)) {
            stack.add(contribution);
        }
        stack.settle(|origin| self.place(origin))
    }

    /// Whether a higher layer replaces the value at this position.
    fn is_overridden(&self, position: usize) -> bool {
        let Some(key) = self.contributions.get(position).map(|value| value.key) else {
            // What is followed stands above all.
            return false;
        };
        key.merge == Merge::Replace
            && self.contributions[position + 1..]
                .iter()
                .any(|above| above.key.name == key.name)
    }

    /// Also a value that a higher layer replaces must fit, so that an error does not come and go
    /// with the other layers.
    fn add(&mut self, contribution: Contribution) -> Result<(), SettingsError> {
        let place = self.place(&contribution.origin);
        contribution
            .apply(&mut Settings::unset(), &place)
            .map_err(|error| self.texts.locate(error))?;
        let outside = forbidden::outside(&contribution, &self.host, &self.project.root);
        self.warnings.extend(outside);
        self.warnings
            .extend(network_mode::almost_a_mode(&contribution));
        self.read_devcontainer(&contribution);
        self.contributions.push(contribution);
        Ok(())
    }

    fn place(&self, origin: &Origin) -> ReadContext<'_> {
        let directory: &Utf8Path = match origin {
            Origin::GlobalFile(_) => &self.host.dirs.config,
            Origin::ProjectFile(_) => &self.project.root,
            Origin::Default | Origin::Variable(_) | Origin::Flag(_) | Origin::Program => {
                &self.host.current_dir
            }
        };
        ReadContext {
            directory,
            host: &self.host,
            project: &self.project,
        }
    }
}

fn is_project(contribution: &Contribution) -> bool {
    matches!(contribution.origin, Origin::ProjectFile(_))
}

fn is_above(contribution: &Contribution) -> bool {
    matches!(
        contribution.origin,
        Origin::Variable(_) | Origin::Flag(_) | Origin::Program
    )
}

#[cfg(test)]
mod tests;
