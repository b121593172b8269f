//! Everything that a command needs, made once.

use std::sync::Arc;

use ocx_core::{
    engine::Execution,
    host::Host,
    opencode::{Registry, Store},
    ops::{Mode, Ocx, OcxError},
    project::{self, Project},
    settings::{self, Loaded, PullPolicy, Settings},
};

use crate::{
    args::GlobalArgs,
    backend::{self, Backend, Candidates},
    engine_choice::{self, Engine, Memory},
    failure::Failure,
    fetch_question, host_facts, output,
    reporter::TerminalReporter,
};

/// Host, project and settings.
pub(crate) struct Desk {
    pub(crate) host: Host,
    pub(crate) project: Project,
    pub(crate) loaded: Loaded,
}

impl Desk {
    pub(crate) fn prepare(args: &GlobalArgs) -> Result<Self, Failure> {
        let host = host_facts::gather()?;
        let project = project::discover(&host, args.workspace.as_deref())?;
        let loaded = settings::load(&host, &project, &args.overrides())?;
        if !args.quiet {
            for warning in &project.warnings {
                output::warning(&warning.to_string());
            }
            for warning in &loaded.warnings {
                output::warning(&warning.to_string());
            }
        }
        Ok(Self {
            host,
            project,
            loaded,
        })
    }
}

/// A desk, and what a use case needs besides an engine.
pub(crate) struct Workbench {
    desk: Desk,
    registry: Registry,
    store: Store,
    reporter: Arc<TerminalReporter>,
    execution: Execution,
    /// Whether somebody is there to be asked whether an image is to be fetched.
    may_ask: bool,
}

impl Workbench {
    pub(crate) fn prepare(args: &GlobalArgs, desk: Desk) -> Self {
        let settings = &desk.loaded.settings;
        Self {
            registry: Registry::new(&settings.opencode_registry),
            store: Store::new(desk.host.dirs.cache.clone()),
            may_ask: settings.base_pull == PullPolicy::Ask
                && desk.host.terminals.stdin
                && desk.host.terminals.stderr
                && !args.quiet
                && !args.dry_run,
            reporter: Arc::new(TerminalReporter::new(args)),
            execution: if args.dry_run {
                Execution::Plan
            } else {
                Execution::Run
            },
            desk,
        }
    }

    /// Does something with the engine that the settings choose. An engine that was chosen
    /// automatically some time ago and is not there any more is replaced by one that is.
    pub(crate) async fn with_engine<T>(
        &self,
        action: impl AsyncFn(&Ocx<'_>) -> Result<T, OcxError>,
    ) -> Result<T, Failure> {
        let choice = self.desk.loaded.settings.runtime;
        let candidates =
            backend::candidates(choice, &self.desk.host, self.execution, &self.reporter)?;
        let (docker, podman) = match candidates {
            Candidates::One(engine) => return Ok(action(&self.ocx(&engine)).await?),
            Candidates::Both { docker, podman } => (docker, podman),
        };
        let (on_docker, on_podman) = (self.ocx(&docker), self.ocx(&podman));
        let memory = Memory::of(&docker, &podman, &on_docker);
        let remembered = memory.recall();
        let chosen = async || -> Result<_, OcxError> {
            Ok(
                match engine_choice::choose(&on_docker, &on_podman, &memory).await? {
                    Engine::Docker => &on_docker,
                    Engine::Podman => &on_podman,
                },
            )
        };
        let result = action(chosen().await?).await;
        let Err(error) = &result else {
            return Ok(result?);
        };
        if engine_choice::is_gone(error) {
            memory.forget();
            if remembered.is_some() {
                return Ok(action(chosen().await?).await?);
            }
        }
        Ok(result?)
    }

    /// Like [`with_engine`](Self::with_engine), for what needs a base image: if that is not there, asks
    /// on the terminal, once, whether it is to be fetched.
    pub(crate) async fn with_base<T>(
        &self,
        action: impl AsyncFn(&Ocx<'_>) -> Result<T, OcxError>,
    ) -> Result<T, Failure> {
        self.with_engine(async |ocx| match action(ocx).await {
            Err(OcxError::BaseMissing { image, engine })
                if self.may_ask && fetch_question::is_agreed(&image, engine) =>
            {
                let settings = Settings {
                    base_pull: PullPolicy::Missing,
                    ..ocx.settings.clone()
                };
                let settings = &settings;
                action(&Ocx { settings, ..*ocx }).await
            }
            result => result,
        })
        .await
    }

    fn ocx<'a>(&'a self, engine: &'a Backend) -> Ocx<'a> {
        Ocx {
            runtime: &*engine.runtime,
            engine_key: &engine.key,
            host: &self.desk.host,
            project: &self.desk.project,
            settings: &self.desk.loaded.settings,
            registry: &self.registry,
            store: &self.store,
            reporter: &*self.reporter,
            mode: match self.execution {
                Execution::Run => Mode::Execute,
                Execution::Plan => Mode::DryRun,
            },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
