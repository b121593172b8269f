//! Probing a base image.

use std::fs;

use serde::{Deserialize, Serialize};

use super::{Ocx, OcxError};
use crate::{
    atomic_file,
    base::{BaseProbe, PROBED_PATHS_REVISION, probed_paths},
    host::Arch,
    image::ImageReference,
    runtime::{EngineInfo, ImageInfo},
};

#[derive(Serialize, Deserialize)]
struct Remembered {
    revision: u32,
    probe: BaseProbe,
}

impl Ocx<'_> {
    /// What is in a base image: remembered by the image's ID, since an image never changes, or read
    /// from it.
    pub(super) async fn probe(
        &self,
        base: &ImageReference,
        image: &ImageInfo,
        engine: &EngineInfo,
    ) -> Result<BaseProbe, OcxError> {
        let file = self
            .host
            .dirs
            .cache
            .join("probes")
            .join(format!("{}.json", image.id.hex()));
        let remembered: Option<Remembered> = fs::read(&file)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok());
        if let Some(Remembered {
            revision: PROBED_PATHS_REVISION,
            probe,
        }) = remembered
        {
            return Ok(probe);
        }
        let machine = Arch::from_engine_name(&engine.architecture).unwrap_or(self.host.cpu.arch);
        let arch = BaseProbe::architecture(base, image, machine)?;
        if !image.on_build.is_empty() {
            return Err(OcxError::OnBuild {
                base: base.clone(),
                instructions: image.on_build.clone(),
            });
        }
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
        let _ = atomic_file::write_json(&file, &remembered);
        Ok(remembered.probe)
    }
}
