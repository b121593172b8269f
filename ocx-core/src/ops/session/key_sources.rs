//! Where the keys of a session's model providers are on the host.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Configured, KeySources, OutsideKeys, Way};
use crate::{
    bridge::Doorway,
    credentials::{ProviderLogins, Reach},
    opencode_config::{Named, References, file_references},
    ops::{BuildError, Ocx, SessionError},
    session::{plan::model_keys_of, read_env_file},
    settings::{KeysPlace, NetworkMode},
    spec::Network,
    state::ProjectStore,
};

/// What a placeholder begins with, so that whoever meets one knows it.
const PLACEHOLDER: &str = "ocx-outside-";

impl Ocx {
    /// The keys that stay outside of a session; none if they are to be inside.
    pub(in crate::ops) fn outside_keys(
        &self,
        reach: &Reach,
        store: &ProjectStore,
    ) -> Result<OutsideKeys, SessionError> {
        if self.settings.keys_place() == KeysPlace::Inside {
            return Ok(OutsideKeys::default());
        }
        let way = match self.settings.network {
            // Its loopback is that of everybody on the host.
            NetworkMode::Engine(Network::Host) => return Err(SessionError::KeysNeedNetwork),
            NetworkMode::Engine(Network::None) => Way::Nowhere,
            NetworkMode::Engine(Network::Default | Network::Named(_))
            | NetworkMode::Filtered
            | NetworkMode::Ask => Way::Bridge,
        };
        let mut random = [0; 16];
        // What is only shown is the same each time.
        let filled = if self.is_dry_run() {
            Ok(())
        } else {
            getrandom::fill(&mut random)
        };
        filled.map_err(|source| BuildError::NoRandomness {
            source: std::io::Error::other(source),
        })?;
        let mut count = 0_usize;
        let placeholder = || {
            count += 1;
            format!("{PLACEHOLDER}{}-{count}", hex::encode(random))
        };
        let sources = self.key_sources(reach, store);
        let mut keys = OutsideKeys::plan(&sources, reach, way, placeholder);
        let port = Doorway::to_proxy(&self.settings.host_ports).port;
        let providers = keys.providers.into_iter();
        keys.providers = providers.map(|provider| provider.at_port(port)).collect();
        Ok(keys)
    }

    fn key_sources(&self, reach: &Reach, store: &ProjectStore) -> KeySources {
        let logins = ProviderLogins::of(&self.host.opencode_data());
        // What a session has logged in to counts where the host has nothing.
        let of_sessions = ProviderLogins::of(&store.credentials()).refreshable;
        let of_sessions = of_sessions
            .into_iter()
            .filter(|name| !logins.keys.contains_key(name));
        let refreshable: BTreeSet<String> = of_sessions
            .chain(logins.refreshable.iter().cloned())
            .collect();
        let variables = model_keys_of(&self.host)
            .filter(|(variable, _, providers)| reach.has_key(variable, providers))
            .map(|(_, value, providers)| {
                let providers = providers.iter().map(|&name| name.to_owned());
                (value.to_owned(), providers.collect())
            });
        KeySources {
            configured: self.configured_keys(),
            variables: variables.collect(),
            refreshable,
            logins,
        }
    }

    /// What the user's configuration says of providers; a project's says nothing about keys.
    fn configured_keys(&self) -> BTreeMap<String, Configured> {
        let directory = self.opencode_config();
        let named = Named::read(&directory);
        let variable = |name: &str| self.variable_of_config(name);
        let references = References {
            variable: &variable,
            directory: &directory,
            home: &self.host.home,
        };
        let mut configured: BTreeMap<String, Configured> = BTreeMap::new();
        for (name, text) in &named.api_keys {
            let of = configured.entry(name.clone()).or_default();
            of.key = Some(references.resolve(text.as_written()));
            of.files = file_references(text.as_written())
                .map(str::to_owned)
                .collect();
        }
        for (name, text) in &named.base_urls {
            let of = configured.entry(name.clone()).or_default();
            of.base_url = Some(references.resolve(text));
        }
        configured
    }

    /// What `{env:NAME}` stands for in the user's configuration.
    pub(in crate::ops) fn variable_of_config(&self, name: &str) -> Option<String> {
        let set = self.variable_that_is_set(name);
        set.or_else(|| self.host.variable(name).map(str::to_owned))
    }

    /// The value of a variable that the settings give to a session, but for those that each session has.
    pub(in crate::ops) fn variable_that_is_set(&self, name: &str) -> Option<String> {
        let settings = &self.settings;
        let in_env = settings
            .env
            .iter()
            .find(|(known, _)| known.as_str() == name);
        let in_file = || {
            // One that cannot be read is told where its variables are taken over.
            let files = settings
                .env_file
                .iter()
                .rev()
                .map(|path| read_env_file(path));
            let mut variables = files.flat_map(Result::unwrap_or_default);
            let (_, value) = variables.find(|(known, _)| known.as_str() == name)?;
            Some(value.expose().to_owned())
        };
        let passed = || {
            let names = &settings.env_passthrough;
            let is_passed = names.iter().any(|known| known.as_str() == name);
            is_passed.then(|| self.host.variable(name)).flatten()
        };
        in_env
            .map(|(_, value)| value.clone())
            .or_else(in_file)
            .or_else(|| passed().map(str::to_owned))
    }
}
