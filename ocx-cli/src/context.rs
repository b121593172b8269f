//! Everything that a command needs, made once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use camino::Utf8Path;
use ocx_core::{
    cancellation::Cancellation,
    engines::{Choice, Engine},
    host::Host,
    ops::{self, BuildError, Consent, Ocx, OcxError, Place},
    project::{self, Project, ProjectError},
    report::Reporter,
    settings::{Layers, Loaded, PullPolicy, RuntimeChoice, SettingsError},
    trust::writable_places,
};

use crate::{
    args::GlobalArgs,
    backends, build_question, build_screen,
    clearance::{self, Cleared},
    commands::adopt,
    failure::Failure,
    fetch_question, host_ports_question,
    reporter::TerminalReporter,
    signals,
    starting::Starting,
    ui::Ui,
};

/// Host, project and settings.
pub(crate) struct Context {
    pub(crate) host: Host,
    pub(crate) project: Project,
    pub(crate) loaded: Loaded,
    /// Whose word it is that a base is built.
    pub(crate) consent: Consent,
}

impl Context {
    /// For what builds or runs something: all that the project asks for must be agreed to.
    pub(crate) fn prepare(args: &GlobalArgs) -> Result<Self, Failure> {
        Self::prepare_by(args, |host, project, layers| {
            // First of all: what was agreed to may have been agreed to in another place.
            adopt::recognise(args, host, project)?;
            clearance::clear(args, host, project, layers)
        })
    }

    /// For what only looks: what is not agreed to is left out.
    pub(crate) fn prepare_to_look(args: &GlobalArgs) -> Result<Self, Failure> {
        Self::prepare_by(args, clearance::without_what_is_not_agreed_to)
    }

    /// The same without a word of what is odd, for what also works where there is no project, or settings
    /// that are wrong.
    pub(crate) fn if_there_is_one(args: &GlobalArgs) -> Result<Self, Failure> {
        Self::read(args, clearance::without_what_is_not_agreed_to)
    }

    /// For what looks beyond a project, and also works where there is none.
    pub(crate) fn prepare_anywhere(args: &GlobalArgs) -> Result<Self, Failure> {
        Self::anywhere(args).inspect(|context| context.warn(args.ui()))
    }

    /// The same without a word of what is odd.
    pub(crate) fn anywhere(args: &GlobalArgs) -> Result<Self, Failure> {
        Self::read_in(
            args,
            Project::discover_or_none,
            Layers::read,
            clearance::without_what_is_not_agreed_to,
        )
    }

    /// The same in spite of settings that are wrong, which are told and left out: nobody shall have to mend
    /// them before a session can be stopped.
    pub(crate) fn prepare_in_spite_of_settings(args: &GlobalArgs) -> Result<Self, Failure> {
        let (context, wrong) = Self::in_spite_of_settings(args)?;
        if let Some(failure) = wrong {
            failure.show_as_warning(args.ui());
        }
        Ok(context)
    }

    /// The same, with what is wrong.
    pub(crate) fn in_spite_of_settings(
        args: &GlobalArgs,
    ) -> Result<(Self, Option<Failure>), Failure> {
        let failure = match Self::prepare_anywhere(args) {
            Err(failure @ Failure::Settings(_)) => failure,
            prepared => return Ok((prepared?, None)),
        };
        // A flag that is wrong is the failure that was met before.
        let context = Self::read_in(
            args,
            Project::discover_or_none,
            Layers::defaults,
            clearance::without_what_is_not_agreed_to,
        )?;
        Ok((context, Some(failure)))
    }

    /// Whether it stands for a place that is no project.
    pub(crate) fn is_without_project(&self) -> bool {
        self.project.refusal.is_some()
    }

    fn prepare_by(
        args: &GlobalArgs,
        clear: impl FnOnce(&Host, &Project, &Layers) -> Result<Cleared, Failure>,
    ) -> Result<Self, Failure> {
        let context = Self::read(args, clear)?;
        context.warn(args.ui());
        Ok(context)
    }

    /// Says what is odd.
    fn warn(&self, ui: Ui) {
        for warning in &self.project.warnings {
            ui.warning(&warning.to_string());
        }
        for warning in &self.loaded.warnings {
            ui.warning(&warning.to_string());
        }
    }

    fn read(
        args: &GlobalArgs,
        clear: impl FnOnce(&Host, &Project, &Layers) -> Result<Cleared, Failure>,
    ) -> Result<Self, Failure> {
        Self::read_in(args, project::discover, Layers::read, clear)
    }

    fn read_in(
        args: &GlobalArgs,
        discover: impl FnOnce(&Host, Option<&Utf8Path>) -> Result<Project, ProjectError>,
        layers: impl FnOnce(&Host, &Project) -> Result<Layers, SettingsError>,
        clear: impl FnOnce(&Host, &Project, &Layers) -> Result<Cleared, Failure>,
    ) -> Result<Self, Failure> {
        let host = Host::of_this_process()?;
        let project = discover(&host, args.workspace.as_deref())?;
        let layers = args.on_top_of(layers(&host, &project)?)?;
        let Cleared { loaded, consent } = clear(&host, &project, &layers)?;
        backends::check_choice(&loaded.settings.runtime)
            .map_err(|error| Failure::choice(error, &loaded).at(layers.passage("runtime")))?;
        let host = host.without_programs_in(&writable_places(&project, &loaded.settings));
        Ok(Self {
            host,
            project,
            loaded,
            consent,
        })
    }

    /// The same for a build that the user asks for in so many words.
    pub(crate) fn for_build(self) -> Self {
        let consent = match self.consent {
            Consent::OnRecord => Consent::Given,
            consent => consent,
        };
        Self { consent, ..self }
    }
}

/// A context, and how use cases are carried out at it.
pub(crate) struct Operation {
    context: Context,
    reporter: Arc<dyn Reporter>,
    starting: Option<Starting>,
    /// Requested by signals, for what has to put things in order before it ends.
    cancellation: Option<Cancellation>,
    /// Whether somebody is there to be asked whether an image is to be fetched.
    may_ask: bool,
    /// Whether somebody is there to be asked whether something is wanted.
    may_ask_for_trust: bool,
    /// Whether somebody is there to be asked for ports of the host.
    offers_host_ports: Option<Ui>,
    /// Where a program is to run, which may be on another engine than a new session would.
    place: Place,
}

impl Operation {
    pub(crate) fn prepare(args: &GlobalArgs, context: Context) -> Self {
        let settings = &context.loaded.settings;
        let starting = Starting::default();
        let reporter = TerminalReporter::new(args, &context.host).after(starting.clone());
        Self {
            may_ask: settings.base_pull == PullPolicy::Ask
                && context.host.terminals.stdin
                && context.host.terminals.stderr
                && !args.quiet
                && !args.dry_run,
            may_ask_for_trust: clearance::may_ask(args, &context.host),
            offers_host_ports: None,
            place: Place::New,
            reporter: Arc::new(reporter),
            starting: build_screen::lives(args.ui(), &context.host).then_some(starting),
            cancellation: None,
            context,
        }
    }

    /// For a session with opencode: somebody who is there is asked, once, whether it is to reach the
    /// servers of the host that opencode's configuration names.
    pub(crate) fn offering_host_ports(self, args: &GlobalArgs) -> Self {
        let terminals = self.context.host.terminals;
        let may_ask = terminals.stdin && terminals.stderr && !args.quiet && !args.dry_run;
        Self {
            offers_host_ports: may_ask.then(|| args.ui()),
            ..self
        }
    }

    /// What is shown while a session takes long to begin, where lines may live on the terminal.
    pub(crate) fn starting(&self) -> Option<Starting> {
        self.starting.clone()
    }

    /// For a program that is to run there.
    pub(crate) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// The engine of a session of the project that runs: of the one whose ID begins with `id`, or of the
    /// newest.
    pub(crate) async fn where_session_runs(&self, ocx: &Ocx, id: Option<&str>) -> Ocx {
        ops::where_session_runs(ocx, || self.on_other_engines(ocx), id).await
    }

    /// Does something with the engine that the settings choose. An engine that was chosen
    /// automatically some time ago and is not there any more is replaced by one that is.
    pub(crate) async fn with_engine<T>(
        &self,
        action: impl AsyncFn(&Ocx) -> Result<T, OcxError>,
    ) -> Result<T, Failure> {
        let Context {
            host,
            project,
            loaded,
            ..
        } = &self.context;
        let choice = Choice::new(&backends::all(), host, project, &loaded.settings)
            .map_err(|error| Failure::choice(error, loaded))?
            .reporting_to(Arc::clone(&self.reporter));
        let chosen = async || match choice.engine().await {
            Ok(engine) => Ok(self.ocx(engine)),
            Err(error) => Err(Failure::choice(error, loaded)),
        };
        let result = action(&chosen().await?).await;
        if let Err(OcxError::Runtime(error)) = &result
            && choice.forget_after(error)
        {
            let again = action(&chosen().await?).await;
            return again.map_err(|error| Failure::of(error, loaded));
        }
        result.map_err(|error| Failure::of(error, loaded))
    }

    /// The same on the other engines that are installed, unless the settings name the one that is meant.
    pub(crate) fn on_other_engines(&self, ocx: &Ocx) -> Vec<Ocx> {
        if self.context.loaded.settings.runtime != RuntimeChoice::Auto {
            return Vec::new();
        }
        let chosen = ocx.engine();
        let backends = backends::all();
        let found = backends
            .iter()
            .filter_map(|backend| backend.find(&self.context.host));
        found
            .filter(|engine| !chosen.is_called(&engine.name()) && !engine.is_called(&chosen.name()))
            .map(|engine| self.ocx(engine))
            .collect()
    }

    /// Like [`with_engine`](Self::with_engine), for what needs a base image: if that is not there, asks
    /// on the terminal, once, whether it is to be fetched. A signal makes it put things in order and end.
    pub(crate) async fn with_base<T>(
        self,
        action: impl AsyncFn(&Ocx) -> Result<T, OcxError>,
    ) -> Result<T, Failure> {
        let cancellation = signals::listen().map_err(|source| Failure::Start { source })?;
        let heard = Self {
            cancellation: Some(cancellation.clone()),
            ..self
        };
        // What was just shown is not shown again as an error.
        let is_declined = AtomicBool::new(false);
        let result = heard
            .with_engine(async |ocx| {
                let mut ocx = match &heard.place {
                    Place::New => ocx.clone(),
                    Place::Any => heard.where_session_runs(ocx, None).await,
                    Place::Session(id) => heard.where_session_runs(ocx, Some(id)).await,
                };
                if let Some(ui) = heard.offers_host_ports {
                    ocx = host_ports_question::settle(ui, ocx, &cancellation).await?;
                }
                loop {
                    let error = match action(&ocx).await {
                        Err(OcxError::Build(error)) => *error,
                        result => return result,
                    };
                    match error {
                        BuildError::BaseMissing { image, engine }
                            if heard.may_ask && ocx.settings().base_pull == PullPolicy::Ask =>
                        {
                            let name = engine.as_str();
                            if !fetch_question::is_agreed(&image, name, &cancellation).await? {
                                return Err(BuildError::BaseMissing { image, engine }.into());
                            }
                            let mut settings = ocx.settings().clone();
                            settings.base_pull = PullPolicy::Missing;
                            ocx = ocx.with_settings(settings);
                        }
                        BuildError::NotTrusted(asked) if heard.may_ask_for_trust => {
                            if !build_question::is_agreed(&ocx, &asked, &cancellation).await? {
                                is_declined.store(true, Ordering::Relaxed);
                                return Err(BuildError::NotTrusted(asked).into());
                            }
                            ocx = ocx.with_consent(Consent::Once(asked.content));
                        }
                        other => return Err(other.into()),
                    }
                }
            })
            .await;
        match result {
            Err(_) if is_declined.into_inner() => Err(Failure::BuildDeclined),
            result => result,
        }
    }

    fn ocx(&self, engine: Engine) -> Ocx {
        let (host, project) = (self.context.host.clone(), self.context.project.clone());
        let ocx = Ocx::new(host, project, self.context.loaded.settings.clone(), engine)
            .reporting_to(Arc::clone(&self.reporter))
            .with_consent(self.context.consent.clone());
        match &self.cancellation {
            Some(cancellation) => ocx.cancelled_by(cancellation.clone()),
            None => ocx,
        }
    }
}
