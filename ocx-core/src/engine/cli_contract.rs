//! What a [`CliRuntime`] does for each method of [`ContainerRuntime`].

use std::time::Duration;

use async_trait::async_trait;
use camino::Utf8PathBuf;
use futures_util::future::try_join_all;

use super::{
    CliRuntime, Dialect, InfoError, Invocation, Thing, args,
    build::Built,
    cli_runtime::MAKING,
    image_files::{LARGEST_ARCHIVE, copy_source},
};
use crate::{
    confinement::{Applied, Excess},
    image::{ImageHandle, ImageId, ImageReference},
    runtime::{
        ContainerFilter, ContainerId, ContainerInfo, ContainerRuntime, ContainerUsage, EngineInfo,
        EngineKey, EngineName, EnsuredNetwork, Execution, Exit, ImageInfo, LayerEntry, Removal,
        Request, RunOutcome, RuntimeError, VolumeInfo,
    },
    spec::{AttachSpec, BuildSpec, ExecSpec, NetworkSpec, RunSpec, VolumeName, VolumeSpec},
};

#[async_trait]
impl<D: Dialect> ContainerRuntime for CliRuntime<D> {
    fn name(&self) -> EngineName {
        self.dialect.name()
    }

    fn key(&self) -> EngineKey {
        self.client.key.clone()
    }

    fn execution(&self) -> Execution {
        self.connection.execution
    }

    async fn engine_info(&self) -> Result<EngineInfo, RuntimeError> {
        let questions: Vec<Invocation> = self
            .dialect
            .info_questions()
            .iter()
            .map(|args| self.query(args))
            .collect();
        let answers = try_join_all(questions.iter().map(|question| self.require(question))).await?;
        self.dialect
            .parse_info(&answers)
            .map_err(|error| match error {
                InfoError::Unreadable { answer, reason } => {
                    RuntimeError::unexpected(&questions[answer], &answers[answer], &*reason)
                }
                InfoError::TooOld {
                    program,
                    version,
                    oldest,
                } => RuntimeError::TooOld {
                    engine: self.dialect.name(),
                    program,
                    version,
                    oldest: oldest.to_string(),
                },
                InfoError::Unsupported { feature, remedy } => RuntimeError::Unsupported {
                    engine: self.dialect.name(),
                    feature,
                    remedy,
                },
            })
    }

    async fn find_images(
        &self,
        images: &[ImageReference],
    ) -> Result<Vec<Option<ImageInfo>>, RuntimeError> {
        self.inspect(images).await
    }

    async fn read_files(
        &self,
        image: &ImageId,
        paths: &[Utf8PathBuf],
    ) -> Result<Vec<Option<Vec<u8>>>, RuntimeError> {
        let (container, made) = self.make_container(&image.to_string()).await?;
        let read = |path: &Utf8PathBuf| {
            let mut copy = self.query(&["cp"]);
            copy.args.extend(
                self.dialect
                    .copy_flags()
                    .iter()
                    .map(|&flag| flag.to_owned()),
            );
            copy.option(&copy_source(&container, path), "-");
            async move {
                Ok((
                    self.ask_for_the_beginning(&copy, LARGEST_ARCHIVE).await?,
                    copy,
                ))
            }
        };
        let copies: Result<Vec<_>, RuntimeError> = try_join_all(paths.iter().map(read)).await;
        let files = match copies {
            Ok(copies) => self.files_of(&container, copies).await,
            Err(error) => Err(error),
        };
        let removed = self.remove_made(&container, made).await;
        let files = files?;
        removed?;
        Ok(files)
    }

    async fn read_layer(
        &self,
        image: &ImageId,
        layer: &str,
    ) -> Result<Option<Vec<LayerEntry>>, RuntimeError> {
        self.layer_of(image, layer).await
    }

    async fn pull_image(&self, image: &ImageReference) -> Result<(), RuntimeError> {
        let invocation = self.change(&["pull", image.as_str()]);
        let Some(call) = self.announce(&invocation) else {
            return Ok(());
        };
        let captured = self.run_long(call, &invocation).await?;
        // What is said here is about the registry. That its name is unknown, say, does not mean that
        // the engine cannot be reached, in whatever words.
        captured.error(&invocation).map_or(Ok(()), |source| {
            Err(RuntimeError::PullFailed {
                engine: self.dialect.name(),
                image: image.clone(),
                source,
            })
        })
    }

    async fn tag_image(
        &self,
        image: &ImageHandle,
        name: &ImageReference,
    ) -> Result<(), RuntimeError> {
        let name = self.dialect.local_name(name);
        self.require(&self.change(&["tag", &self.handle(image), &name]))
            .await
            .map(drop)
    }

    async fn remove_image(&self, image: &ImageHandle) -> Result<(), RuntimeError> {
        let invocation = self.change(&["rmi", &self.handle(image)]);
        self.require_if_there(&invocation, Thing::Image(image))
            .await
            .map(drop)
    }

    async fn remove_nameless(&self, image: &ImageId) -> Result<Removal, RuntimeError> {
        let id = image.to_string();
        let question = self.query(&["image", "inspect", &id]);
        let handle = ImageHandle::Id(image.clone());
        let answer = self.require_if_there(&question, Thing::Image(&handle));
        let Some(answer) = answer.await? else {
            return Ok(Removal::Gone);
        };
        let found = self
            .dialect
            .parse_images(&answer)
            .map_err(|reason| RuntimeError::unexpected(&question, &answer, &*reason))?;
        // Told by its ID to remove an image, an engine takes away its last name as well. A digest is
        // none: what was fetched by a tag that has moved on keeps it.
        if found.iter().any(|image| image.tags().next().is_some()) {
            return Ok(Removal::Named);
        }
        let removed = self.ask(&self.change(&["rmi", &id])).await?;
        Ok(match removed.failure {
            None => Removal::Gone,
            Some(_) => Removal::Refused,
        })
    }

    async fn build_image(&self, spec: &BuildSpec) -> Result<(), RuntimeError> {
        let invocation = args::build_invocation(&self.dialect, &self.client.program, spec);
        let Some(Built { captured, step }) = self.run_build(&invocation, spec.output).await? else {
            return Ok(());
        };
        let Some(mut error) = captured.error(&invocation) else {
            return Ok(());
        };
        error.step = step;
        // The legacy builder writes its steps to standard output and the reason of a failure to
        // standard error; both are needed to understand it.
        if !captured.stdout.is_empty() {
            error.stderr = format!(
                "{}{}",
                String::from_utf8_lossy(&captured.stdout),
                error.stderr
            );
        }
        let image = spec.image.clone();
        // It only makes the error better.
        let obstacle = self.obstacle().await.unwrap_or_default().map(Box::new);
        let failed = |_, source| RuntimeError::BuildFailed {
            image,
            obstacle,
            source,
        };
        Err(self.failed(error, failed).await)
    }

    async fn ensure_volume(&self, spec: &VolumeSpec) -> Result<(), RuntimeError> {
        self.make_volume(spec).await
    }

    async fn find_volumes(
        &self,
        volumes: &[VolumeName],
    ) -> Result<Vec<Option<VolumeInfo>>, RuntimeError> {
        self.volumes_called(volumes).await
    }

    async fn remove_volume(&self, volume: &VolumeName) -> Result<(), RuntimeError> {
        self.remove_volume_called(volume).await
    }

    async fn ensure_network(&self, spec: &NetworkSpec) -> Result<EnsuredNetwork, RuntimeError> {
        self.make_network(spec).await
    }

    async fn run(&self, spec: &RunSpec) -> Result<RunOutcome, RuntimeError> {
        self.run_in_foreground(spec).await
    }

    fn requests(&self, spec: &RunSpec) -> Vec<Request> {
        args::run_requests(&self.dialect, &self.client.program, spec)
    }

    async fn rehearse(&self, spec: &RunSpec) -> Result<Applied, RuntimeError> {
        let create = args::create_invocation(&self.dialect, &self.client.program, spec);
        let (id, made) = self.make(create.within(MAKING)).await?;
        let inspect = self.query(&["container", "inspect", &id]);
        let inspected = self.require(&inspect).await;
        let removed = self.remove_made(&id, made).await;
        let inspected = inspected?;
        removed?;
        self.dialect
            .parse_applied(&inspected)
            .map_err(|reason| RuntimeError::unexpected(&inspect, &inspected, &*reason))
    }

    fn configuration_behind(&self, excess: &Excess) -> Vec<String> {
        self.dialect.configuration_behind(excess)
    }

    async fn exec(&self, spec: &ExecSpec) -> Result<RunOutcome, RuntimeError> {
        self.exec_in_foreground(spec).await
    }

    async fn attach(&self, spec: &AttachSpec) -> Result<Exit, RuntimeError> {
        self.attach_in_foreground(spec).await
    }

    async fn list_containers(
        &self,
        filter: &ContainerFilter,
    ) -> Result<Vec<ContainerInfo>, RuntimeError> {
        let mut invocation = self.query(&[]);
        invocation.args = self.dialect.list_containers(filter);
        let stdout = self.require(&invocation).await?;
        self.dialect
            .parse_containers(&stdout)
            .map_err(|reason| RuntimeError::unexpected(&invocation, &stdout, &*reason))
    }

    async fn container_usage(
        &self,
        containers: &[ContainerId],
    ) -> Result<Vec<ContainerUsage>, RuntimeError> {
        self.measure_all(containers).await
    }

    async fn stop_container(
        &self,
        container: &ContainerId,
        grace: Duration,
    ) -> Result<(), RuntimeError> {
        self.stop_container_within(container, grace).await.map(drop)
    }
}
