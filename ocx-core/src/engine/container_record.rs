//! What the answers to `container inspect` have in common.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::ParseError;
use crate::{
    confinement::{Applied, AppliedMount, Namespace},
    spec::Access,
};

/// A container as `container inspect` tells of it, in the parts that bear on its confinement.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerRecord {
    /// The engine's settings for it.
    host_config: HostConfig,
    #[serde(default)]
    config: Config,
    #[serde(default)]
    mounts: Option<Vec<Mount>>,
    #[serde(default)]
    effective_caps: Option<Vec<String>>,
    #[serde(default)]
    bounding_caps: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HostConfig {
    privileged: bool,
    #[serde(default)]
    cap_add: Option<Vec<String>>,
    #[serde(default)]
    cap_drop: Option<Vec<String>>,
    #[serde(default)]
    security_opt: Option<Vec<String>>,
    #[serde(default)]
    devices: Option<Vec<Device>>,
    #[serde(default)]
    device_requests: Option<Vec<DeviceRequest>>,
    network_mode: String,
    ipc_mode: String,
    pid_mode: String,
    #[serde(rename = "UTSMode")]
    uts_mode: String,
    // Docker's name and Podman's.
    #[serde(default, rename = "CgroupnsMode", alias = "CgroupMode")]
    cgroup_mode: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    path_on_host: String,
}

/// Devices by kind, such as graphics cards (`--gpus`).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeviceRequest {
    #[serde(default)]
    driver: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mount {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    source: String,
    destination: String,
    #[serde(rename = "RW")]
    writable: bool,
}

impl Mount {
    /// `None` for what does not come from outside the container.
    fn applied(self) -> Option<AppliedMount> {
        let source = match self.kind.as_str() {
            "tmpfs" => return None,
            "volume" if is_made_up(&self.name) => return None,
            "volume" => self.name,
            _ => self.source,
        };
        Some(AppliedMount {
            source,
            target: self.destination.into(),
            access: if self.writable {
                Access::ReadWrite
            } else {
                Access::ReadOnly
            },
        })
    }
}

/// Whether it is the name that an engine gives to a volume without one.
fn is_made_up(volume: &str) -> bool {
    volume.len() == 64 && volume.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl ContainerRecord {
    /// Reads the answer about one container.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn parse(stdout: &[u8]) -> Result<Self, ParseError> {
        let found: Vec<Self> = serde_json::from_slice(stdout)?;
        let [container] = <[Self; 1]>::try_from(found)
            .map_err(|found| format!("one container expected, {} found", found.len()))?;
        Ok(container)
    }

    /// Whether all capabilities are dropped, as an engine tells it that repeats its flags.
    #[must_use]
    pub fn drops_all_capabilities(&self) -> bool {
        let dropped = self.host_config.cap_drop.iter().flatten();
        dropped
            .map(|name| name.trim_start_matches("CAP_"))
            .any(|name| name.eq_ignore_ascii_case("all"))
    }

    /// Capabilities that are added, or that are left as far as the engine lists those.
    #[must_use]
    pub fn listed_capabilities(&self) -> BTreeSet<String> {
        [
            &self.host_config.cap_add,
            &self.effective_caps,
            &self.bounding_caps,
        ]
        .into_iter()
        .flatten()
        .flatten()
        .map(|name| {
            // Docker writes them as they were given.
            let bare = name.trim_start_matches("CAP_");
            format!("CAP_{bare}")
        })
        .collect()
    }

    /// An annotation's value.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        let annotations = self.config.annotations.as_ref()?;
        annotations.get(name).map(String::as_str)
    }

    /// What all engines tell in the same way: everything but capabilities and groups.
    #[must_use]
    pub fn applied(self) -> Applied {
        let host = self.host_config;
        let bridged = host.network_mode == "bridge";
        let namespaces = [
            (Namespace::Cgroup, host.cgroup_mode),
            (Namespace::Ipc, host.ipc_mode),
            (Namespace::Network, host.network_mode),
            (Namespace::Pid, host.pid_mode),
            (Namespace::Uts, host.uts_mode),
        ];
        let no_new_privileges = host.security_opt.iter().flatten().any(|option| {
            option
                .strip_prefix("no-new-privileges")
                .is_some_and(|value| !value.ends_with("false"))
        });
        let devices = host.devices.into_iter().flatten();
        let requests = host.device_requests.into_iter().flatten();
        Applied {
            privileged: host.privileged,
            capabilities: BTreeSet::new(),
            new_privileges: !no_new_privileges,
            shared_namespaces: namespaces
                .into_iter()
                .filter(|(_, mode)| Namespace::is_shared(mode))
                .map(|(namespace, _)| namespace)
                .collect(),
            mounts: self
                .mounts
                .into_iter()
                .flatten()
                .filter_map(Mount::applied)
                .collect(),
            devices: devices
                .map(|device| device.path_on_host)
                .chain(requests.map(|request| request.driver))
                .collect(),
            keeps_groups: false,
            bridged,
        }
    }
}
