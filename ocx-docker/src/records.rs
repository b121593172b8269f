//! Docker's JSON as records.

use std::collections::BTreeMap;

use ocx_core::{
    engine::{ImageRecord, ParseError, json_records, lenient},
    runtime::{ContainerId, ContainerInfo, HealthCheck, ImageInfo},
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    config: Option<Config>,
}

/// What only Docker's configuration of an image tells.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Config {
    #[serde(deserialize_with = "lenient::map")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "lenient::list")]
    on_build: Vec<String>,
    healthcheck: Option<Healthcheck>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Healthcheck {
    #[serde(default, deserialize_with = "lenient::list")]
    test: Vec<String>,
}

pub(crate) fn parse_images(stdout: &[u8]) -> Result<Vec<ImageInfo>, ParseError> {
    json_records(stdout)?.iter().map(image_info).collect()
}

fn image_info(image: &Value) -> Result<ImageInfo, ParseError> {
    let config = Image::deserialize(image)?.config.unwrap_or_default();
    let checked = config
        .healthcheck
        .is_some_and(|check| !check.test.is_empty() && check.test != ["NONE"]);
    let mut record = ImageRecord::deserialize(image)?;
    let (tags, digests) = record.take_names();
    let mut described = record.describe()?;
    described.labels = config.labels;
    described.on_build = config.on_build;
    described.health_check = if checked {
        HealthCheck::Present
    } else {
        HealthCheck::Absent
    };
    described.from_registry = !digests.is_empty();
    described.names = [tags, digests].concat();
    Ok(described)
}

/// One line of `docker ps`. Labels come as one text, `a=b,c=d`; a comma in a value cannot be told
/// from one between labels, so a part without `=` belongs to the value before it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    #[serde(rename = "ID")]
    id: String,
    #[serde(default, deserialize_with = "lenient::list")]
    names: Vec<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    image: String,
    #[serde(default, deserialize_with = "lenient::list")]
    command: Vec<String>,
    created_at: String,
    #[serde(default)]
    labels: Value,
}

/// Reads `2026-11-24 15:12:03 +0000 UTC`: the name of the zone adds nothing to its offset.
fn timestamp(text: &str) -> Result<jiff::Timestamp, ParseError> {
    let fields: Vec<&str> = text.split(' ').take(3).collect();
    let time = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", fields.join(" "))?;
    Ok(time.to_timestamp()?)
}

pub(crate) fn parse_containers(stdout: &[u8]) -> Result<Vec<ContainerInfo>, ParseError> {
    json_records::<Container>(stdout)?
        .into_iter()
        .map(|container| {
            let mut described =
                ContainerInfo::new(ContainerId(container.id), timestamp(&container.created_at)?);
            described.name = container.names.into_iter().next().unwrap_or_default();
            described.image = container.image;
            // Quoted as a whole, whatever is in it.
            described.command = container.command.join(" ").trim_matches('"').to_owned();
            described.labels = match container.labels {
                Value::Null => BTreeMap::new(),
                Value::String(text) => labels(&text),
                object => lenient::map(object)?,
            };
            Ok(described)
        })
        .collect()
}

fn labels(text: &str) -> BTreeMap<String, String> {
    let mut labels: Vec<(String, String)> = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        match (part.split_once('='), labels.last_mut()) {
            (Some((name, value)), _) => labels.push((name.to_owned(), value.to_owned())),
            (None, Some((_, value))) => {
                value.push(',');
                value.push_str(part);
            }
            (None, None) => {}
        }
    }
    labels.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imported_image_without_any_configuration() {
        let images =
            parse_images(include_bytes!("../fixtures/image-imported-20.10.24.json")).unwrap();
        assert_eq!(images.len(), 1);
        assert_eq!(images[0].architecture, "amd64");
        assert_eq!(images[0].names, ["debian:bookworm-slim"]);
        assert_eq!(images[0].variable("PATH"), None);
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
    fn labels_with_commas() {
        let labels = labels("ocx.project=/a,b,ocx.session=x");
        assert_eq!(labels["ocx.project"], "/a,b");
        assert_eq!(labels["ocx.session"], "x");
    }

    #[test]
    fn running_containers() {
        let containers = parse_containers(include_bytes!("../fixtures/ps-20.10.24.jsonl")).unwrap();
        assert_eq!(containers.len(), 2);
        let container = containers.last().unwrap();
        assert_eq!(container.name, "ptest");
        assert_eq!(container.command, "sleep 30");
        assert_eq!(container.labels["ocx.project"], "/a,b");
        assert_eq!(container.created.to_string(), "2026-11-24T15:00:00Z");
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(parse_images(b"not json").is_err());
        assert!(parse_images(br#"[{"Id":"x","Architecture":"amd64","Os":"linux"}]"#).is_err());
        assert!(parse_containers(b"{}\n").is_err());
        assert_eq!(parse_containers(b"\n").unwrap(), vec![]);
    }
}
