//! What a [`Mutant`] does for each method of [`ContainerRuntime`].

use std::time::Duration;

use async_trait::async_trait;
use camino::Utf8PathBuf;

use super::{Mutant, Mutation, spec::somebody_else};
use crate::{
    confinement::{Applied, Excess},
    image::{ImageHandle, ImageId, ImageReference},
    runtime::{
        ContainerFilter, ContainerId, ContainerInfo, ContainerRuntime, ContainerUsage, EngineInfo,
        EngineKey, EngineMode, EngineName, EnsuredNetwork, Execution, Exit, ImageInfo, LayerEntry,
        LimitSupport, Removal, Request, RunOutcome, RuntimeError, Started, VolumeInfo,
    },
    spec::{AttachSpec, BuildSpec, ExecSpec, NetworkSpec, RunSpec, VolumeName, VolumeSpec},
    testing::image_info,
};

#[async_trait]
impl ContainerRuntime for Mutant<'_> {
    fn name(&self) -> EngineName {
        self.runtime.name()
    }

    fn key(&self) -> EngineKey {
        self.runtime.key()
    }

    fn execution(&self) -> Execution {
        self.runtime.execution()
    }

    async fn engine_info(&self) -> Result<EngineInfo, RuntimeError> {
        let mut info = self.runtime.engine_info().await?;
        match self.mutation {
            Mutation::VersionInvented => "99.9.9".clone_into(&mut info.version),
            Mutation::ModeInvented => {
                info.mode = match info.mode {
                    EngineMode::Rootful => EngineMode::RootlessRootIsHost,
                    _ => EngineMode::Rootful,
                };
            }
            Mutation::LimitsInvented => {
                info.limits = LimitSupport {
                    memory: !info.limits.memory,
                    cpus: !info.limits.cpus,
                    pids: !info.limits.pids,
                };
            }
            _ => {}
        }
        Ok(info)
    }

    async fn find_images(
        &self,
        images: &[ImageReference],
    ) -> Result<Vec<Option<ImageInfo>>, RuntimeError> {
        let mut found = self.runtime.find_images(images).await?;
        match self.mutation {
            Mutation::ImagesReversed => found.reverse(),
            Mutation::ImageFieldsBlank => {
                for image in found.iter_mut().flatten() {
                    *image = ImageInfo {
                        id: image.id.clone(),
                        ..image_info()
                    };
                }
            }
            _ => {}
        }
        Ok(found)
    }

    async fn read_files(
        &self,
        image: &ImageId,
        paths: &[Utf8PathBuf],
    ) -> Result<Vec<Option<Vec<u8>>>, RuntimeError> {
        if self.is(Mutation::FilesMissing) {
            return Ok(vec![None; paths.len()]);
        }
        self.runtime.read_files(image, paths).await
    }

    async fn read_layer(
        &self,
        image: &ImageId,
        layer: &str,
    ) -> Result<Option<Vec<LayerEntry>>, RuntimeError> {
        let mut entries = self.runtime.read_layer(image, layer).await?;
        if let (Some(entries), Mutation::LayerLeftOut) = (&mut entries, self.mutation) {
            entries.pop();
        }
        Ok(entries)
    }

    async fn pull_image(&self, image: &ImageReference) -> Result<(), RuntimeError> {
        if self.is(Mutation::PullSkipped) {
            return Ok(());
        }
        self.runtime.pull_image(image).await
    }

    async fn tag_image(
        &self,
        image: &ImageHandle,
        name: &ImageReference,
    ) -> Result<(), RuntimeError> {
        if self.is(Mutation::TagSkipped) {
            return Ok(());
        }
        self.runtime.tag_image(image, name).await
    }

    async fn remove_image(&self, image: &ImageHandle) -> Result<(), RuntimeError> {
        if self.is(Mutation::RemoveSkipped) {
            return Ok(());
        }
        self.runtime.remove_image(image).await
    }

    async fn remove_nameless(&self, image: &ImageId) -> Result<Removal, RuntimeError> {
        match self.mutation {
            Mutation::RemoveNamed => {
                let image = ImageHandle::Id(image.clone());
                self.runtime.remove_image(&image).await?;
                Ok(Removal::Gone)
            }
            Mutation::RemoveNamelessSkipped => {
                let image = self.runtime.remove_nameless(image).await?;
                Ok(match image {
                    Removal::Gone => Removal::Refused,
                    other => other,
                })
            }
            _ => self.runtime.remove_nameless(image).await,
        }
    }

    async fn build_image(&self, spec: &BuildSpec) -> Result<(), RuntimeError> {
        let built = self.runtime.build_image(&self.build_spec(spec)).await;
        if self.is(Mutation::BuildFailuresHidden) {
            return Ok(());
        }
        built
    }

    async fn ensure_volume(&self, spec: &VolumeSpec) -> Result<(), RuntimeError> {
        let mut spec = spec.clone();
        match self.mutation {
            Mutation::VolumeSkipped => return Ok(()),
            Mutation::VolumeLabelsDropped => spec.labels.clear(),
            _ => {}
        }
        self.runtime.ensure_volume(&spec).await
    }

    async fn find_volumes(
        &self,
        volumes: &[VolumeName],
    ) -> Result<Vec<Option<VolumeInfo>>, RuntimeError> {
        if self.is(Mutation::VolumesMissing) {
            return Ok(vec![None; volumes.len()]);
        }
        self.runtime.find_volumes(volumes).await
    }

    async fn remove_volume(&self, volume: &VolumeName) -> Result<(), RuntimeError> {
        if self.is(Mutation::VolumeKept) {
            return Ok(());
        }
        self.runtime.remove_volume(volume).await
    }

    async fn ensure_network(&self, spec: &NetworkSpec) -> Result<EnsuredNetwork, RuntimeError> {
        self.runtime.ensure_network(spec).await
    }

    async fn run(&self, spec: &RunSpec) -> Result<RunOutcome, RuntimeError> {
        let outcome = self.runtime.run(&self.run_spec(spec)).await;
        match (self.mutation, outcome) {
            (Mutation::ExitCodesLost, Ok(outcome)) => Ok(RunOutcome {
                exit: Exit::Code(0),
                ..outcome
            }),
            (Mutation::FailuresHidden, Ok(outcome)) => Ok(RunOutcome {
                started: Started::Yes,
                ..outcome
            }),
            (Mutation::FailuresHidden, Err(_)) => Ok(RunOutcome {
                exit: Exit::Code(125),
                started: Started::Yes,
                stdout: Vec::new(),
                stderr: Vec::new(),
            }),
            (_, outcome) => outcome,
        }
    }

    fn requests(&self, spec: &RunSpec) -> Vec<Request> {
        self.runtime.requests(spec)
    }

    async fn rehearse(&self, spec: &RunSpec) -> Result<Applied, RuntimeError> {
        if self.is(Mutation::RehearsalEmpty) {
            return Ok(Applied::default());
        }
        self.runtime.rehearse(spec).await
    }

    fn configuration_behind(&self, excess: &Excess) -> Vec<String> {
        self.runtime.configuration_behind(excess)
    }

    async fn exec(&self, spec: &ExecSpec) -> Result<RunOutcome, RuntimeError> {
        let mut spec = spec.clone();
        match self.mutation {
            Mutation::ExecVariablesDropped => spec.environment.clear(),
            Mutation::ExecUserIgnored => spec.user = somebody_else(spec.user),
            _ => {}
        }
        self.runtime.exec(&spec).await
    }

    async fn attach(&self, spec: &AttachSpec) -> Result<Exit, RuntimeError> {
        self.runtime.attach(spec).await
    }

    async fn list_containers(
        &self,
        filter: &ContainerFilter,
    ) -> Result<Vec<ContainerInfo>, RuntimeError> {
        match self.mutation {
            Mutation::ListEmpty => Ok(Vec::new()),
            Mutation::FilterIgnored => {
                let all = ContainerFilter::default();
                self.runtime.list_containers(&all).await
            }
            _ => self.runtime.list_containers(filter).await,
        }
    }

    async fn container_usage(
        &self,
        containers: &[ContainerId],
    ) -> Result<Vec<ContainerUsage>, RuntimeError> {
        self.runtime.container_usage(containers).await
    }

    async fn stop_container(
        &self,
        container: &ContainerId,
        grace: Duration,
    ) -> Result<(), RuntimeError> {
        let grace = match self.mutation {
            Mutation::StopSkipped => return Ok(()),
            Mutation::GraceIgnored => Duration::ZERO,
            _ => grace,
        };
        self.runtime.stop_container(container, grace).await
    }
}
