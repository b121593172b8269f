//! Servers on the host's loopback interface that the user's opencode configuration names.

use std::{collections::BTreeSet, io};

use camino::Utf8PathBuf;

use super::{keys::OutsideKeys, project_config::ProjectConfig};
use crate::{
    disk,
    opencode_config::{LoopbackUrl, References, loopback_urls},
    ops::{Ocx, SessionError},
    spec::Network,
    state::ProjectStore,
};

/// A server on the host's loopback interface that the user's opencode configuration names, and that sessions
/// would reach if its port were among the `host_ports`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostServer {
    /// The file that names it, relative to the configuration directory.
    pub file: Utf8PathBuf,
    /// Scheme, host and port of its address.
    pub url: String,
    /// Its port.
    pub port: u16,
}

impl Ocx {
    /// The servers that sessions do not reach with these settings, less those of
    /// [`leave_host_servers`](Self::leave_host_servers). Only the user's own configuration counts: a
    /// project cannot bring a port of the host into its sessions.
    ///
    /// # Errors
    ///
    /// If what is kept of the project, or the settings of the keys, are unusable.
    pub fn host_servers_to_offer(&self) -> Result<Vec<HostServer>, SessionError> {
        // Without such an address, nothing else is looked at.
        let missing = self.missing_on_loopback(&OutsideKeys::default());
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let store = ProjectStore::open(
            &self.host.dirs.state,
            self.project.id.as_str(),
            &self.project.root,
        )?;
        let reach = self.reach(&ProjectConfig::default());
        let keys = self.outside_keys(&reach, &store)?;
        let left = self.left_host_servers();
        let missing = missing.into_iter();
        let missing = missing.filter(|found| !keys.leads_to(&found.url));
        let offered = missing.filter_map(|found| {
            let port = found.port()?;
            (found.is_among(&[port]) && !left.contains(&found.url)).then_some(HostServer {
                file: found.file,
                url: found.url,
                port,
            })
        });
        Ok(offered.collect())
    }

    /// Writes down that these are not wanted in any project, so that they are not offered again.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn leave_host_servers(&self, servers: &[HostServer]) -> io::Result<()> {
        let mut left = self.left_host_servers();
        left.extend(servers.iter().map(|server| server.url.clone()));
        disk::write_json(&self.left_file(), &left)
    }

    /// What opencode's configuration names on the host's loopback interface and a session does not reach.
    pub(in crate::ops) fn missing_on_loopback(&self, keys: &OutsideKeys) -> Vec<LoopbackUrl> {
        // In a network of its own the container's loopback is not the host's.
        if *self.settings.network.of_container() == Network::Host {
            return Vec::new();
        }
        let directory = self.opencode_config();
        let variable = |name: &str| self.variable_of_config(name);
        let references = References {
            variable: &variable,
            directory: &directory,
            home: &self.host.home,
        };
        let mut missing = loopback_urls(&directory, &references);
        // What is asked through the bridge is asked on the host.
        missing.retain(|found| {
            !found.is_among(&self.settings.host_ports) && !keys.leads_to(&found.url)
        });
        missing
    }

    fn left_host_servers(&self) -> BTreeSet<String> {
        disk::read_json(&self.left_file()).unwrap_or_default()
    }

    fn left_file(&self) -> Utf8PathBuf {
        self.host.dirs.state.join("left-host-servers.json")
    }
}
