//! What the answers to `image inspect` have in common.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{ParseError, lenient};
use crate::runtime::ImageInfo;

/// An image as `image inspect` tells of it, in the parts that all engines tell alike.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageRecord {
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
    #[serde(default, rename = "RootFS")]
    root_fs: Option<RootFs>,
    #[serde(default)]
    config: Option<Config>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RootFs {
    #[serde(deserialize_with = "lenient::list")]
    layers: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
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
    volumes: Option<BTreeMap<String, Value>>,
}

impl ImageRecord {
    /// Its names, by tag and by digest, as the engine writes them.
    pub fn take_names(&mut self) -> (Vec<String>, Vec<String>) {
        let (tags, digests) = (&mut self.repo_tags, &mut self.repo_digests);
        (std::mem::take(tags), std::mem::take(digests))
    }

    /// The image, without what engines tell each in its own way: labels, instructions for later builds,
    /// health check, names, and whether it has been in a registry.
    ///
    /// # Errors
    ///
    /// If its ID is none.
    pub fn describe(self) -> Result<ImageInfo, ParseError> {
        let config = self.config.unwrap_or_default();
        Ok(ImageInfo {
            layers: self.root_fs.unwrap_or_default().layers,
            architecture: self.architecture,
            os: self.os,
            environment: config.env,
            user: config.user,
            entrypoint: config.entrypoint,
            command: config.cmd,
            stop_signal: config.stop_signal,
            working_directory: config.working_dir,
            volumes: config
                .volumes
                .unwrap_or_default()
                .into_keys()
                .map(Into::into)
                .collect(),
            size: u64::try_from(self.size).unwrap_or_default(),
            ..ImageInfo::new(self.id.parse()?)
        })
    }
}
