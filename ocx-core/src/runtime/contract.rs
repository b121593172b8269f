//! The contract of a container engine.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use camino::Utf8PathBuf;

use super::{
    ContainerFilter, ContainerId, ContainerInfo, ContainerUsage, EngineInfo, EngineKey, EngineName,
    EnsuredNetwork, Exit, ImageInfo, LayerEntry, Removal, Request, RunOutcome, RuntimeError,
    VolumeInfo,
};
use crate::{
    confinement::{Applied, Excess},
    image::{ImageHandle, ImageId, ImageReference},
    spec::{AttachSpec, BuildSpec, ExecSpec, NetworkSpec, RunSpec, VolumeName, VolumeSpec},
};

/// Whether what changes an engine is really done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// It is.
    Run,
    /// It is told instead, as [`PlannedCommand`](crate::report::EventKind::PlannedCommand), and
    /// taken to have gone well. Files on the host are prepared all the same, so that the commands
    /// work when they are pasted into a shell.
    Plan,
}

/// A container engine that can build and run images.
///
/// Absence is `Ok(None)`; a contained program that ends with another code than 0 is an `Ok` outcome.
/// Nothing here contacts a registry but [`pull_image`](Self::pull_image) and, where a Dockerfile
/// asks for it, [`build_image`](Self::build_image).
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ContainerRuntime: fmt::Debug + Send + Sync {
    /// The engine's name in settings and messages, such as `docker`.
    fn name(&self) -> EngineName;

    /// Which engine it is, for what is remembered about it. Two runtimes with the same key lead to
    /// the same engine, with the same configuration.
    fn key(&self) -> EngineKey;

    /// Whether it really changes the engine.
    fn execution(&self) -> Execution;

    /// Asks the engine what it is. Takes one or two engine calls, so callers remember the answer.
    async fn engine_info(&self) -> Result<EngineInfo, RuntimeError>;

    /// Looks images up in local storage with one engine call. The answer has one entry for each of
    /// `images`, in their order; `None` for one that is not there.
    async fn find_images(
        &self,
        images: &[ImageReference],
    ) -> Result<Vec<Option<ImageInfo>>, RuntimeError>;

    /// Reads regular files out of an image without running anything in it, following symbolic links
    /// inside the image. One entry for each of `paths`; `None` for what is no regular file there.
    ///
    /// The content comes from the image and is as trustworthy as the image.
    async fn read_files(
        &self,
        image: &ImageId,
        paths: &[Utf8PathBuf],
    ) -> Result<Vec<Option<Vec<u8>>>, RuntimeError>;

    /// Tells what one layer of an image holds, by the layer's digest, without running anything in the
    /// image. `None` if the image has no such layer, or if the layer is larger, or of another form, than
    /// the engine can tell; a caller takes that for a layer that may hold anything.
    ///
    /// The whole image may have to be read for it.
    async fn read_layer(
        &self,
        image: &ImageId,
        layer: &str,
    ) -> Result<Option<Vec<LayerEntry>>, RuntimeError>;

    /// Fetches an image from its registry.
    async fn pull_image(&self, image: &ImageReference) -> Result<(), RuntimeError>;

    /// Gives an image one more name, taking it from the image that had it.
    async fn tag_image(
        &self,
        image: &ImageHandle,
        name: &ImageReference,
    ) -> Result<(), RuntimeError>;

    /// Takes a name from an image, and removes the image with its last name; or removes the image
    /// with this ID, unless something still needs it. No error if it is not there.
    async fn remove_image(&self, image: &ImageHandle) -> Result<(), RuntimeError>;

    /// Removes the image with this ID if it has no name and nothing needs it.
    async fn remove_nameless(&self, image: &ImageId) -> Result<Removal, RuntimeError>;

    /// Builds an image. A failed build leaves the name as it was.
    async fn build_image(&self, spec: &BuildSpec) -> Result<(), RuntimeError>;

    /// Creates a volume, unless one of this name exists.
    async fn ensure_volume(&self, spec: &VolumeSpec) -> Result<(), RuntimeError>;

    /// Looks volumes up by their names. The answer has one entry for each of `volumes`, in their order;
    /// `None` for one that is not there.
    async fn find_volumes(
        &self,
        volumes: &[VolumeName],
    ) -> Result<Vec<Option<VolumeInfo>>, RuntimeError>;

    /// Removes a volume with all that is in it. No error if it is not there; one if a container, running
    /// or not, has it.
    async fn remove_volume(&self, volume: &VolumeName) -> Result<(), RuntimeError>;

    /// Makes sure that there is a network for sessions, in which containers do not reach each other.
    /// Makes no engine call where that holds in the engine's own network anyway.
    async fn ensure_network(&self, spec: &NetworkSpec) -> Result<EnsuredNetwork, RuntimeError>;

    /// Runs a container in the foreground until its program ends.
    ///
    /// Dropping the future stops the container, if it has a name to stop it by.
    ///
    /// An engine failure is an error. Where it cannot be told from the program's own exit code, the
    /// outcome says so: [`RunOutcome::started`].
    async fn run(&self, spec: &RunSpec) -> Result<RunOutcome, RuntimeError>;

    /// How the engine would be asked for this container, piece by piece, in the order of the words. The
    /// first is [`Piece::Engine`](crate::spec::Piece::Engine). Asks nothing.
    fn requests(&self, spec: &RunSpec) -> Vec<Request>;

    /// Makes a container without starting it, removes it, and tells what the engine made of it.
    ///
    /// What the engine does only once for an image and a user, such as copying layers with shifted IDs, it
    /// has done then, so that the first session starts as fast as the next.
    async fn rehearse(&self, spec: &RunSpec) -> Result<Applied, RuntimeError>;

    /// Where the engine's own configuration may give a container this, in words for the user, the
    /// likeliest place first.
    fn configuration_behind(&self, excess: &Excess) -> Vec<String>;

    /// Runs a program in a running container, in the foreground, until it ends.
    ///
    /// An engine ends with codes that programs use, too, when it cannot start the program; the outcome
    /// then says that it may not have been started. Where the container is gone, its own message tells.
    async fn exec(&self, spec: &ExecSpec) -> Result<RunOutcome, RuntimeError>;

    /// Connects the caller's streams to the program that a running container began with, until that ends or
    /// the caller types the keys to leave it. The outcome is the client's, so that only a look at the
    /// container tells which it was; what the container's program printed before is not shown again.
    async fn attach(&self, spec: &AttachSpec) -> Result<Exit, RuntimeError>;

    /// Lists running containers.
    async fn list_containers(
        &self,
        filter: &ContainerFilter,
    ) -> Result<Vec<ContainerInfo>, RuntimeError>;

    /// Measures what running containers use of the machine, which may take two seconds. Those that have
    /// ended are left out.
    ///
    /// # Errors
    ///
    /// If the engine cannot measure: rootless Podman does not on cgroup v1.
    async fn container_usage(
        &self,
        containers: &[ContainerId],
    ) -> Result<Vec<ContainerUsage>, RuntimeError>;

    /// Stops a container: asks its program to end, and kills it after `grace`. No error if it is gone.
    async fn stop_container(
        &self,
        container: &ContainerId,
        grace: Duration,
    ) -> Result<(), RuntimeError>;
}
