//! Everything that a command needs, made once.

use std::sync::Arc;

use ocx_core::{
    engine::Execution,
    host::Host,
    opencode::{Registry, Store},
    ops::{Mode, Ocx},
    project::{self, Project},
    settings::{self, Loaded},
};

use crate::{
    args::GlobalArgs,
    backend::{self, Backend},
    failure::Failure,
    host_facts, output,
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

/// A desk with an engine.
pub(crate) struct Workbench {
    pub(crate) desk: Desk,
    backend: Backend,
    registry: Registry,
    store: Store,
    reporter: Arc<TerminalReporter>,
    mode: Mode,
}

impl Workbench {
    pub(crate) fn prepare(args: &GlobalArgs, desk: Desk) -> Result<Self, Failure> {
        let reporter = Arc::new(TerminalReporter::new(args));
        let (execution, mode) = if args.dry_run {
            (Execution::Plan, Mode::DryRun)
        } else {
            (Execution::Run, Mode::Execute)
        };
        let settings = &desk.loaded.settings;
        let backend = backend::choose(settings.runtime, &desk.host, execution, reporter.clone())?;
        let registry = Registry::new(&settings.opencode_registry);
        let store = Store::new(desk.host.dirs.cache.clone());
        Ok(Self {
            desk,
            backend,
            registry,
            store,
            reporter,
            mode,
        })
    }

    pub(crate) fn ocx(&self) -> Ocx<'_> {
        Ocx {
            runtime: &*self.backend.runtime,
            engine_key: &self.backend.key,
            host: &self.desk.host,
            project: &self.desk.project,
            settings: &self.desk.loaded.settings,
            registry: &self.registry,
            store: &self.store,
            reporter: &*self.reporter,
            mode: self.mode,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
