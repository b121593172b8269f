//! What a [`CliRuntime`] does for each method of [`ContainerRuntime`].

use std::time::Duration;

use async_trait::async_trait;
use camino::Utf8PathBuf;
use futures_util::future::try_join_all;

use super::{
    CliRuntime, Dialect, InfoError, Invocation, Problem, args,
    contained_exit::{self, OnInterrupt},
    image_files::{content_of_single_file, copy_source},
    process,
};
use crate::{
    image::{ImageHandle, ImageId, ImageReference},
    plan::{
        BuildOutput, BuildSpec, ExecSpec, Init, Output, RunSpec, Terminal, UserMapping, VolumeSpec,
    },
    runtime::{
        CommandError, ContainerFilter, ContainerId, ContainerInfo, ContainerRuntime, EngineInfo,
        Exit, Failure, ImageInfo, RunOutcome, RuntimeError,
    },
};

/// How long an interrupted program gets to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

#[async_trait]
impl<D: Dialect> ContainerRuntime for CliRuntime<D> {
    fn name(&self) -> &'static str {
        self.dialect.name()
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
                InfoError::Unreadable(source) => RuntimeError::UnexpectedOutput {
                    command: questions
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(" && "),
                    source,
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
        let container = self.make_container(&image.to_string(), &[]).await?;
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
                let captured = self.ask(&copy).await?;
                match captured.error(&copy) {
                    None => Ok(content_of_single_file(&captured.stdout)),
                    Some(error) if self.dialect.classify(&error) == Problem::Missing => Ok(None),
                    Some(error) => {
                        Err(
                            self.failed(error, |engine, source| RuntimeError::CommandFailed {
                                engine,
                                source,
                            }),
                        )
                    }
                }
            }
        };
        let files = try_join_all(paths.iter().map(read)).await;
        self.remove_container(&container).await?;
        files
    }

    async fn pull_image(&self, image: &ImageReference) -> Result<(), RuntimeError> {
        let invocation = self.change(&["pull", image.as_str()]);
        if !self.announce(&invocation) {
            return Ok(());
        }
        let captured = process::stream(&invocation).await?;
        captured.error(&invocation).map_or(Ok(()), |error| {
            Err(self.failed(error, |_, source| RuntimeError::PullFailed {
                image: image.clone(),
                source,
            }))
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
        let captured = self.ask(&invocation).await?;
        match captured.error(&invocation) {
            None => Ok(()),
            Some(error) if self.dialect.classify(&error) == Problem::Missing => Ok(()),
            Some(error) => Err(
                self.failed(error, |engine, source| RuntimeError::CommandFailed {
                    engine,
                    source,
                }),
            ),
        }
    }

    async fn build_image(&self, spec: &BuildSpec) -> Result<(), RuntimeError> {
        let invocation = args::build_invocation(&self.dialect, &self.program, spec);
        if !self.announce(&invocation) {
            return Ok(());
        }
        let captured = match spec.output {
            BuildOutput::Stream => process::stream(&invocation).await?,
            BuildOutput::OnFailure => process::capture(&invocation).await?,
        };
        captured.error(&invocation).map_or(Ok(()), |mut source| {
            // The legacy builder writes its steps to standard output and the reason of a failure to
            // standard error; both are needed to understand it.
            if spec.output == BuildOutput::OnFailure {
                source.stderr = format!(
                    "{}{}",
                    String::from_utf8_lossy(&captured.stdout),
                    source.stderr
                );
            }
            Err(self.failed(source, |_, source| RuntimeError::BuildFailed {
                image: spec.image.clone(),
                source,
            }))
        })
    }

    async fn prepare_image(
        &self,
        image: &ImageReference,
        user: UserMapping,
    ) -> Result<(), RuntimeError> {
        let Some(flags) = self.dialect.first_run_flags(user) else {
            return Ok(());
        };
        let image = self.dialect.local_name(image);
        let container = self.make_container(&image, &flags).await?;
        self.remove_container(&container).await
    }

    async fn ensure_volume(&self, spec: &VolumeSpec) -> Result<(), RuntimeError> {
        let found = self
            .ask(&self.query(&["volume", "inspect", spec.name.as_str()]))
            .await?;
        if found.failure.is_none() {
            return Ok(());
        }
        let mut invocation = self.change(&["volume", "create"]);
        for (name, value) in &spec.labels {
            invocation.option("--label", format!("{name}={value}"));
        }
        invocation.arg(spec.name.as_str());
        self.require(&invocation).await.map(drop)
    }

    async fn run(&self, spec: &RunSpec) -> Result<RunOutcome, RuntimeError> {
        let invocation = args::run_invocation(&self.dialect, &self.program, spec);
        let nothing = RunOutcome {
            exit: Exit::Code(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        if !self.announce(&invocation) {
            return Ok(nothing);
        }
        let started = jiff::Timestamp::now();
        let (failure, signal, outcome) = match spec.output {
            Output::Capture => {
                let captured = process::capture(&invocation).await?;
                let outcome = RunOutcome {
                    stdout: captured.stdout,
                    stderr: captured.stderr,
                    ..nothing
                };
                (captured.failure, None, outcome)
            }
            Output::Inherit => {
                let stop = || async {
                    let container = spec
                        .id_file
                        .as_deref()
                        .and_then(contained_exit::container_made);
                    if let Some(container) = &container {
                        // It may have ended by itself meanwhile.
                        let _ = self.stop_container(container, GRACE).await;
                    }
                    container.is_some()
                };
                // Without an init process opencode is process 1 and ignores what the client passes
                // on; in a terminal the key is opencode's own business.
                let on_interrupt = match (spec.init, spec.terminal) {
                    (Init::Program, Terminal::Piped) => OnInterrupt::Stop,
                    (Init::Program, Terminal::Interactive) | (Init::Engine, _) => OnInterrupt::Wait,
                };
                let (failure, signal) =
                    contained_exit::attached(&invocation, on_interrupt, stop).await?;
                (failure, signal, nothing)
            }
        };
        if let Some(signal) = signal {
            return Ok(RunOutcome {
                exit: Exit::Interrupted { signal },
                ..outcome
            });
        }
        let start_failed = |failure| {
            let stderr = String::from_utf8_lossy(&outcome.stderr)
                .trim_end()
                .to_owned();
            let source = CommandError {
                command: invocation.to_string(),
                failure,
                stderr,
            };
            Err(
                self.failed(source, |engine, source| RuntimeError::StartFailed {
                    engine,
                    source,
                }),
            )
        };
        match failure {
            None => Ok(outcome),
            Some(failure @ Failure::Code(code)) => {
                if contained_exit::may_be_the_engines(code) {
                    let container = spec
                        .id_file
                        .as_deref()
                        .and_then(contained_exit::container_made);
                    let started = match container {
                        Some(container) => self.was_started(&container, started).await?,
                        None => false,
                    };
                    if !started {
                        return start_failed(failure);
                    }
                }
                Ok(RunOutcome {
                    exit: Exit::Code(u8::try_from(code).unwrap_or(u8::MAX)),
                    ..outcome
                })
            }
            Some(failure) => start_failed(failure),
        }
    }

    async fn exec(&self, spec: &ExecSpec) -> Result<RunOutcome, RuntimeError> {
        let invocation = args::exec_invocation(&self.program, spec);
        let nothing = RunOutcome {
            exit: Exit::Code(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        if !self.announce(&invocation) {
            return Ok(nothing);
        }
        let (failure, signal, outcome) = match spec.output {
            Output::Capture => {
                let captured = process::capture(&invocation).await?;
                let outcome = RunOutcome {
                    stdout: captured.stdout,
                    stderr: captured.stderr,
                    ..nothing
                };
                (captured.failure, None, outcome)
            }
            Output::Inherit => {
                // The container is a session's own and goes on; there is nothing to be stopped but
                // the client.
                let nothing_to_stop = || async { true };
                let (failure, signal) =
                    contained_exit::attached(&invocation, OnInterrupt::Wait, nothing_to_stop)
                        .await?;
                (failure, signal, nothing)
            }
        };
        let exit = match (signal, failure) {
            (Some(signal), _) | (None, Some(Failure::Signal(signal))) => {
                Exit::Interrupted { signal }
            }
            (None, None) => Exit::Code(0),
            (None, Some(Failure::Code(code))) => Exit::Code(u8::try_from(code).unwrap_or(u8::MAX)),
            (None, Some(failure @ Failure::Io(_))) => {
                let source = CommandError {
                    command: invocation.to_string(),
                    failure,
                    stderr: String::new(),
                };
                return Err(RuntimeError::CommandNotRun { source });
            }
        };
        Ok(RunOutcome { exit, ..outcome })
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
            .map_err(|source| RuntimeError::UnexpectedOutput {
                command: invocation.to_string(),
                source,
            })
    }

    async fn stop_container(
        &self,
        container: &ContainerId,
        grace: Duration,
    ) -> Result<(), RuntimeError> {
        let seconds = grace.as_secs().to_string();
        let invocation = self.change(&["stop", "--time", &seconds, &container.0]);
        let captured = self.ask(&invocation).await?;
        match captured.error(&invocation) {
            None => Ok(()),
            Some(error) if self.dialect.classify(&error) == Problem::Missing => Ok(()),
            Some(error) => Err(
                self.failed(error, |engine, source| RuntimeError::CommandFailed {
                    engine,
                    source,
                }),
            ),
        }
    }
}
