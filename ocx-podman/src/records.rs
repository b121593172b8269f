//! Podman's JSON as records.

use std::collections::BTreeMap;

use ocx_core::{
    engine::{ImageRecord, ParseError, json_records, lenient},
    runtime::{ContainerId, ContainerInfo, HealthCheck, ImageInfo},
};
use serde::Deserialize;
use serde_json::Value;

use crate::on_build;

/// What only Podman tells of an image, or tells in another place.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    #[serde(default, deserialize_with = "lenient::map")]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    healthcheck: Option<Value>,
    #[serde(default, deserialize_with = "lenient::text")]
    manifest_type: String,
    #[serde(default)]
    history: Option<Vec<Option<Step>>>,
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
    json_records(stdout)?.iter().map(image_info).collect()
}

fn image_info(value: &Value) -> Result<ImageInfo, ParseError> {
    let image = Image::deserialize(value)?;
    let mut record = ImageRecord::deserialize(value)?;
    let (tags, digests) = record.take_names();
    let mut described = record.describe()?;
    described.labels = image.labels;
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
    // What was made here has a digest, too (4.3.1).
    described.from_registry = digests
        .iter()
        .any(|digest| !digest.starts_with("localhost/"));
    described.names = [known_as(&tags), known_as(&digests)].concat();
    Ok(described)
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
