//! Podman.

use std::collections::BTreeMap;

use ocx_core::{
    runtime::{EngineMode, GroupSupport, LimitSupport},
    testing::{ContainerFacts, EngineFacts, ImageFacts, Witness},
};
use serde_json::Value;

use super::{
    ask, container, containers, image, inspect, labels, record, remove, require, starts_with_init,
    text, texts,
};

const PODMAN: &str = "podman";

/// Podman, asked by its command line, and by its storage where that has no word on it.
#[derive(Clone, Copy, Debug)]
pub struct PodmanWitness;

impl PodmanWitness {
    fn info(self) -> Result<Value, String> {
        record(&require(PODMAN, &["info", "--format", "json"])?)
    }
}

impl Witness for PodmanWitness {
    fn engine(&self) -> Result<EngineFacts, String> {
        let info = self.info()?;
        let (host, security) = (&info["host"], &info["host"]["security"]);
        let rootless = security["rootless"] == true;
        let has_several_ids = host["idMappings"]["uidmap"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|range| range["size"].as_u64() > Some(1));
        let controllers = texts(&host["cgroupControllers"]);
        let can = |controller: &str| {
            if host["cgroupVersion"] == "v2" {
                controllers.iter().any(|found| found == controller)
            } else {
                !rootless
            }
        };
        Ok(EngineFacts {
            version: text(&info["version"]["Version"]),
            mode: match (rootless, has_several_ids) {
                (false, _) => EngineMode::Rootful,
                (true, true) => EngineMode::RootlessKeepId,
                (true, false) => EngineMode::RootlessSingleId,
            },
            architecture: text(&host["arch"]),
            selinux: security["selinuxEnabled"] == true,
            seccomp: security["seccompEnabled"] == true
                && security["seccompProfilePath"] != "unconfined",
            limits: LimitSupport {
                memory: can("memory"),
                cpus: can("cpu"),
                pids: can("pids"),
            },
            groups: match (rootless, host["ociRuntime"]["name"].as_str()) {
                (false, _) => GroupSupport::ByNumber,
                (true, Some("crun")) => GroupSupport::Keep,
                (true, _) => GroupSupport::Unsupported,
            },
            host_alias: "host.containers.internal".to_owned(),
        })
    }

    fn image(&self, name: &str) -> Result<Option<ImageFacts>, String> {
        let mut found = inspect(PODMAN, "image", name)?.as_ref().map(image);
        for tag in found.iter_mut().flat_map(|image| &mut image.tags) {
            *tag = tag.trim_start_matches("localhost/").to_owned();
        }
        Ok(found)
    }

    fn container(&self, name: &str) -> Result<Option<ContainerFacts>, String> {
        Ok(inspect(PODMAN, "container", name)?.as_ref().map(container))
    }

    fn containers_labelled(&self, name: &str, value: &str) -> Result<Vec<String>, String> {
        containers(PODMAN, &format!("label={name}={value}"))
    }

    fn containers_of(&self, image: &str) -> Result<Vec<String>, String> {
        containers(PODMAN, &format!("ancestor={image}"))
    }

    fn volume(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, String> {
        let found = inspect(PODMAN, "volume", name)?;
        Ok(found.map(|found| labels(&found["Labels"])))
    }

    fn starts_with_init(&self, image: &str) -> Result<bool, String> {
        starts_with_init(PODMAN, image)
    }

    fn remove_container(&self, name: &str) -> Result<(), String> {
        // Along with the volumes that have no name.
        let _ = ask(PODMAN, &["rm", "--force", "--volumes", "--time=0", name])?;
        remove(PODMAN, "container", name)
    }

    fn remove_volume(&self, name: &str) -> Result<(), String> {
        remove(PODMAN, "volume", name)
    }
}
