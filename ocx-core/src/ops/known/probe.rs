//! Probing a base image.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::ops::{Ocx, OcxError};
use crate::{
    base::{BaseProbe, PROBED_PATHS_REVISION, probed_paths},
    disk,
    host::{Arch, Host},
    image::ImageReference,
    runtime::{EngineInfo, ImageInfo},
};

#[derive(Serialize, Deserialize)]
struct Remembered {
    revision: u32,
    probe: BaseProbe,
}

impl Ocx {
    /// What is in a base image: remembered by what the image holds, or read from it.
    pub(in crate::ops) async fn probe(
        &self,
        base: &ImageReference,
        image: &ImageInfo,
        engine: &EngineInfo,
    ) -> Result<BaseProbe, OcxError> {
        if let Some(probe) = self.remembered_probe(image) {
            return Ok(probe);
        }
        let arch = buildable(base, image, engine, &self.host)?;
        self.step(&format!("looking into {base}"));
        let files = self
            .runtime
            .read_files(&image.id, &probed_paths(arch))
            .await?;
        let probe = BaseProbe::from_files(base, image, arch, files)?;
        let remembered = Remembered {
            revision: PROBED_PATHS_REVISION,
            probe,
        };
        // Without a cache the image is only looked into again.
        let _ = disk::write_json(&self.probe_file(image), &remembered);
        Ok(remembered.probe)
    }

    /// What an earlier probe of an image found.
    pub(in crate::ops) fn remembered_probe(&self, image: &ImageInfo) -> Option<BaseProbe> {
        let remembered: Remembered = disk::read_json(&self.probe_file(image))?;
        (remembered.revision == PROBED_PATHS_REVISION).then_some(remembered.probe)
    }

    fn probe_file(&self, image: &ImageInfo) -> Utf8PathBuf {
        let name = format!("{}.json", image.content().hex());
        self.host.dirs.cache.join("probes").join(name)
    }
}

/// The architecture of an image, if its configuration says nothing against building on it.
pub(in crate::ops) fn buildable(
    base: &ImageReference,
    image: &ImageInfo,
    engine: &EngineInfo,
    host: &Host,
) -> Result<Arch, OcxError> {
    let machine = Arch::from_engine_name(&engine.architecture).unwrap_or(host.cpu.arch);
    let arch = BaseProbe::architecture(base, image, machine)?;
    if image.on_build.is_empty() {
        Ok(arch)
    } else {
        Err(OcxError::OnBuild {
            base: base.clone(),
            instructions: image.on_build.clone(),
        })
    }
}
