//! Whose keys and logins a session gets.

use camino::Utf8PathBuf;

use crate::{
    credentials::Reach,
    opencode_config::Named,
    ops::{Ocx, session::project_config::ProjectConfig},
};

impl Ocx {
    /// The host's directory of opencode's configuration.
    pub(in crate::ops) fn opencode_config(&self) -> Utf8PathBuf {
        let usual = || self.host.dirs.config.with_file_name("opencode");
        self.settings
            .opencode_config_dir
            .clone()
            .unwrap_or_else(usual)
    }

    /// Reads opencode's configuration for what it names. The project chooses no providers, since it
    /// could choose all of them; a login for a server goes to the very address that it was made for.
    pub(in crate::ops) fn reach(&self, project_config: &ProjectConfig) -> Reach {
        Reach::new(
            &self.settings.providers,
            &self.named_in_config(project_config),
        )
    }

    /// What opencode's configuration names, that of the project among it if that is followed.
    pub(in crate::ops) fn named_in_config(&self, project_config: &ProjectConfig) -> Named {
        let mut named = Named::read(&self.opencode_config());
        if *project_config == ProjectConfig::Followed {
            named.add_servers_of(&self.project.root);
        }
        named
    }
}
