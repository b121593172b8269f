//! Looking up a base and its ocx image with one engine call.

use crate::ops::{BuildError, Ocx};
use crate::{
    base::{BasePlan, resolve_base},
    image::{ImageReference, OpencodeVersion},
    provenance::LayerOrigin,
    runtime::{ImageInfo, RuntimeError},
    settings::VersionRequest,
};

/// A base and, if its name could be told beforehand, the ocx image on it.
pub(in crate::ops) struct Inspected {
    pub(in crate::ops) base: Option<ImageInfo>,
    pub(in crate::ops) ocx: Option<NamedImage>,
}

/// An ocx image by its name; it need not be there.
pub(in crate::ops) struct NamedImage {
    pub(in crate::ops) name: ImageReference,
    pub(in crate::ops) version: OpencodeVersion,
    pub(in crate::ops) image: Option<ImageInfo>,
    /// What it is made of, if ocx knows that.
    pub(in crate::ops) origin: Option<LayerOrigin>,
}

/// Whether the engine has an ocx image for the project, fresh or not.
///
/// # Errors
///
/// If the base cannot be resolved, or the engine does not answer.
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::{BuildRequest, ops};
///
/// if !ops::has_image(&ocx).await? {
///     ocx.build(&BuildRequest::implicit()).await?;
/// }
/// # Ok(())
/// # }
/// ```
pub async fn has_image(ocx: &Ocx) -> Result<bool, BuildError> {
    let base = resolve_base(&ocx.settings, &ocx.project.root, &ocx.host.dirs.config)?;
    let inspected = ocx.inspect(&base).await?;
    Ok(inspected.ocx.is_some_and(|ocx| ocx.image.is_some()))
}

impl Ocx {
    pub(in crate::ops) async fn inspect(&self, base: &BasePlan) -> Result<Inspected, RuntimeError> {
        let reference = base.reference();
        let Some(version) = self.expected_version(base).await else {
            let base = self.find_image(&reference).await?;
            return Ok(Inspected { base, ocx: None });
        };
        let name = base.ocx_image(&version);
        let mut found = self
            .runtime
            .find_images(&[reference, name.clone()])
            .await?
            .into_iter();
        let base = found.next().flatten();
        let image = found.next().flatten();
        Ok(Inspected {
            base,
            ocx: Some(self.named(name, version, image)),
        })
    }

    /// An image by its name, with what is on record of it.
    pub(in crate::ops) fn named(
        &self,
        name: ImageReference,
        version: OpencodeVersion,
        image: Option<ImageInfo>,
    ) -> NamedImage {
        let origin = image
            .as_ref()
            .and_then(|image| self.recorded_layer(&name, image));
        NamedImage {
            name,
            version,
            image,
            origin,
        }
    }

    pub(in crate::ops) async fn find_image(
        &self,
        image: &ImageReference,
    ) -> Result<Option<ImageInfo>, RuntimeError> {
        Ok(self
            .runtime
            .find_images(std::slice::from_ref(image))
            .await?
            .pop()
            .flatten())
    }

    /// The version that the ocx image most likely has: the one that the settings fix, or the one
    /// that was last built for `latest`.
    pub(in crate::ops) async fn expected_version(
        &self,
        base: &BasePlan,
    ) -> Option<OpencodeVersion> {
        match self.fixed_version().await {
            None if self.follows_latest() => self.followed_version(base),
            version => version,
        }
    }

    /// The version in the settings, or that of the user's own binary.
    pub(in crate::ops) async fn fixed_version(&self) -> Option<OpencodeVersion> {
        if let VersionRequest::Exact(version) = &self.settings.opencode_version {
            return Some(version.clone());
        }
        let path = self.settings.opencode_binary.as_ref()?;
        let arch = self.host.cpu.arch;
        // What is wrong with the file is told where it is needed.
        let binary = self.store.local_binary(path, arch, None).await.ok()?;
        Some(binary.version)
    }
}
