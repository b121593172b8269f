//! Reading `docker version` and `docker info`.

use ocx_core::{
    engine::ParseError,
    runtime::{EngineInfo, EngineMode, LimitSupport},
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    server: Option<Server>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Server {
    #[serde(default)]
    components: Vec<Component>,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Component {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Info {
    #[serde(default)]
    security_options: Option<Vec<String>>,
    architecture: String,
    #[serde(default)]
    memory_limit: bool,
    #[serde(default)]
    cpu_cfs_quota: bool,
    #[serde(default)]
    pids_limit: bool,
    #[serde(default)]
    cgroup_driver: String,
    #[serde(default)]
    init_binary: String,
}

pub(crate) fn parse(answers: &[Vec<u8>]) -> Result<EngineInfo, ParseError> {
    let [version, info] = answers else {
        return Err("two answers expected".into());
    };
    let version: Version = serde_json::from_slice(version)?;
    let info: Info = serde_json::from_slice(info)?;
    let server = version.server.ok_or("no server in the answer")?;
    let option = |name: &str| {
        info.security_options
            .iter()
            .flatten()
            .any(|option| option.split(',').any(|word| word == format!("name={name}")))
    };
    // Podman's service calls itself "Podman Engine" here; a Docker client cannot ask it to keep IDs.
    if server
        .components
        .iter()
        .any(|component| component.name == "Podman Engine")
    {
        return Err("a Docker client talks to Podman here; choose podman instead".into());
    }
    let mode = if option("rootless") {
        EngineMode::RootlessRootIsHost
    } else if option("userns") {
        EngineMode::UserNamespaceRemap
    } else {
        EngineMode::Rootful
    };
    // Rootless without delegated cgroups: limits are dropped with a warning, but `--cpus` fails.
    let cgroups = info.cgroup_driver != "none";
    Ok(EngineInfo {
        version: server.version,
        mode,
        architecture: info.architecture,
        remote: false,
        selinux: option("selinux"),
        limits: LimitSupport {
            memory: cgroups && info.memory_limit,
            cpus: cgroups && info.cpu_cfs_quota,
            pids: cgroups && info.pids_limit,
        },
        init: !info.init_binary.is_empty(),
        host_alias: Some("host.docker.internal".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = include_str!("../fixtures/version-28.2.2-engine-20.10.24.json");
    const INFO: &str = include_str!("../fixtures/info-engine-20.10.24.json");

    fn read(info: &str) -> EngineInfo {
        parse(&[VERSION.into(), info.into()]).unwrap()
    }

    #[test]
    fn rootful() {
        let info = read(INFO);
        assert_eq!(info.version, "20.10.24+dfsg1");
        assert_eq!(info.mode, EngineMode::Rootful);
        assert_eq!(
            info.limits,
            LimitSupport {
                memory: true,
                cpus: true,
                pids: true
            }
        );
        assert!(info.init && !info.selinux);
    }

    #[test]
    fn rootless_remapped_and_selinux() {
        let options = |text: &str| INFO.replace(r#"["name=seccomp,profile=default"]"#, text);
        let rootless = read(
            &options(r#"["name=seccomp,profile=default","name=rootless"]"#)
                .replace(r#""CgroupDriver":"cgroupfs""#, r#""CgroupDriver":"none""#),
        );
        assert_eq!(rootless.mode, EngineMode::RootlessRootIsHost);
        assert_eq!(
            rootless.limits,
            LimitSupport {
                memory: false,
                cpus: false,
                pids: false
            }
        );
        assert_eq!(
            read(&options(r#"["name=userns"]"#)).mode,
            EngineMode::UserNamespaceRemap
        );
        assert!(read(&options(r#"["name=selinux"]"#)).selinux);
    }

    #[test]
    fn podman_behind_a_docker_client_is_noticed() {
        let version = VERSION.replace(r#""Name":"Engine""#, r#""Name":"Podman Engine""#);
        let error = parse(&[version.into(), INFO.into()]).unwrap_err();
        assert!(error.to_string().contains("podman"), "{error}");
    }
}
