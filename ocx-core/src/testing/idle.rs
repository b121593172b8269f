//! A runtime that does nothing.

use std::time::Duration;

use async_trait::async_trait;
use camino::Utf8PathBuf;

use super::engine_info;
use crate::{
    confinement::{Applied, Excess},
    image::{ImageHandle, ImageId, ImageReference},
    runtime::{
        ContainerFilter, ContainerId, ContainerInfo, ContainerRuntime, ContainerUsage, EngineInfo,
        EngineKey, EngineName, EnsuredNetwork, Execution, Exit, ImageInfo, LayerEntry, Removal,
        Request, RunOutcome, RuntimeError, Started, VolumeInfo,
    },
    spec::{AttachSpec, BuildSpec, ExecSpec, NetworkSpec, RunSpec, VolumeName, VolumeSpec},
};

/// A runtime that does nothing and says that all went well. A check that it passes checks nothing.
#[derive(Clone, Copy, Debug)]
pub struct Idle;

impl Idle {
    fn outcome() -> RunOutcome {
        RunOutcome {
            exit: Exit::Code(0),
            started: Started::Yes,
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    }
}

#[async_trait]
impl ContainerRuntime for Idle {
    fn name(&self) -> EngineName {
        EngineName::from_static("idle")
    }

    fn key(&self) -> EngineKey {
        EngineKey::new(&["idle"])
    }

    fn execution(&self) -> Execution {
        Execution::Run
    }

    async fn engine_info(&self) -> Result<EngineInfo, RuntimeError> {
        Ok(engine_info())
    }

    async fn find_images(
        &self,
        images: &[ImageReference],
    ) -> Result<Vec<Option<ImageInfo>>, RuntimeError> {
        Ok(vec![None; images.len()])
    }

    async fn read_files(
        &self,
        _image: &ImageId,
        paths: &[Utf8PathBuf],
    ) -> Result<Vec<Option<Vec<u8>>>, RuntimeError> {
        Ok(vec![None; paths.len()])
    }

    async fn read_layer(
        &self,
        _image: &ImageId,
        _layer: &str,
    ) -> Result<Option<Vec<LayerEntry>>, RuntimeError> {
        Ok(None)
    }

    async fn pull_image(&self, _image: &ImageReference) -> Result<(), RuntimeError> {
        Ok(())
    }

    async fn tag_image(
        &self,
        _image: &ImageHandle,
        _name: &ImageReference,
    ) -> Result<(), RuntimeError> {
        Ok(())
    }

    async fn remove_image(&self, _image: &ImageHandle) -> Result<(), RuntimeError> {
        Ok(())
    }

    async fn remove_nameless(&self, _image: &ImageId) -> Result<Removal, RuntimeError> {
        Ok(Removal::Gone)
    }

    async fn build_image(&self, _spec: &BuildSpec) -> Result<(), RuntimeError> {
        Ok(())
    }

    async fn ensure_network(&self, _spec: &NetworkSpec) -> Result<EnsuredNetwork, RuntimeError> {
        Ok(EnsuredNetwork::NotNeeded)
    }

    async fn ensure_volume(&self, _spec: &VolumeSpec) -> Result<(), RuntimeError> {
        Ok(())
    }

    async fn find_volumes(
        &self,
        volumes: &[VolumeName],
    ) -> Result<Vec<Option<VolumeInfo>>, RuntimeError> {
        Ok(vec![None; volumes.len()])
    }

    async fn remove_volume(&self, _volume: &VolumeName) -> Result<(), RuntimeError> {
        Ok(())
    }

    async fn run(&self, _spec: &RunSpec) -> Result<RunOutcome, RuntimeError> {
        Ok(Self::outcome())
    }

    fn requests(&self, _spec: &RunSpec) -> Vec<Request> {
        Vec::new()
    }

    async fn rehearse(&self, _spec: &RunSpec) -> Result<Applied, RuntimeError> {
        Ok(Applied::default())
    }

    fn configuration_behind(&self, _excess: &Excess) -> Vec<String> {
        Vec::new()
    }

    async fn exec(&self, _spec: &ExecSpec) -> Result<RunOutcome, RuntimeError> {
        Ok(Self::outcome())
    }

    async fn attach(&self, _spec: &AttachSpec) -> Result<Exit, RuntimeError> {
        Ok(Exit::Code(0))
    }

    async fn list_containers(
        &self,
        _filter: &ContainerFilter,
    ) -> Result<Vec<ContainerInfo>, RuntimeError> {
        Ok(Vec::new())
    }

    async fn container_usage(
        &self,
        _containers: &[ContainerId],
    ) -> Result<Vec<ContainerUsage>, RuntimeError> {
        Ok(Vec::new())
    }

    async fn stop_container(
        &self,
        _container: &ContainerId,
        _grace: Duration,
    ) -> Result<(), RuntimeError> {
        Ok(())
    }
}
