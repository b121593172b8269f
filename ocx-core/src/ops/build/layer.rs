//! Building ocx's layer, and giving the result its name once it is known to work.

use crate::ops::{
    Ocx, OcxError,
    build::candidates::{Choice, Source},
    build::lock::LayerLock,
    error::in_full,
    known::EngineFacts,
    ocx::VERSION,
};
use crate::{
    base::{BasePlan, BaseProbe},
    image::{ImageHandle, ImageReference, OcxLabels, RECIPE_REVISION},
    layer::{LayerContext, LayerDockerfile, Program},
    opencode::CachedBinary,
    runtime::{EngineInfo, ImageInfo, RuntimeError},
    session::plan::{SessionNote, unenforced_limits},
    spec::{BasePull, BuildCache, BuildOutput, BuildSpec, UserMapping},
};

/// What an ocx image is built from, and its name.
pub(in crate::ops) struct Ingredients<'a> {
    pub(in crate::ops) base: &'a BasePlan,
    pub(in crate::ops) base_image: &'a ImageInfo,
    pub(in crate::ops) probe: &'a BaseProbe,
    pub(in crate::ops) choice: &'a Choice,
    pub(in crate::ops) name: &'a ImageReference,
}

/// One build of an ocx image.
struct Layer<'a> {
    of: &'a Ingredients<'a>,
    engine: EngineInfo,
    user: UserMapping,
    /// The base under a private name: an ID in `FROM` fails with BuildKit, and the base's own name
    /// may move while the build is under way.
    pinned_base: ImageReference,
    /// The result before it is known to work.
    candidate: ImageReference,
}

impl Ocx {
    /// Builds the layer and gives the image its name. Returns the npm package of the binary.
    pub(in crate::ops) async fn build_layer(
        &self,
        of: &Ingredients<'_>,
        engine: &EngineFacts,
        lock: &LayerLock,
    ) -> Result<String, OcxError> {
        // What is remembered may be out of date, and a build takes seconds anyway.
        let engine = match engine {
            EngineFacts::Told(info) => info.clone(),
            EngineFacts::Remembered(_) => self.ask_engine_info().await?,
        };
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
        self.runtime.tag_image(&pinned, &layer.pinned_base).await?;
        if !self.is_dry_run() {
            // What a build that was killed has left under this name would lose it to the new image,
            // and stay without one for good.
            let left = ImageHandle::Name(layer.candidate.clone());
            if self.runtime.remove_image(&left).await.is_err()
                && let Some(left) = self.find_image(&layer.candidate).await?
            {
                self.expect_replacement(&left, &layer.candidate);
            }
        }
        let result = self.guard(self.try_candidates(&layer)).await;
        // What is left under these names is not worth a failure; the next build takes them over.
        let mut is_clean = true;
        for name in [&layer.candidate, &layer.pinned_base] {
            let name = ImageHandle::Name(name.clone());
            is_clean &= self.runtime.remove_image(&name).await.is_ok();
        }
        if is_clean {
            self.end_names(lock);
        }
        let build = result?;
        if layer.engine.copies_images {
            self.warn(&format!(
                "{} keeps its images with the storage driver vfs, which copies all files of an image for each session: another driver is faster",
                self.runtime.name()
            ));
        }
        let unenforced = unenforced_limits(&self.settings, &layer.engine);
        if !unenforced.is_empty() {
            self.note(&SessionNote::UnenforcedLimits(unenforced).to_string());
        }
        Ok(build)
    }

    /// Tries the builds in order until one works in the image.
    async fn try_candidates(&self, layer: &Layer<'_>) -> Result<String, OcxError> {
        let mut said = Vec::new();
        let builds = match &layer.of.choice.source {
            Source::Local(binary) => {
                self.try_candidate(layer, binary, &mut said).await?;
                return self.accept(layer, binary.package.clone(), said).await;
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
                Err(OcxError::Runtime(error))
                    if tried && !matches!(error, RuntimeError::Interrupted { .. }) =>
                {
                    said.push((binary.package, in_full(&error)));
                    continue;
                }
                result => result?,
            }
            if said.len() == failures {
                return self.accept(layer, binary.package, Vec::new()).await;
            }
            tried = true;
            self.note(&format!(
                "{} does not run in {}",
                binary.package,
                layer.of.base.reference()
            ));
        }
        match not_published {
            Some(error) if !tried => Err(error.into()),
            _ => self.accept(layer, String::new(), said).await,
        }
    }

    /// Gives the candidate its name, unless something was said against it.
    async fn accept(
        &self,
        layer: &Layer<'_>,
        build: String,
        said: Vec<(String, String)>,
    ) -> Result<String, OcxError> {
        if !said.is_empty() {
            return Err(OcxError::Verification {
                base: layer.of.base.reference(),
                version: layer.of.choice.version.clone(),
                said,
            });
        }
        self.check_interruption()?;
        self.runtime
            .tag_image(&ImageHandle::Name(layer.candidate.clone()), layer.of.name)
            .await?;
        Ok(build)
    }

    /// Builds the image with one binary and tries it out; adds what speaks against it to `said`.
    async fn try_candidate(
        &self,
        layer: &Layer<'_>,
        binary: &CachedBinary,
        said: &mut Vec<(String, String)>,
    ) -> Result<(), OcxError> {
        let ripgrep = match self
            .store
            .ripgrep(&self.registry, layer.of.probe.arch, &*self.reporter)
            .await
        {
            Ok(ripgrep) => Some(ripgrep),
            Err(error) => {
                self.warn(&format!("opencode's search needs `rg` in the base, since ripgrep could not be added: {error}"));
                None
            }
        };
        let mut programs = vec![Program {
            name: "opencode",
            path: &binary.path,
            sha256: &binary.sha256,
        }];
        programs.extend(ripgrep.as_ref().map(|rg| Program {
            name: "rg",
            path: &rg.path,
            sha256: &rg.sha256,
        }));
        let labels = OcxLabels {
            ocx_version: VERSION.to_owned(),
            recipe: RECIPE_REVISION,
            opencode_version: layer.of.choice.version.clone(),
            opencode_build: binary.package.clone(),
            opencode_sha256: binary.sha256.clone(),
            base: layer.of.base.reference(),
            base_id: layer.of.base_image.id.clone(),
            base_content: layer.of.base_image.content(),
        };
        let dockerfile =
            LayerDockerfile::new(&layer.pinned_base, &layer.of.probe.path, &labels.write())?;
        let context = LayerContext::write(&self.host.dirs.cache, &dockerfile, &programs)?;
        let spec = BuildSpec {
            image: layer.candidate.clone(),
            dockerfile: context.dockerfile(),
            context: context.directory().to_owned(),
            build_args: [].into(),
            target: None,
            labels: [].into(),
            cache: BuildCache::NotWorthKeeping,
            base_pull: BasePull::IfMissing,
            output: BuildOutput::OnFailure,
        };
        self.check_interruption()?;
        self.runtime
            .build_image(&spec)
            .await
            .map_err(|error| match error {
                // The user knows the image by its final name.
                RuntimeError::BuildFailed {
                    obstacle, source, ..
                } => RuntimeError::BuildFailed {
                    obstacle,
                    image: layer.of.name.clone(),
                    source,
                },
                other => other,
            })?;
        if !self.is_dry_run() {
            context.remove();
        }
        self.check_interruption()?;
        if layer.engine.copies_layers && !self.is_dry_run() {
            // Making a container does it in a third of the time that it takes as part of a run.
            self.step("copying the image's layers for your user ID, once for this image");
            self.runtime
                .prepare_image(&layer.candidate, layer.user)
                .await?;
        }
        self.check_interruption()?;
        self.step(&format!(
            "trying opencode {} out in the new image",
            layer.of.choice.version
        ));
        // The version of a local binary is what the user says it is.
        let version = (layer.of.choice.local_sha256.is_none() && !self.is_dry_run())
            .then_some(&layer.of.choice.version);
        let complaint = self
            .verify(
                &layer.candidate,
                version,
                layer.of.probe,
                layer.user,
                &layer.engine,
            )
            .await?;
        self.check_interruption()?;
        said.extend(complaint.map(|complaint| (binary.package.clone(), complaint)));
        Ok(())
    }
}
