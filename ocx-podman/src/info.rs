//! Reading `podman info`.

use ocx_core::{
    engine::{EngineVersion, InfoError, ParseError, json_records, lenient},
    runtime::{EngineInfo, EngineMode, GroupSupport},
};
use serde::Deserialize;

use crate::Installation;

/// The oldest Podman that ocx works with: the first whose `build` takes `--pull=missing` and
/// `--pull=never`. 3.4 reads a yes or no there
/// (<https://github.com/containers/podman/blob/v4.0.0/cmd/podman/images/build.go>).
pub(crate) const OLDEST: EngineVersion = EngineVersion { major: 4, minor: 0 };

#[derive(Deserialize)]
struct Info {
    host: Host,
    #[serde(default)]
    store: Option<Store>,
    #[serde(default)]
    version: Option<Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    #[serde(deserialize_with = "lenient::text")]
    arch: String,
    #[serde(default, deserialize_with = "lenient::text")]
    cgroup_version: String,
    #[serde(default, deserialize_with = "lenient::list")]
    cgroup_controllers: Vec<String>,
    #[serde(default, deserialize_with = "lenient::flag")]
    service_is_remote: bool,
    #[serde(default, deserialize_with = "lenient::text")]
    hostname: String,
    security: Security,
    #[serde(default)]
    oci_runtime: Option<OciRuntime>,
    #[serde(default)]
    id_mappings: Option<IdMappings>,
}

#[derive(Default, Deserialize)]
struct OciRuntime {
    #[serde(default, deserialize_with = "lenient::text")]
    name: String,
}

#[derive(Default, Deserialize)]
struct IdMappings {
    #[serde(default)]
    uidmap: Option<Vec<Option<IdRange>>>,
}

#[derive(Deserialize)]
struct IdRange {
    #[serde(default, deserialize_with = "lenient::number")]
    size: i64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Store {
    #[serde(default, deserialize_with = "lenient::text")]
    graph_driver_name: String,
    #[serde(default)]
    graph_options: Option<serde_json::Map<String, serde_json::Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Security {
    #[serde(deserialize_with = "lenient::flag")]
    rootless: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    selinux_enabled: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    seccomp_enabled: bool,
    /// Where `containers.conf` says so, the word `unconfined`.
    #[serde(default, deserialize_with = "lenient::text")]
    seccomp_profile_path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    #[serde(default, deserialize_with = "lenient::text")]
    version: String,
}

/// Whether a container holds more users than the caller: one line of one ID means that the caller has
/// no subordinate IDs (4.3.1, with a warning on standard error).
fn has_subordinate_ids(mappings: &IdMappings) -> bool {
    // A rootful engine, and an old one, tells nothing here.
    mappings.uidmap.as_ref().is_none_or(|ranges| {
        ranges.is_empty() || ranges.iter().flatten().any(|range| range.size > 1)
    })
}

/// Whether the storage shifts IDs by copying layers. fuse-overlayfs shifts them as it goes
/// (`overlay.mount_program`); the kernel's overlay cannot do it for a user who is not root
/// (<https://github.com/containers/podman/issues/10374>).
fn copies_layers(store: &Store) -> bool {
    !store
        .graph_options
        .iter()
        .flatten()
        .any(|(name, _)| name.ends_with(".mount_program"))
}

fn record(answer: &[u8]) -> Result<Info, ParseError> {
    let first = json_records(answer)?.into_iter().next();
    first.ok_or_else(|| "there is no record in it".into())
}

pub(crate) fn parse(
    answers: &[Vec<u8>],
    installation: &Installation,
) -> Result<EngineInfo, InfoError> {
    let info = answers.first().map(Vec::as_slice).unwrap_or_default();
    let Info {
        host,
        store,
        version,
    } = record(info).map_err(|reason| InfoError::Unreadable { answer: 0, reason })?;
    let version = version.map_or_else(String::new, |version| version.version);
    if OLDEST.is_later_than(&version) {
        return Err(InfoError::TooOld {
            program: "Podman",
            version,
            oldest: OLDEST,
        });
    }
    let id_mappings = host.id_mappings.unwrap_or_default();
    let store = store.unwrap_or_default();
    let oci_runtime = host.oci_runtime.unwrap_or_default();
    // Rootless on cgroup v1 ignores all limits with a warning. On v2 it fails for those whose
    // controller is not delegated to the user, and so does root where the machine itself has none,
    // as in some virtual machines and containers (5.4.2 and 5.8.6 with crun).
    let rootless = host.security.rootless;
    let delegated = |controller: &str| match host.cgroup_version.as_str() {
        "v2" => host
            .cgroup_controllers
            .iter()
            .any(|name| name == controller),
        _ => !rootless,
    };
    let mut described = EngineInfo::new(
        version,
        match (rootless, has_subordinate_ids(&id_mappings)) {
            (false, _) => EngineMode::Rootful,
            (true, true) => EngineMode::RootlessKeepId,
            (true, false) => EngineMode::RootlessSingleId,
        },
        host.arch,
    );
    described.limits.memory = delegated("memory");
    described.limits.cpus = delegated("cpu");
    described.limits.pids = delegated("pids");
    // A service on a socket of this machine is no other machine.
    described.remote = host.service_is_remote && host.hostname != installation.machine;
    described.selinux = host.security.selinux_enabled;
    described.seccomp =
        host.security.seccomp_enabled && host.security.seccomp_profile_path != "unconfined";
    // `--init` needs catatonit, which `info` does not tell of.
    described.init = installation.init_program.is_some();
    described.copies_layers = rootless && copies_layers(&store);
    described.copies_images = store.graph_driver_name == "vfs";
    // runc takes `keep-groups` without a word and does nothing (4.3.1 with runc 1.1.5).
    described.groups = match (rootless, oci_runtime.name.as_str()) {
        (false, _) => GroupSupport::ByNumber,
        (true, "crun") => GroupSupport::Keep,
        (true, _) => GroupSupport::Unsupported,
    };
    described.host_alias = Some("host.containers.internal".to_owned());
    Ok(described)
}

#[cfg(test)]
mod tests {
    use ocx_core::runtime::LimitSupport;

    use super::*;

    const INFO: &str = include_str!("../fixtures/info-4.3.1.json");

    fn read(info: &str) -> EngineInfo {
        let installation = Installation {
            machine: "desk".to_owned(),
            init_program: Some("/usr/libexec/podman/catatonit".into()),
            ..Installation::default()
        };
        parse(&[info.into()], &installation).unwrap()
    }

    #[test]
    fn rootless_on_cgroup_v1() {
        let info = read(INFO);
        assert_eq!(
            (info.version.as_str(), info.mode),
            ("4.3.1", EngineMode::RootlessKeepId)
        );
        assert_eq!(
            info.limits,
            LimitSupport {
                memory: false,
                cpus: false,
                pids: false
            }
        );
        assert!(info.init && info.copies_layers && !info.remote);
        assert_eq!(info.groups, GroupSupport::Unsupported);
    }

    #[test]
    fn rootful_and_delegated() {
        let rootful = read(&INFO.replace("\"rootless\": true", "\"rootless\": false"));
        assert_eq!(rootful.mode, EngineMode::Rootful);
        assert!(!rootful.copies_layers);
        assert_eq!(rootful.groups, GroupSupport::ByNumber);
        let v2 = INFO
            .replace("\"cgroupVersion\": \"v1\"", "\"cgroupVersion\": \"v2\"")
            .replace(
                "\"cgroupControllers\": []",
                "\"cgroupControllers\": [\"memory\", \"pids\"]",
            );
        assert_eq!(
            read(&v2).limits,
            LimitSupport {
                memory: true,
                cpus: false,
                pids: true
            }
        );
    }

    #[test]
    fn root_without_controllers_cannot_limit_either() {
        let info = INFO
            .replace("\"rootless\": true", "\"rootless\": false")
            .replace("\"cgroupVersion\": \"v1\"", "\"cgroupVersion\": \"v2\"");
        let limits = read(&info).limits;
        assert!(!limits.memory && !limits.cpus && !limits.pids);
    }

    #[test]
    fn system_calls_are_filtered_unless_the_configuration_says_otherwise() {
        assert!(read(INFO).seccomp);
        let unconfined = INFO.replace("/usr/share/containers/seccomp.json", "unconfined");
        assert!(!read(&unconfined).seccomp);
        let without = INFO.replace("\"seccompEnabled\": true", "\"seccompEnabled\": false");
        assert!(!read(&without).seccomp);
    }

    #[test]
    fn without_subordinate_ids() {
        let info = INFO.replace("\"size\": 65536", "\"size\": 1");
        assert_eq!(read(&info).mode, EngineMode::RootlessSingleId);
    }

    #[test]
    fn crun_keeps_groups_and_fuse_overlayfs_copies_nothing() {
        let crun = INFO.replace("\"name\": \"runc\"", "\"name\": \"crun\"");
        assert_eq!(read(&crun).groups, GroupSupport::Keep);
        let mut fuse: serde_json::Value = serde_json::from_str(INFO).unwrap();
        fuse["store"]["graphOptions"]["overlay.mount_program"] =
            serde_json::json!({ "Executable": "/usr/bin/fuse-overlayfs" });
        assert!(!read(&fuse.to_string()).copies_layers);
    }

    #[test]
    fn vfs_copies_every_image() {
        assert!(!read(INFO).copies_images);
        let vfs = INFO.replace(
            "\"graphDriverName\": \"overlay\"",
            "\"graphDriverName\": \"vfs\"",
        );
        assert!(read(&vfs).copies_images && read(&vfs).copies_layers);
    }

    #[test]
    fn a_service_on_another_machine() {
        let mut info: serde_json::Value = serde_json::from_str(INFO).unwrap();
        info["host"]["serviceIsRemote"] = true.into();
        assert!(read(&info.to_string()).remote);
        info["host"]["hostname"] = "desk".into();
        assert!(!read(&info.to_string()).remote);
    }
}
