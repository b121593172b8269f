//! One attempt at an ocx image: the layer with one binary, built and tried out.

use futures_util::future::join;

use crate::ops::{BuildError, Ocx, build::layer::Layer};
use crate::{
    layer::{LayerContext, LayerDockerfile, Program},
    opencode::CachedBinary,
    report::{Notice, Step},
    runtime::RuntimeError,
    spec::{BasePull, BuildCache, BuildNetwork, BuildOutput, BuildSpec, RunSpec},
};

impl Ocx {
    /// Builds the image with one binary and tries it out; adds what speaks against it to `said`.
    pub(super) async fn try_candidate(
        &self,
        layer: &Layer<'_>,
        binary: &CachedBinary,
        said: &mut Vec<(String, String)>,
    ) -> Result<(), BuildError> {
        let ripgrep = match self
            .store
            .ripgrep(&self.registry, layer.of.probe.arch, &*self.reporter)
            .await
        {
            Ok(ripgrep) => Some(ripgrep),
            Err(error) => {
                self.notice(&Notice::NoRipgrep {
                    reason: error.to_string(),
                });
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
        let dockerfile = LayerDockerfile::new(
            &layer.pinned_base,
            &layer.of.probe.path,
            &layer.labels(binary).write(),
        )?;
        let context = LayerContext::write(&self.host.dirs.cache, &dockerfile, &programs)?;
        self.check_interruption()?;
        let trial = self.trial(&layer.candidate, layer.of.probe, layer.user, &layer.engine)?;
        if layer.engine.copies_layers {
            self.build_candidate(layer, context).await?;
            self.check_interruption()?;
            // Making a container does it in a third of the time that it takes as part of a run, and a
            // container is made anyway to see how the engine confines it.
            let _step = (!self.is_dry_run()).then(|| self.step(Step::CopyLayers));
            self.confine_anew(&trial, &layer.engine).await?;
        } else {
            // How the engine confines a container is not up to the image: it can be seen on the base
            // while the layer is built.
            let on_base = RunSpec {
                image: layer.pinned_base.clone(),
                ..trial.clone()
            };
            let (built, confined) = join(
                self.build_candidate(layer, context),
                self.confine_anew(&on_base, &layer.engine),
            )
            .await;
            built?;
            self.check_interruption()?;
            confined?;
        }
        self.check_interruption()?;
        let _step = self.step(Step::TryOut {
            version: layer.of.choice.version.clone(),
        });
        // The version of a local binary is what the user says it is.
        let version = (layer.of.choice.local_sha256.is_none() && !self.is_dry_run())
            .then_some(&layer.of.choice.version);
        let (complaint, search_path) = self.verify(trial, version, layer.of.probe).await?;
        if let Some(search_path) = search_path {
            let (base, ids) = (layer.of.base_image.content(), layer.user.ids_inside());
            self.remember_search_path(&base, ids, search_path);
        }
        self.check_interruption()?;
        said.extend(complaint.map(|complaint| (binary.package.clone(), complaint)));
        Ok(())
    }

    async fn build_candidate(
        &self,
        layer: &Layer<'_>,
        context: LayerContext,
    ) -> Result<(), BuildError> {
        let spec = BuildSpec {
            image: layer.candidate.clone(),
            dockerfile: context.dockerfile().to_owned(),
            context: context.directory().to_owned(),
            build_args: [].into(),
            secrets: [].into(),
            target: None,
            labels: [].into(),
            cache: BuildCache::NotWorthKeeping,
            base_pull: BasePull::IfMissing,
            network: BuildNetwork::Default,
            output: BuildOutput::OnFailure,
        };
        let built = self.runtime.build_image(&spec).await;
        built.map_err(|error| match error {
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
        Ok(())
    }
}
