//! Settings made by a program.

use super::{Approvals, Layers, Loaded, Override, Settings, SettingsError};
use crate::{host::Host, project::Project};

/// How the origin of a value is called that a program has set.
const PROGRAM: &str = "the program";

/// Makes [`Settings`] in code, with the same checks as for files.
#[derive(Clone, Debug)]
#[must_use = "settings are made by `build`"]
pub struct SettingsBuilder {
    host: Host,
    project: Project,
    sources: Sources,
    values: Vec<Override>,
    approvals: Approvals,
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
    pub fn of_files(host: &Host, project: &Project) -> SettingsBuilder {
        SettingsBuilder::new(host, project, Sources::All)
    }

    /// ocx's defaults, whatever the user or the project have set.
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
        let value = Override {
            key: key.to_owned(),
            value: value.to_owned(),
            flag: PROGRAM.to_owned(),
        };
        Layers::defaults(&self.host, &self.project)?.with(&value)?;
        self.values.push(value);
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
    pub fn load(&self) -> Result<Loaded, SettingsError> {
        let mut layers = match self.sources {
            Sources::All => Layers::read(&self.host, &self.project)?,
            Sources::Defaults => Layers::defaults(&self.host, &self.project)?,
        };
        for value in &self.values {
            layers = layers.with(value)?;
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
            assert!(files.clone().with(key, value).is_err(), "{key} = {value}");
        }
    }
}
