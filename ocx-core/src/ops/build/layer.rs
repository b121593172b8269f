//! Building ocx's layer, and giving the result its name once it is known to work.

use futures_util::future::join;

use crate::ops::{
    BuildError, Ocx,
    build::candidates::{Choice, Source},
    build::lock::LayerLock,
    error::in_full,
    ocx::VERSION,
};
use crate::{
    base::{BasePlan, BaseProbe},
    image::{ImageHandle, ImageId, ImageReference, OcxLabels, RECIPE_REVISION},
    opencode::{BinaryOrigin, CachedBinary},
    provenance::{LayerOrigin, MadeOf},
    report::Notice,
    runtime::{EngineInfo, ImageInfo, RuntimeError},
    spec::UserMapping,
};

/// What an ocx image is built from, and its name.
pub(in crate::ops) struct LayerInputs<'a> {
    pub(in crate::ops) base: &'a BasePlan,
    pub(in crate::ops) base_image: &'a ImageInfo,
    pub(in crate::ops) probe: &'a BaseProbe,
    pub(in crate::ops) choice: &'a Choice,
    pub(in crate::ops) name: &'a ImageReference,
}

/// One build of an ocx image.
pub(super) struct Layer<'a> {
    pub(super) of: &'a LayerInputs<'a>,
    pub(super) engine: EngineInfo,
    pub(super) user: UserMapping,
    /// The base under a private name: an ID in `FROM` fails with BuildKit, and the base's own name
    /// may move while the build is under way.
    pub(super) pinned_base: ImageReference,
    /// The result before it is known to work.
    pub(super) candidate: ImageReference,
}

/// What was tried out, and has got the name.
struct Accepted {
    origin: LayerOrigin,
    /// Its ID; `None` in a dry run.
    image: Option<ImageId>,
}

impl Layer<'_> {
    /// What an image with this binary is made of.
    pub(super) fn labels(&self, binary: &CachedBinary) -> OcxLabels {
        OcxLabels {
            ocx_version: VERSION.to_owned(),
            recipe: RECIPE_REVISION,
            opencode_version: self.of.choice.version.clone(),
            opencode_build: binary.package.clone(),
            opencode_sha256: binary.sha256.clone(),
            base: self.of.base.reference(),
            base_id: self.of.base_image.id.clone(),
            base_content: self.of.base_image.content(),
        }
    }
}

impl Ocx {
    /// Builds the layer and gives the image its name. Returns the npm package of the binary, and the
    /// image that has the name then.
    pub(in crate::ops) async fn build_layer(
        &self,
        of: &LayerInputs<'_>,
        engine: EngineInfo,
        lock: &LayerLock,
    ) -> Result<(String, Option<ImageInfo>), BuildError> {
        let user = self.user_in(&engine)?;
        let (pinned_base, candidate) = (
            lock.temporary_name("base"),
            lock.temporary_name("candidate"),
        );
        let layer = Layer {
            of,
            engine,
            user,
            pinned_base,
            candidate,
        };
        self.begin_names(lock, &[&layer.candidate, &layer.pinned_base]);
        let pinned = ImageHandle::Id(of.base_image.id.clone());
        let (tagged, ()) = join(
            self.runtime.tag_image(&pinned, &layer.pinned_base),
            self.remove_left_candidate(&layer.candidate),
        )
        .await;
        tagged?;
        let result = self.guard(self.try_candidates(&layer)).await;
        // What is left under these names is not worth a failure; the next build takes them over.
        let (candidate, pinned) = (
            ImageHandle::Name(layer.candidate.clone()),
            ImageHandle::Name(layer.pinned_base.clone()),
        );
        let given_up = join(
            self.runtime.remove_image(&candidate),
            self.runtime.remove_image(&pinned),
        );
        let found = async {
            match &result {
                Ok(_) => self.find_image(of.name).await,
                Err(_) => Ok(None),
            }
        };
        let ((candidate, pinned), found) = join(given_up, found).await;
        if candidate.is_ok() && pinned.is_ok() {
            self.end_names(lock);
        }
        let Accepted { origin, image } = result?;
        let build = origin.labels.opencode_build.clone();
        let found = found?;
        // If the name belongs to another than the one that was built, somebody has taken it meanwhile.
        if let (Some(found), Some(image)) = (&found, image)
            && found.id == image
        {
            self.record_image(of.name, found, MadeOf::Layer(origin));
        }
        if layer.engine.copies_images {
            self.notice(&Notice::ImagesAreCopied {
                engine: self.runtime.name().to_string(),
            });
        }
        let (base, ids) = (of.base_image.content(), user.ids_inside());
        if let Some(known) = self.known_search_path(&base, ids)
            && !self.is_dry_run()
        {
            self.tell_out_of_reach(&known.out_of_reach);
        }
        self.tell_unenforced_limits(&layer.engine);
        Ok((build, found))
    }

    /// What a build that was killed has left under this name would lose it to the new image, and stay
    /// without one for good.
    async fn remove_left_candidate(&self, candidate: &ImageReference) {
        if self.is_dry_run() {
            return;
        }
        let left = ImageHandle::Name(candidate.clone());
        if self.runtime.remove_image(&left).await.is_err()
            && let Ok(Some(left)) = self.find_image(candidate).await
        {
            self.expect_replacement(&left, candidate);
        }
    }

    /// Tries the builds in order until one works in the image.
    async fn try_candidates(&self, layer: &Layer<'_>) -> Result<Accepted, BuildError> {
        let mut said = Vec::new();
        let builds = match &layer.of.choice.source {
            Source::Local(binary) => {
                self.try_candidate(layer, binary, &mut said).await?;
                return self.accept(layer, Some(binary), said).await;
            }
            Source::Registry(builds) => builds,
        };
        let mut not_published = None;
        let mut tried = false;
        for build in builds {
            self.check_interruption()?;
            let version = &layer.of.choice.version;
            let binary = match self
                .store
                .opencode(&self.registry, build, version, &*self.reporter)
                .await
            {
                Ok(binary) => binary,
                // Why an earlier build does not run is what the user has to know; that the next one
                // cannot be had comes on top of it.
                Err(error) if tried || error.is_not_published() => {
                    said.push((build.package_name(), in_full(&error)));
                    not_published.get_or_insert(error);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let failures = said.len();
            match self.try_candidate(layer, &binary, &mut said).await {
                Err(BuildError::Runtime(error))
                    if tried && !matches!(error, RuntimeError::Interrupted { .. }) =>
                {
                    said.push((binary.package, in_full(&error)));
                    continue;
                }
                result => result?,
            }
            if said.len() == failures {
                return self.accept(layer, Some(&binary), Vec::new()).await;
            }
            tried = true;
            self.notice(&Notice::BinaryDoesNotRun {
                package: binary.package.clone(),
                base: layer.of.base.reference(),
            });
        }
        match not_published {
            Some(error) if !tried => Err(error.into()),
            _ => self.accept(layer, None, said).await,
        }
    }

    /// Gives the candidate its name, unless something was said against it.
    async fn accept(
        &self,
        layer: &Layer<'_>,
        binary: Option<&CachedBinary>,
        said: Vec<(String, String)>,
    ) -> Result<Accepted, BuildError> {
        let Some(binary) = binary.filter(|_| said.is_empty()) else {
            return Err(BuildError::Verification {
                base: layer.of.base.reference(),
                version: layer.of.choice.version.clone(),
                said,
            });
        };
        self.check_interruption()?;
        let candidate = ImageHandle::Name(layer.candidate.clone());
        let (tagged, image) = join(
            self.runtime.tag_image(&candidate, layer.of.name),
            self.find_image(&layer.candidate),
        )
        .await;
        tagged?;
        let is_local = binary.origin == BinaryOrigin::Local;
        let origin = LayerOrigin {
            labels: layer.labels(binary),
            registry: (!is_local).then(|| self.registry.key().to_owned()),
        };
        let image = image?.map(|image| image.id);
        Ok(Accepted { origin, image })
    }
}
