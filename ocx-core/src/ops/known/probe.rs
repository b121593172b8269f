//! Probing a base image.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::ops::{BuildError, Ocx};
use crate::{
    base::{BaseProbe, PROBED_PATHS_REVISION, has_musl_loader, probed_paths_in_parts},
    disk,
    host::{Arch, Host},
    image::{ImageId, ImageReference},
    report::Step,
    runtime::{EngineInfo, ImageInfo, RuntimeError},
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
    ) -> Result<BaseProbe, BuildError> {
        if let Some(probe) = self.remembered_probe(image) {
            return Ok(probe);
        }
        let arch = buildable(base, image, engine, &self.host)?;
        let _step = self.step(Step::LookIntoImage {
            image: base.clone(),
        });
        let files = self.probed_files(&image.id, arch).await?;
        let probe = BaseProbe::from_files(base, image, arch, files)?;
        let remembered = Remembered {
            revision: PROBED_PATHS_REVISION,
            probe,
        };
        // Without a cache the image is only looked into again.
        let _ = disk::write_json(&self.probe_file(image), &remembered);
        Ok(remembered.probe)
    }

    /// The probed files of an image. Each costs a call of the engine, so those that matter only with musl
    /// are read only where that is.
    pub(in crate::ops) async fn probed_files(
        &self,
        image: &ImageId,
        arch: Arch,
    ) -> Result<Vec<Option<Vec<u8>>>, RuntimeError> {
        let (first, libraries) = probed_paths_in_parts(arch);
        let mut files = self.runtime.read_files(image, &first).await?;
        if has_musl_loader(arch, &files) {
            files.extend(self.runtime.read_files(image, &libraries).await?);
        } else {
            files.resize(first.len() + libraries.len(), None);
        }
        Ok(files)
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
) -> Result<Arch, BuildError> {
    let machine = Arch::from_engine_name(&engine.architecture).unwrap_or(host.cpu.arch);
    let arch = BaseProbe::architecture(base, image, machine)?;
    if image.on_build.is_empty() {
        Ok(arch)
    } else {
        Err(BuildError::OnBuild {
            base: base.clone(),
            instructions: image.on_build.clone(),
        })
    }
}
