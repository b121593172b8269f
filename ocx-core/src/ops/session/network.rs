//! The network of a session.
//!
//! In an engine's own network the sessions of all projects may reach each other's ports. So the user's
//! sessions get one of their own, in which they do not. It is made once for each engine, and made anew
//! when it has vanished.

use std::fs;

use camino::Utf8PathBuf;

use crate::ops::Ocx;
use crate::{
    disk,
    image::label,
    runtime::{EnsuredNetwork, RuntimeError},
    spec::{Network, NetworkSpec, RunSpec},
};

impl Ocx {
    /// The network of a session: what the settings say; without that, one in which no other container
    /// reaches it.
    pub(in crate::ops) async fn session_network(&self) -> Result<Network, RuntimeError> {
        let wanted = self.settings.network.of_container();
        if *wanted != Network::Default {
            return Ok(wanted.clone());
        }
        let spec = self.own_network();
        let known = self.network_file();
        if known.exists() {
            return Ok(Network::Named(spec.name));
        }
        match self.runtime.ensure_network(&spec).await? {
            EnsuredNetwork::NotNeeded => Ok(Network::Default),
            EnsuredNetwork::Made | EnsuredNetwork::There => {
                if !self.is_dry_run() {
                    // Without it the engine is only asked once more.
                    let _ = disk::write_json(&known, &true);
                }
                Ok(Network::Named(spec.name))
            }
        }
    }

    /// Whether the session could not start for want of its network, which is there by now.
    pub(in crate::ops) async fn has_made_network_anew(
        &self,
        run: &RunSpec,
    ) -> Result<bool, RuntimeError> {
        let spec = self.own_network();
        if *self.settings.network.of_container() != Network::Default
            || run.network != Network::Named(spec.name.clone())
        {
            return Ok(false);
        }
        let _ = fs::remove_file(self.network_file());
        let ensured = self.runtime.ensure_network(&spec).await?;
        let _ = disk::write_json(&self.network_file(), &true);
        Ok(ensured == EnsuredNetwork::Made)
    }

    /// One for each user, since others may use the same engine.
    fn own_network(&self) -> NetworkSpec {
        NetworkSpec {
            labels: [(label::NETWORK.to_owned(), "sessions".to_owned())].into(),
            ..NetworkSpec::new(format!("ocx-{}", self.host.user.uid))
        }
    }

    fn network_file(&self) -> Utf8PathBuf {
        let engine = self.engine_key();
        let directory = self.host.dirs.cache.join("engines");
        directory.join(format!("network-{}.json", engine.as_str()))
    }
}
