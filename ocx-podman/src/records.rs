//! Podman's JSON as records.

use std::collections::BTreeMap;

use ocx_core::{
    engine::ParseError,
    runtime::{ContainerId, ContainerInfo, HealthCheck, ImageInfo},
};
use serde::Deserialize;

use crate::on_build;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    id: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
    architecture: String,
    os: String,
    #[serde(default)]
    size: u64,
    #[serde(default, rename = "RootFS")]
    root_fs: RootFs,
    #[serde(default)]
    config: Config,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    healthcheck: Option<serde_json::Value>,
    #[serde(default)]
    manifest_type: String,
    #[serde(default)]
    history: Option<Vec<Step>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RootFs {
    layers: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    env: Option<Vec<String>>,
    user: String,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    stop_signal: String,
    working_dir: String,
    volumes: Option<BTreeMap<String, serde_json::Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Step {
    created_by: String,
}

/// A name as the user knows it. Podman puts what was built or tagged without a registry under
/// `localhost/`, and finds it without that.
fn without_localhost(name: &str) -> String {
    name.strip_prefix("localhost/").unwrap_or(name).to_owned()
}

pub(crate) fn parse_images(stdout: &[u8]) -> Result<Vec<ImageInfo>, ParseError> {
    let images: Vec<Image> = serde_json::from_slice(stdout)?;
    images
        .into_iter()
        .map(|image| {
            Ok(ImageInfo {
                id: image.id.parse()?,
                layers: image.root_fs.layers.unwrap_or_default(),
                architecture: image.architecture,
                os: image.os,
                environment: image.config.env.unwrap_or_default(),
                user: image.config.user,
                entrypoint: image.config.entrypoint.unwrap_or_default(),
                command: image.config.cmd.unwrap_or_default(),
                stop_signal: image.config.stop_signal,
                working_directory: image.config.working_dir,
                labels: image.labels.unwrap_or_default(),
                volumes: image
                    .config
                    .volumes
                    .unwrap_or_default()
                    .into_keys()
                    .map(Into::into)
                    .collect(),
                on_build: on_build::pending(
                    &image.manifest_type,
                    image
                        .history
                        .iter()
                        .flatten()
                        .map(|step| step.created_by.as_str()),
                ),
                health_check: if image.healthcheck.is_some() {
                    HealthCheck::Present
                } else {
                    HealthCheck::Absent
                },
                names: image
                    .repo_tags
                    .unwrap_or_default()
                    .iter()
                    .map(|name| without_localhost(name))
                    .collect(),
                // What was made here has a digest, too (4.3.1).
                from_registry: image
                    .repo_digests
                    .into_iter()
                    .flatten()
                    .any(|digest| !digest.starts_with("localhost/")),
                size: image.size,
            })
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    id: String,
    names: Vec<String>,
    image: String,
    #[serde(default)]
    command: Option<Vec<String>>,
    created: i64,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
}

pub(crate) fn parse_containers(stdout: &[u8]) -> Result<Vec<ContainerInfo>, ParseError> {
    let containers: Vec<Container> = serde_json::from_slice(stdout)?;
    containers
        .into_iter()
        .map(|container| {
            Ok(ContainerInfo {
                id: ContainerId(container.id),
                name: container.names.into_iter().next().unwrap_or_default(),
                image: without_localhost(&container.image),
                command: container.command.unwrap_or_default().join(" "),
                created: jiff::Timestamp::from_second(container.created)?,
                labels: container.labels.unwrap_or_default(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imported_image() {
        let images = parse_images(include_bytes!("../fixtures/image-imported-4.3.1.json")).unwrap();
        assert_eq!(images.len(), 1);
        assert_eq!(images[0].architecture, "amd64");
        assert_eq!(images[0].names, ["docker.io/library/debian:bookworm-slim"]);
    }

    #[test]
    fn what_an_image_sets() {
        let id = "1".repeat(64);
        let json = r#"[{"Id":"ID","Architecture":"amd64","Os":"linux","Config":
            {"Cmd":["a","b"],"Entrypoint":["c"],"StopSignal":"SIGQUIT","WorkingDir":"/w"}}]"#
            .replace("ID", &id);
        let image = parse_images(json.as_bytes()).unwrap().remove(0);
        assert_eq!(
            (image.command, image.entrypoint),
            (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()])
        );
        assert_eq!(
            (image.stop_signal.as_str(), image.working_directory.as_str()),
            ("SIGQUIT", "/w")
        );
    }

    #[test]
    fn instructions_for_later_builds() {
        let images = parse_images(include_bytes!("../fixtures/image-on-build-4.3.1.json")).unwrap();
        assert_eq!(images[0].on_build, ["COPY . /app", "RUN true"]);
    }

    #[test]
    fn a_container_with_a_comma_in_a_label() {
        let containers = parse_containers(include_bytes!("../fixtures/ps-4.3.1.json")).unwrap();
        assert_eq!(containers[0].name, "ptest");
        assert_eq!(containers[0].command, "sleep 30");
        assert_eq!(containers[0].created.as_second(), 1_795_518_275);
        assert_eq!(containers[0].labels["ocx.project"], "/a,b");
    }
}
