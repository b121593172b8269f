//! Podman's JSON as records.

use std::collections::BTreeMap;

use ocx_core::{
    engine::{ParseError, json_records, lenient},
    runtime::{ContainerId, ContainerInfo, HealthCheck, ImageInfo},
};
use serde::Deserialize;

use crate::on_build;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    id: String,
    #[serde(default, deserialize_with = "lenient::list")]
    repo_tags: Vec<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    repo_digests: Vec<String>,
    #[serde(deserialize_with = "lenient::text")]
    architecture: String,
    #[serde(deserialize_with = "lenient::text")]
    os: String,
    #[serde(default, deserialize_with = "lenient::number")]
    size: i64,
    #[serde(default)]
    config: Option<Config>,
    #[serde(default, rename = "RootFS")]
    root_fs: Option<RootFs>,
    #[serde(default, deserialize_with = "lenient::map")]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    healthcheck: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "lenient::text")]
    manifest_type: String,
    #[serde(default)]
    history: Option<Vec<Option<Step>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RootFs {
    #[serde(deserialize_with = "lenient::list")]
    layers: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    #[serde(deserialize_with = "lenient::list")]
    env: Vec<String>,
    #[serde(deserialize_with = "lenient::text")]
    user: String,
    #[serde(deserialize_with = "lenient::list")]
    entrypoint: Vec<String>,
    #[serde(deserialize_with = "lenient::list")]
    cmd: Vec<String>,
    #[serde(deserialize_with = "lenient::text")]
    stop_signal: String,
    #[serde(deserialize_with = "lenient::text")]
    working_dir: String,
    volumes: Option<BTreeMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default, deserialize_with = "lenient::text")]
    created_by: String,
}

/// A name as the user knows it. Podman puts what was built or tagged without a registry under
/// `localhost/`, and finds it without that.
fn without_localhost(name: &str) -> String {
    name.strip_prefix("localhost/").unwrap_or(name).to_owned()
}

fn known_as(names: &[String]) -> Vec<String> {
    names.iter().map(|name| without_localhost(name)).collect()
}

pub(crate) fn parse_images(stdout: &[u8]) -> Result<Vec<ImageInfo>, ParseError> {
    json_records::<Image>(stdout)?
        .into_iter()
        .map(|image| {
            let config = image.config.unwrap_or_default();
            let mut described = ImageInfo::new(image.id.parse()?);
            described.layers = image.root_fs.unwrap_or_default().layers;
            described.architecture = image.architecture;
            described.os = image.os;
            described.environment = config.env;
            described.user = config.user;
            described.entrypoint = config.entrypoint;
            described.command = config.cmd;
            described.stop_signal = config.stop_signal;
            described.working_directory = config.working_dir;
            described.labels = image.labels;
            described.volumes = config
                .volumes
                .unwrap_or_default()
                .into_keys()
                .map(Into::into)
                .collect();
            described.on_build = on_build::pending(
                &image.manifest_type,
                image
                    .history
                    .iter()
                    .flatten()
                    .flatten()
                    .map(|step| step.created_by.as_str()),
            );
            described.health_check = if image.healthcheck.is_some() {
                HealthCheck::Present
            } else {
                HealthCheck::Absent
            };
            described.names = [known_as(&image.repo_tags), known_as(&image.repo_digests)].concat();
            // What was made here has a digest, too (4.3.1).
            described.from_registry = image
                .repo_digests
                .iter()
                .any(|digest| !digest.starts_with("localhost/"));
            described.size = u64::try_from(image.size).unwrap_or_default();
            Ok(described)
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    id: String,
    #[serde(default, deserialize_with = "lenient::list")]
    names: Vec<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    image: String,
    #[serde(default, deserialize_with = "lenient::list")]
    command: Vec<String>,
    #[serde(deserialize_with = "lenient::number")]
    created: i64,
    #[serde(default, deserialize_with = "lenient::map")]
    labels: BTreeMap<String, String>,
}

pub(crate) fn parse_containers(stdout: &[u8]) -> Result<Vec<ContainerInfo>, ParseError> {
    json_records::<Container>(stdout)?
        .into_iter()
        .map(|container| {
            let mut described = ContainerInfo::new(
                ContainerId(container.id),
                jiff::Timestamp::from_second(container.created)?,
            );
            described.name = container.names.into_iter().next().unwrap_or_default();
            described.image = without_localhost(&container.image);
            described.command = container.command.join(" ");
            described.labels = container.labels;
            Ok(described)
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
        let tags: Vec<&str> = images[0].tags().collect();
        assert_eq!(tags, ["docker.io/library/debian:bookworm-slim"]);
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
