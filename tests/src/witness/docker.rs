//! Docker.

use std::collections::BTreeMap;

use ocx_core::{
    runtime::{EngineMode, GroupSupport, LimitSupport},
    testing::{ContainerFacts, EngineFacts, ImageFacts, Witness},
};

use super::{
    ask, container, containers, image, inspect, labels, record, remove, require, starts_with_init,
    text, texts,
};

const DOCKER: &str = "docker";

/// Docker, asked by its command line.
#[derive(Clone, Copy, Debug)]
pub struct DockerWitness;

impl Witness for DockerWitness {
    fn engine(&self) -> Result<EngineFacts, String> {
        let info = record(&require(DOCKER, &["info", "--format", "{{json .}}"])?)?;
        let options = texts(&info["SecurityOptions"]);
        let has = |option: &str| options.iter().any(|found| found.starts_with(option));
        let mode = if has("name=rootless") {
            EngineMode::RootlessRootIsHost
        } else if has("name=userns") {
            EngineMode::UserNamespaceRemap
        } else {
            EngineMode::Rootful
        };
        // Without cgroups a rootless engine drops limits, whatever else it says (20.10.24).
        let can = |limit: &str| info["CgroupDriver"] != "none" && info[limit] == true;
        Ok(EngineFacts {
            version: require(DOCKER, &["version", "--format", "{{.Server.Version}}"])?,
            mode,
            architecture: text(&info["Architecture"]),
            selinux: has("name=selinux"),
            seccomp: has("name=seccomp") && !has("name=seccomp,profile=unconfined"),
            limits: LimitSupport {
                memory: can("MemoryLimit"),
                cpus: can("CpuCfsQuota"),
                pids: can("PidsLimit"),
            },
            groups: match mode {
                EngineMode::Rootful => GroupSupport::ByNumber,
                _ => GroupSupport::Unsupported,
            },
            host_alias: "host.docker.internal".to_owned(),
        })
    }

    fn image(&self, name: &str) -> Result<Option<ImageFacts>, String> {
        Ok(inspect(DOCKER, "image", name)?.as_ref().map(image))
    }

    fn container(&self, name: &str) -> Result<Option<ContainerFacts>, String> {
        Ok(inspect(DOCKER, "container", name)?.as_ref().map(container))
    }

    fn containers_labelled(&self, name: &str, value: &str) -> Result<Vec<String>, String> {
        containers(DOCKER, &format!("label={name}={value}"))
    }

    fn containers_of(&self, image: &str) -> Result<Vec<String>, String> {
        containers(DOCKER, &format!("ancestor={image}"))
    }

    fn volume(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, String> {
        let found = inspect(DOCKER, "volume", name)?;
        Ok(found.map(|found| labels(&found["Labels"])))
    }

    fn starts_with_init(&self, image: &str) -> Result<bool, String> {
        starts_with_init(DOCKER, image)
    }

    fn remove_container(&self, name: &str) -> Result<(), String> {
        // Along with the volumes that have no name.
        let _ = ask(DOCKER, &["rm", "--force", "--volumes", name])?;
        remove(DOCKER, "container", name)
    }

    fn remove_volume(&self, name: &str) -> Result<(), String> {
        remove(DOCKER, "volume", name)
    }
}
