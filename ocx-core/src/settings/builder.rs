//! Settings made by a program.

use std::fmt;

use super::{Approvals, Layers, Loaded, Origin, Settings, SettingsError};
use crate::{host::Host, project::Project};

/// Makes [`Settings`] in code, with the same checks as for files.
#[derive(Clone)]
#[must_use = "settings are made by `build`"]
pub struct SettingsBuilder {
    host: Host,
    project: Project,
    sources: Sources,
    /// Keys with their values.
    values: Vec<(String, String)>,
    approvals: Approvals,
}

/// Without the values, which may be secrets.
impl fmt::Debug for SettingsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.values.iter().map(|(key, _)| key);
        f.debug_struct("SettingsBuilder")
            .field("sources", &self.sources)
            .field("keys", &keys.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// What is read besides the values of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sources {
    /// Files and variables.
    All,
    /// Nothing.
    Defaults,
}

impl Settings {
    /// The settings of the user and the project: files and `OCX_*` variables.
    ///
    /// # Examples
    ///
    /// ```
    /// # use ocx_core::Settings;
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
    /// std::fs::write(home.join("app/ocx.toml"), "container_name = \"mine\"")?;
    /// # let project = ocx_core::Project::discover(&host, None)?;
    /// let settings = Settings::of_files(&host, &project).with("memory", "2g")?.build()?;
    ///
    /// assert_eq!(settings.container_name.as_deref(), Some("mine"));
    /// assert_eq!(settings.memory, Some("2g".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_files(host: &Host, project: &Project) -> SettingsBuilder {
        SettingsBuilder::new(host, project, Sources::All)
    }

    /// ocx's defaults, whatever the user or the project have set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use ocx_core::{Settings, settings::NetworkMode, spec::Network};
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
    /// let settings = Settings::builder(&host, &project)
    ///     .with("network", "none")?
    ///     .with("env", "{ CI = \"1\" }")?
    ///     .with("forbidden_paths", "[\".env\"]")?
    ///     .build()?;
    ///
    /// assert_eq!(settings.network, NetworkMode::Engine(Network::None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(host: &Host, project: &Project) -> SettingsBuilder {
        SettingsBuilder::new(host, project, Sources::Defaults)
    }
}

impl SettingsBuilder {
    fn new(host: &Host, project: &Project, sources: Sources) -> Self {
        Self {
            host: host.clone(),
            project: project.clone(),
            sources,
            values: Vec::new(),
            approvals: Approvals::none(),
        }
    }

    /// Lets what the project's file loosens take effect, as far as it is approved.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use ocx_core::{Host, Project, Settings, trust::{Look, Offer, Trust}, settings::Layers};
    /// # fn example(host: &Host, project: &Project) -> Result<(), Box<dyn std::error::Error>> {
    /// let trust = Trust::open(host, project)?;
    /// let offer = Offer::of(host, project, &Layers::read(host, project)?, &trust, Look::AtSettings)?;
    /// let settings = Settings::of_files(host, project)
    ///     .approving(trust.approvals(&offer.inventory))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn approving(mut self, approvals: Approvals) -> Self {
        self.approvals = approvals;
        self
    }

    /// Sets `key`, over what is set elsewhere. `value` is written as for `--set` and `OCX_*` variables:
    /// a text as it is, a list or table as in TOML or JSON. Relative paths begin at the host's current
    /// directory.
    ///
    /// # Errors
    ///
    /// If there is no such key, or the value does not fit it.
    pub fn with(mut self, key: &str, value: &str) -> Result<Self, SettingsError> {
        let mut tried = Layers::defaults(&self.host, &self.project)?;
        tried.add_text(key, value, Origin::Program)?;
        self.values.push((key.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// The settings.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or holds something wrong, see [`Layers::read`], or if the project asks
    /// for what is not approved, see [`Layers::resolve`].
    pub fn build(&self) -> Result<Settings, SettingsError> {
        self.load().map(|loaded| loaded.settings)
    }

    /// The settings, where each of them comes from, and what the user should know.
    ///
    /// # Errors
    ///
    /// As for [`build`](Self::build).
    ///
    /// # Examples
    ///
    /// ```
    /// # use ocx_core::{Settings, settings::Origin};
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
    /// let loaded = Settings::builder(&host, &project).with("memory", "2g")?.load()?;
    ///
    /// assert_eq!(loaded.origins.of("memory"), &Origin::Program);
    /// // Nobody has set this one.
    /// assert_eq!(loaded.origins.of("network"), &Origin::Default);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load(&self) -> Result<Loaded, SettingsError> {
        let mut layers = match self.sources {
            Sources::All => Layers::read(&self.host, &self.project)?,
            Sources::Defaults => Layers::defaults(&self.host, &self.project)?,
        };
        for (key, value) in &self.values {
            layers.add_text(key, value, Origin::Program)?;
        }
        layers.resolve(&self.approvals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{project::sandbox::Sandbox, settings::VersionRequest};

    #[test]
    fn values_of_a_program_win_over_files_and_are_checked() {
        let sandbox = Sandbox::new();
        sandbox.write("home/.config/ocx/ocx.toml", "memory = \"1g\"\ncpus = 2\n");
        let project = sandbox.project();
        let files = Settings::of_files(&sandbox.host, &project);
        let settings = files.clone().with("memory", "2g").unwrap().build().unwrap();
        assert_eq!(settings.memory.unwrap().to_string(), "2g");
        assert_eq!(settings.cpus, Some(2.0));
        let bare = Settings::builder(&sandbox.host, &project).build().unwrap();
        assert_eq!((bare.memory, bare.cpus), (None, None));
        assert_eq!(bare.opencode_version, VersionRequest::Latest);
        for (key, value) in [("memory", "much"), ("memmory", "2g"), ("network", "a/b")] {
            let error = files.clone().with(key, value).unwrap_err().to_string();
            assert!(error.contains("from the program"), "{error}");
        }
        let loaded = files.with("memory", "2g").unwrap().load().unwrap();
        assert_eq!(loaded.origins.of("memory"), &Origin::Program);
    }
}
