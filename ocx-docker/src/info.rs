//! Reading `docker version` and `docker info`.

use ocx_core::{
    engine::{EngineVersion, InfoError, json_records, lenient},
    runtime::{EngineInfo, EngineMode, GroupSupport},
};
use serde::{Deserialize, de::DeserializeOwned};

/// The oldest Docker that ocx works with, client and engine: the first with `run --pull never`,
/// without which a missing image would be fetched from a registry, with `host-gateway`, and with a
/// rootless mode that is no experiment (<https://docs.docker.com/engine/release-notes/20.10/>).
pub(crate) const OLDEST: EngineVersion = EngineVersion {
    major: 20,
    minor: 10,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Version {
    #[serde(default)]
    pub(crate) server: Option<Server>,
    #[serde(default)]
    client: Option<Client>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Client {
    #[serde(default, deserialize_with = "lenient::text")]
    os: String,
    #[serde(default, deserialize_with = "lenient::text")]
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Server {
    #[serde(default)]
    components: Option<Vec<Component>>,
    #[serde(default, deserialize_with = "lenient::text")]
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Component {
    #[serde(default, deserialize_with = "lenient::text")]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Info {
    #[serde(default, deserialize_with = "lenient::list")]
    security_options: Vec<String>,
    #[serde(deserialize_with = "lenient::text")]
    architecture: String,
    #[serde(default, deserialize_with = "lenient::flag")]
    memory_limit: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    cpu_cfs_quota: bool,
    #[serde(default, deserialize_with = "lenient::flag")]
    pids_limit: bool,
    #[serde(default, deserialize_with = "lenient::text")]
    cgroup_driver: String,
    #[serde(default, deserialize_with = "lenient::text")]
    docker_root_dir: String,
    #[serde(default, deserialize_with = "lenient::text")]
    init_binary: String,
    #[serde(default, deserialize_with = "lenient::text")]
    driver: String,
    #[serde(default, deserialize_with = "lenient::text")]
    operating_system: String,
    #[serde(default, deserialize_with = "lenient::text")]
    kernel_version: String,
    /// The name of the engine's machine.
    #[serde(default, deserialize_with = "lenient::text")]
    name: String,
}

/// The one record in an answer.
fn record<T: DeserializeOwned>(answers: &[Vec<u8>], answer: usize) -> Result<T, InfoError> {
    let text = answers.get(answer).map(Vec::as_slice).unwrap_or_default();
    let unreadable = |reason| InfoError::Unreadable { answer, reason };
    let records: Vec<T> = json_records(text).map_err(unreadable)?;
    let one = records.into_iter().next();
    one.ok_or_else(|| unreadable("there is no record in it".into()))
}

/// Whether the engine is Docker Desktop's on Linux. Its file sharing runs in a user namespace in
/// which container root is the host user, and every other ID a subordinate one
/// (<https://docs.docker.com/desktop/troubleshoot-and-support/faqs/linuxfaqs/#how-do-i-enable-file-sharing>).
/// On a Mac files belong to whoever asks; under WSL2, which has Microsoft's kernel, IDs are the
/// host's own.
fn is_desktop_on_linux(version: &Version, info: &Info) -> bool {
    info.operating_system == "Docker Desktop"
        && version
            .client
            .as_ref()
            .is_some_and(|client| client.os == "linux")
        && info.kernel_version.contains("linuxkit")
}

/// Whether the engine at `address` runs on another machine than the one called `machine`. A socket
/// leads to this machine, or to the engine of its own virtual machine, which shares its files.
fn is_remote(address: &str, info: &Info, machine: &str) -> bool {
    !address.starts_with("unix://") && info.name != machine
}

/// Whether containers have a seccomp profile. The daemon's own is `profile=default`, `profile=builtin`
/// since 23.0; `"seccomp-profile": "unconfined"` in its settings turns it off.
fn filters_system_calls(info: &Info) -> bool {
    let options = info.security_options.iter();
    options
        .filter(|option| option.split(',').any(|word| word == "name=seccomp"))
        .any(|option| !option.ends_with("profile=unconfined"))
}

pub(crate) fn parse(
    answers: &[Vec<u8>],
    address: &str,
    machine: &str,
) -> Result<EngineInfo, InfoError> {
    let version: Version = record(answers, 0)?;
    let info: Info = record(answers, 1)?;
    let Some(server) = &version.server else {
        return Err(InfoError::Unreadable {
            answer: 0,
            reason: "there is no server in it".into(),
        });
    };
    let option = |name: &str| {
        info.security_options
            .iter()
            .any(|option| option.split(',').any(|word| word == format!("name={name}")))
    };
    // Podman's service calls itself "Podman Engine" here; a Docker client cannot ask it to keep IDs.
    if server
        .components
        .iter()
        .flatten()
        .any(|component| component.name == "Podman Engine")
    {
        return Err(InfoError::Unsupported {
            feature: "a Docker client on Podman's socket, which cannot keep your user ID,"
                .to_owned(),
            remedy: "use Podman itself: `--runtime podman`".to_owned(),
        });
    }
    // What a snap may not see, it makes as an empty directory or does not find. The directory is
    // the snap's own: <https://github.com/canonical/docker-snap>.
    if info.docker_root_dir.starts_with("/var/snap/docker/") {
        return Err(InfoError::Unsupported {
            feature: "Docker from snap, which sees neither the hidden directories of your home nor /tmp,"
                .to_owned(),
            remedy: "install Docker from its own packages (https://docs.docker.com/engine/install/) and remove the snap, `sudo snap remove docker`; or use Podman: `--runtime podman`"
                .to_owned(),
        });
    }
    let client = version.client.as_ref();
    let client_version = client.map_or("", |client| client.version.as_str());
    for (program, version) in [
        ("Docker's engine", server.version.as_str()),
        ("the `docker` command", client_version),
    ] {
        if OLDEST.is_later_than(version) {
            return Err(InfoError::TooOld {
                program,
                version: version.to_owned(),
                oldest: OLDEST,
            });
        }
    }
    let mode = if option("rootless") || is_desktop_on_linux(&version, &info) {
        EngineMode::RootlessRootIsHost
    } else if option("userns") {
        EngineMode::UserNamespaceRemap
    } else {
        EngineMode::Rootful
    };
    // Rootless without delegated cgroups: limits are dropped with a warning, but `--cpus` fails.
    let cgroups = info.cgroup_driver != "none";
    let mut described = EngineInfo::new(server.version.clone(), mode, info.architecture.clone());
    described.remote = is_remote(address, &info, machine);
    described.socket = address.strip_prefix("unix://").map(Into::into);
    described.selinux = option("selinux");
    described.seccomp = filters_system_calls(&info);
    described.limits.memory = cgroups && info.memory_limit;
    described.limits.cpus = cgroups && info.cpu_cfs_quota;
    described.limits.pids = cgroups && info.pids_limit;
    described.init = !info.init_binary.is_empty();
    described.copies_layers = false;
    described.copies_images = info.driver == "vfs";
    described.groups = if mode == EngineMode::Rootful {
        GroupSupport::ByNumber
    } else {
        GroupSupport::Unsupported
    };
    described.host_alias = Some("host.docker.internal".to_owned());
    Ok(described)
}

#[cfg(test)]
mod tests {
    use ocx_core::runtime::LimitSupport;

    use super::*;

    const VERSION: &str = include_str!("../fixtures/version-28.2.2-engine-20.10.24.json");
    const INFO: &str = include_str!("../fixtures/info-engine-20.10.24.json");

    const SOCKET: &str = "unix:///var/run/docker.sock";

    fn read(info: &str) -> EngineInfo {
        parse(&[VERSION.into(), info.into()], SOCKET, "desk").unwrap()
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
        let error = parse(&[version.into(), INFO.into()], SOCKET, "desk").unwrap_err();
        assert!(
            matches!(&error, InfoError::Unsupported { remedy, .. } if remedy.contains("podman")),
            "{error:?}"
        );
    }

    #[test]
    fn docker_from_snap_is_refused() {
        let info = |directory: &str| {
            let mut info: serde_json::Value = serde_json::from_str(INFO).unwrap();
            info["DockerRootDir"] = directory.into();
            let answers = [VERSION.into(), info.to_string().into()];
            parse(&answers, SOCKET, "desk")
        };
        let error = info("/var/snap/docker/common/var-lib-docker").unwrap_err();
        assert!(
            matches!(&error, InfoError::Unsupported { remedy, .. } if remedy.contains("snap remove")),
            "{error:?}"
        );
        assert!(info("/var/lib/docker").is_ok());
    }

    #[test]
    fn docker_desktop() {
        let desktop = |kernel: &str| {
            let mut info: serde_json::Value = serde_json::from_str(INFO).unwrap();
            info["OperatingSystem"] = "Docker Desktop".into();
            info["KernelVersion"] = kernel.into();
            info["Name"] = "docker-desktop".into();
            info.to_string()
        };
        let linux = read(&desktop("6.10.14-linuxkit"));
        assert_eq!(linux.mode, EngineMode::RootlessRootIsHost);
        assert!(!linux.remote);
        let wsl = read(&desktop("6.6.87.2-microsoft-standard-WSL2"));
        assert_eq!(wsl.mode, EngineMode::Rootful);
        let version = VERSION.replace(r#""Os":"linux""#, r#""Os":"darwin""#);
        let mac = desktop("6.10.14-linuxkit");
        let mac = parse(&[version.into(), mac.into()], SOCKET, "desk").unwrap();
        assert_eq!(mac.mode, EngineMode::Rootful);
    }

    #[test]
    fn an_engine_on_another_machine() {
        let mut info: serde_json::Value = serde_json::from_str(INFO).unwrap();
        info["Name"] = "server".into();
        let info = info.to_string();
        let remote = |address: &str, machine: &str| {
            let answers = [VERSION.into(), info.clone().into()];
            parse(&answers, address, machine).unwrap().remote
        };
        assert!(remote("ssh://me@server", "desk"));
        assert!(remote("tcp://127.0.0.1:2375", "desk"));
        assert!(!remote("tcp://127.0.0.1:2375", "server"));
        assert!(!remote(SOCKET, "desk"));
    }
}
