//! What every use case needs.

use std::sync::Arc;

use crate::ops::{Consent, DryRun, interruption::Critical, prove::Doubted, session::WithoutPlans};
use crate::{
    cancellation::Cancellation,
    host::Host,
    identity::{IdentityError, RequestedIds, user_mapping},
    opencode::{Registry, Store},
    project::Project,
    report::{Activity, Event, EventKind, Notice, Reporter, Step, Within},
    runtime::{Connection, ContainerRuntime, Engine, EngineInfo, EngineKey, Execution},
    settings::Settings,
    spec::UserMapping,
    trust::writable_places,
};

/// The version of this crate, for the labels of images.
pub(in crate::ops) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// An engine, a project and its settings: what the use cases work with.
///
/// It is made once and can be cloned, sent to other threads and used by several use cases at once.
/// It prints nothing, asks nobody and handles no signals: what happens is told to
/// [`on_event`](Self::on_event).
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::Program;
///
/// // Clones share the engine; each session is a task of its own.
/// let tests = ["unit", "e2e"].map(|suite| {
///     let session = ocx.clone().session(Program::command(["make", suite]));
///     tokio::spawn(session.run())
/// });
/// for test in tests {
///     println!("{:?}", test.await??.exit);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Ocx {
    engine: Engine,
    pub(crate) runtime: Arc<dyn ContainerRuntime>,
    pub(crate) host: Arc<Host>,
    pub(crate) project: Arc<Project>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) store: Arc<Store>,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) cancellation: Cancellation,
    pub(in crate::ops) critical: Critical,
    pub(in crate::ops) consent: Consent,
    pub(in crate::ops) doubted: Doubted,
}

impl Ocx {
    /// ocx for this project on this engine. Nothing is read or run.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use ocx_core::{Host, Ocx, Project, Settings, engines::Engine};
    ///
    /// # fn example(engine: Engine) -> Result<(), Box<dyn std::error::Error>> {
    /// let host = Host::of_this_process()?;
    /// let project = Project::discover(&host, None)?;
    /// let settings = Settings::of_files(&host, &project).build()?;
    /// let ocx = Ocx::new(host, project, settings, engine);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(host: Host, project: Project, settings: Settings, engine: Engine) -> Self {
        // Git is run as well, and must be the host's own.
        let host = host.without_programs_in(&writable_places(&project, &settings));
        let connection = Connection {
            records: Some(records(&host)),
            ..Connection::default()
        };
        Self {
            runtime: engine.connect(connection.clone()),
            engine,
            registry: Arc::new(Registry::new(&settings.opencode_registry)),
            store: Arc::new(Store::new(host.dirs.cache.clone())),
            host: Arc::new(host),
            project: Arc::new(project),
            settings: Arc::new(settings),
            reporter: connection.reporter,
            cancellation: connection.cancellation,
            critical: Critical::default(),
            consent: Consent::default(),
            doubted: Doubted::default(),
        }
    }

    fn connected(self, change: impl FnOnce(&mut Connection)) -> Self {
        let mut connection = Connection {
            execution: self.runtime.execution(),
            reporter: self.reporter,
            cancellation: self.cancellation,
            records: Some(records(&self.host)),
        };
        change(&mut connection);
        Self {
            runtime: self.engine.connect(connection.clone()),
            reporter: connection.reporter,
            cancellation: connection.cancellation,
            critical: Critical::default(),
            ..self
        }
    }

    /// The same, and what happens is told to `reporter`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(ocx: ocx_core::Ocx) {
    /// use std::sync::Arc;
    ///
    /// let quiet = ocx.reporting_to(Arc::new(ocx_core::report::Silent));
    /// # }
    /// ```
    #[must_use]
    pub fn reporting_to(self, reporter: Arc<dyn Reporter>) -> Self {
        self.connected(|connection| connection.reporter = reporter)
    }

    /// The same, and `told` is called for each event. It must not block for long.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::report::EventKind;
    ///
    /// let ocx = ocx.on_event(|event| match event.kind {
    ///     EventKind::Notice(notice) => eprintln!("note: {notice}"),
    ///     EventKind::EngineOutput { line } => eprintln!("{line}"),
    ///     _ => {}
    /// });
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_event(self, told: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        self.reporting_to(Arc::new(Telling(told)))
    }

    /// The same, but it ends what it does when `cancellation` is requested.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{BuildRequest, cancellation::Cancellation};
    ///
    /// let cancellation = Cancellation::new();
    /// let ocx = ocx.cancelled_by(cancellation.clone());
    /// tokio::spawn(async move {
    ///     if tokio::signal::ctrl_c().await.is_ok() {
    ///         cancellation.cancel();
    ///     }
    /// });
    /// match ocx.build(&BuildRequest::implicit()).await {
    ///     Err(error) if error.is_interruption() => eprintln!("never mind"),
    ///     result => println!("{}", result?.image),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn cancelled_by(self, cancellation: Cancellation) -> Self {
        self.connected(|connection| connection.cancellation = cancellation)
    }

    /// What would be done, without changing the engine.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{BuildRequest, ops::Planned, report::EventKind};
    ///
    /// let dry = ocx
    ///     .on_event(|event| {
    ///         if let EventKind::PlannedCommand { line } = event.kind {
    ///             println!("{line}");
    ///         }
    ///     })
    ///     .dry_run();
    /// if dry.build(&BuildRequest::implicit()).await? == Planned::UpToTheBase {
    ///     println!("the rest depends on the base, which is not there yet");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dry_run(self) -> DryRun {
        DryRun(self.connected(|connection| connection.execution = Execution::Plan))
    }

    /// The same, but planned commands are not told.
    pub(in crate::ops) fn telling_no_plans(&self) -> Self {
        self.clone().connected(|connection| {
            connection.reporter = Arc::new(WithoutPlans(Arc::clone(&connection.reporter)));
        })
    }

    /// The same with other settings.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut settings = ocx.settings().clone();
    /// settings.read_only = true;
    /// let stricter = ocx.clone().with_settings(settings);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Self {
            registry: Arc::new(Registry::new(&settings.opencode_registry)),
            settings: Arc::new(settings),
            ..self
        }
    }

    /// The same with another word on what may be built from the project's files.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{BuildRequest, ops::Consent};
    ///
    /// // Somebody has looked at the project's Dockerfile.
    /// let image = ocx
    ///     .with_consent(Consent::Given)
    ///     .build(&BuildRequest::implicit())
    ///     .await?
    ///     .image;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_consent(self, consent: Consent) -> Self {
        Self { consent, ..self }
    }

    /// The same with another way to the npm registry.
    #[must_use]
    pub fn with_registry(self, registry: Registry) -> Self {
        Self {
            registry: Arc::new(registry),
            ..self
        }
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The project.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Under which key things are remembered about the engine.
    pub(in crate::ops) fn engine_key(&self) -> EngineKey {
        self.runtime.key()
    }

    /// Whether the engine is only told about.
    pub(in crate::ops) fn is_dry_run(&self) -> bool {
        self.runtime.execution() == Execution::Plan
    }

    /// How the user appears in the engine's containers.
    pub(in crate::ops) fn user_in(
        &self,
        engine: &EngineInfo,
    ) -> Result<UserMapping, IdentityError> {
        let requested = RequestedIds::from(&*self.settings);
        user_mapping(self.runtime.name(), engine, &self.host.user, requested)
    }

    /// Tells that a step begins; it ends when what is returned is dropped.
    pub(in crate::ops) fn step(&self, step: Step) -> StepUnderWay {
        self.reporter.report(EventKind::StepBegan(&step).into());
        StepUnderWay {
            reporter: Arc::clone(&self.reporter),
            step,
        }
    }

    pub(in crate::ops) fn notice(&self, notice: &Notice) {
        self.reporter.report(EventKind::Notice(notice).into());
    }

    /// The same, and what happens belongs to `activity`, unless it belongs to one already.
    pub(in crate::ops) fn within(&self, activity: Activity) -> Self {
        let reporter = Arc::clone(&self.reporter);
        self.told_through(Arc::new(Within { activity, reporter }))
    }

    /// The same, and what happens is told to `reporter`, which hands it on to who was told before.
    pub(in crate::ops) fn told_through(&self, reporter: Arc<dyn Reporter>) -> Self {
        let inner = self
            .clone()
            .connected(|connection| connection.reporter = reporter);
        // It is part of the same work, which must not be cut off in the middle of it.
        Self {
            critical: self.critical.clone(),
            ..inner
        }
    }
}

/// A step that goes on until this is dropped.
#[must_use = "the step ends when this is dropped"]
pub(in crate::ops) struct StepUnderWay {
    reporter: Arc<dyn Reporter>,
    step: Step,
}

impl Drop for StepUnderWay {
    fn drop(&mut self) {
        self.reporter
            .report(EventKind::StepEnded(&self.step).into());
    }
}

/// Where it is written down what an engine has been asked to make for a moment.
fn records(host: &Host) -> camino::Utf8PathBuf {
    host.dirs.cache.join("made")
}

/// Calls a function for each event.
struct Telling<F>(F);

impl<F> std::fmt::Debug for Telling<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telling(…)")
    }
}

impl<F: Fn(Event<'_>) + Send + Sync> Reporter for Telling<F> {
    fn report(&self, event: Event<'_>) {
        (self.0)(event);
    }
}
