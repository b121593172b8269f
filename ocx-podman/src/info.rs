//! Reading `podman info`.

use ocx_core::{
    engine::ParseError,
    runtime::{EngineInfo, EngineMode, LimitSupport},
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Info {
    host: Host,
    version: Version,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    arch: String,
    #[serde(default)]
    cgroup_version: String,
    #[serde(default)]
    cgroup_controllers: Vec<String>,
    #[serde(default)]
    service_is_remote: bool,
    security: Security,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Security {
    rootless: bool,
    #[serde(default)]
    selinux_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    version: String,
}

pub(crate) fn parse(answers: &[Vec<u8>]) -> Result<EngineInfo, ParseError> {
    let [info] = answers else {
        return Err("one answer expected".into());
    };
    let Info { host, version } = serde_json::from_slice(info)?;
    // Rootless on cgroup v1 ignores all limits with a warning; on v2 it fails for those whose
    // controller is not delegated to the user.
    let delegated = |controller: &str| {
        !host.security.rootless
            || (host.cgroup_version == "v2"
                && host
                    .cgroup_controllers
                    .iter()
                    .any(|name| name == controller))
    };
    Ok(EngineInfo {
        version: version.version,
        mode: if host.security.rootless {
            EngineMode::RootlessKeepId
        } else {
            EngineMode::Rootful
        },
        limits: LimitSupport {
            memory: delegated("memory"),
            cpus: delegated("cpu"),
            pids: delegated("pids"),
        },
        architecture: host.arch,
        remote: host.service_is_remote,
        selinux: host.security.selinux_enabled,
        // `--init` needs catatonit, which `info` does not tell of.
        init: false,
        host_alias: Some("host.containers.internal".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = include_str!("../fixtures/info-4.3.1.json");

    #[test]
    fn rootless_on_cgroup_v1() {
        let info = parse(&[INFO.into()]).unwrap();
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
    }

    #[test]
    fn rootful_and_delegated() {
        let rootful = parse(&[INFO
            .replace("\"rootless\": true", "\"rootless\": false")
            .into()])
        .unwrap();
        assert_eq!(rootful.mode, EngineMode::Rootful);
        let v2 = INFO
            .replace("\"cgroupVersion\": \"v1\"", "\"cgroupVersion\": \"v2\"")
            .replace(
                "\"cgroupControllers\": []",
                "\"cgroupControllers\": [\"memory\", \"pids\"]",
            );
        let limits = parse(&[v2.into()]).unwrap().limits;
        assert_eq!(
            limits,
            LimitSupport {
                memory: true,
                cpus: false,
                pids: true
            }
        );
    }
}
