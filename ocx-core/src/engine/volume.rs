//! Making volumes, finding and removing them.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde::Deserialize;

use super::{CliRuntime, Dialect, json_records};
use crate::{
    runtime::{RuntimeError, VolumeInfo},
    spec::{VolumeName, VolumeSpec},
};

/// What `volume inspect` prints, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Volume {
    #[serde(default)]
    name: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    mountpoint: Option<Utf8PathBuf>,
}

impl<D: Dialect> CliRuntime<D> {
    /// Makes a volume unless it is there. Where versions of an engine read labels in different ways,
    /// the volume tells which one it was.
    pub(super) async fn make_volume(&self, spec: &VolumeSpec) -> Result<(), RuntimeError> {
        if self.labels_of_volume(&spec.name).await?.is_some() {
            return Ok(());
        }
        let ways = self.dialect.volume_labels(&spec.labels);
        for (number, labels) in (1..).zip(&ways) {
            let is_last = number == ways.len();
            let mut create = self.change(&["volume", "create"]);
            for label in labels {
                create.option("--label", label);
            }
            create.arg(spec.name.as_str());
            let failure = self.ask(&create).await?.error(&create);
            if failure.is_none() && is_last {
                return Ok(());
            }
            match (failure, self.labels_of_volume(&spec.name).await?) {
                (Some(error), None) if is_last => {
                    return Err(self.failed(error, RuntimeError::command_failed).await);
                }
                (Some(_), None) => {}
                (None, Some(labels)) if labels != spec.labels => {
                    let remove = self.change(&["volume", "rm", spec.name.as_str()]);
                    self.require(&remove).await?;
                }
                // Podman refuses to make one that another session has made meanwhile; Docker does
                // not mind. And a dry run makes none.
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// The volumes of these names. Those that are not there are not asked for: what an engine prints
    /// then cannot be told from a failure.
    pub(super) async fn volumes_called(
        &self,
        names: &[VolumeName],
    ) -> Result<Vec<Option<VolumeInfo>>, RuntimeError> {
        let there = self.volume_names().await?;
        let is_there = |name: &&VolumeName| there.contains(name.as_str());
        let mut inspect = self.query(&["volume", "inspect"]);
        for name in names.iter().filter(is_there) {
            inspect.arg(name.as_str());
        }
        let mut found = BTreeMap::new();
        if names.iter().any(|name| is_there(&name)) {
            let answer = self.require(&inspect).await?;
            let volumes: Vec<Volume> = json_records(&answer)
                .map_err(|reason| RuntimeError::unexpected(&inspect, &answer, &reason))?;
            for volume in volumes {
                let info = VolumeInfo {
                    labels: volume.labels.unwrap_or_default(),
                    directory: volume.mountpoint,
                };
                found.insert(volume.name, info);
            }
        }
        Ok(names
            .iter()
            .map(|name| found.get(name.as_str()).cloned())
            .collect())
    }

    pub(super) async fn remove_volume_called(&self, name: &VolumeName) -> Result<(), RuntimeError> {
        let remove = self.change(&["volume", "rm", name.as_str()]);
        let Some(error) = self.ask(&remove).await?.error(&remove) else {
            return Ok(());
        };
        if !self.volume_names().await?.contains(name.as_str()) {
            return Ok(());
        }
        Err(self.failed(error, RuntimeError::command_failed).await)
    }

    async fn volume_names(&self) -> Result<BTreeSet<String>, RuntimeError> {
        let answer = self
            .require(&self.query(&["volume", "ls", "--quiet"]))
            .await?;
        let text = String::from_utf8_lossy(&answer);
        Ok(text.lines().map(|line| line.trim().to_owned()).collect())
    }

    /// The labels of a volume; `None` if it is not there.
    async fn labels_of_volume(
        &self,
        name: &VolumeName,
    ) -> Result<Option<BTreeMap<String, String>>, RuntimeError> {
        let inspect = self.query(&["volume", "inspect", name.as_str()]);
        let answer = self.ask(&inspect).await?;
        if answer.failure.is_some() {
            return Ok(None);
        }
        // That it is there is what counts, in whatever words.
        let volumes: Vec<Volume> = json_records(&answer.stdout).unwrap_or_default();
        let volume = volumes.into_iter().next();
        Ok(Some(
            volume.and_then(|volume| volume.labels).unwrap_or_default(),
        ))
    }
}
