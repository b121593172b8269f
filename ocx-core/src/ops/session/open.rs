//! A session: opencode in a container, on the project's files.

use std::{pin::pin, time::Duration};

use camino::Utf8Path;
use futures_util::future::{Either, join, select};

use crate::ops::{
    BuildError, BuildRequest, Ocx, SessionError,
    build::Which,
    decide::{Decision, Used},
    inspect::NamedImage,
    session::guards::Guards,
    session::logged::log_end,
    session::parts::{self, GRACE, Opening},
    session::program::Program,
    session::program_start::{Finished, Presence},
};
use crate::{
    base::{BasePlan, BaseProbe, resolve_base},
    hidden::Patterns,
    image::{ContentDigest, ImageReference, OpencodeVersion},
    report::{Activity, Notice},
    runtime::EngineInfo,
    session::SessionId,
    session::plan::{
        ContainerFacts, SessionFacts, SessionPlan, Streams, container_name, home_volume,
        inherited_environment, plan_session,
    },
    spec::MountSource,
    state::{PrivatePath, ProjectStore},
};

/// A session that is about to run.
pub(super) struct Begun {
    ready: Ready,
    pub(super) plan: SessionPlan,
    pub(super) guards: Guards,
}

/// What the session is for.
struct Asked<'a> {
    base: &'a BasePlan,
    program: &'a Program,
    command: &'a [String],
    streams: Streams,
    session: &'a SessionId,
}

/// The image that a session runs in.
pub(super) struct Ready {
    name: ImageReference,
    version: OpencodeVersion,
    pub(super) probe: BaseProbe,
    /// The content of the image that `probe` is of.
    content: ContentDigest,
    pub(super) readiness: Readiness,
}

/// Where an image came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Found,
    /// The base is not there, so that what is known of it was read off the ocx image.
    FoundWithoutBase,
    Built,
}

impl Ocx {
    /// Runs a program in a container of its own, with all that a session has; `None` in a dry run in
    /// which that cannot be planned, since a base is missing.
    pub(in crate::ops) async fn open_session(
        &self,
        program: &Program,
        streams: Streams,
        session: SessionId,
    ) -> Result<Option<Finished>, SessionError> {
        let ocx = self.within(Activity::Session(session.to_string()));
        let (ocx, log) = ocx.logged(&session, program);
        let finished = Box::pin(ocx.open_logged(program, streams, session)).await;
        if let Some(log) = log {
            log_end(&log, &finished);
        }
        finished
    }

    async fn open_logged(
        &self,
        program: &Program,
        streams: Streams,
        session: SessionId,
    ) -> Result<Option<Finished>, SessionError> {
        let begin = self.begin_session(program, streams, &session);
        let Some(begun) = self.guard_all(begin).await? else {
            return Ok(None);
        };
        let Begun {
            ready,
            plan,
            mut guards,
        } = begun;
        let presence = program.presence();
        let outcome = self.run_session(&plan, &ready, presence, &mut guards).await;
        // Its files go with the guards.
        let is_stopped = self.is_stopped_from_elsewhere(&session);
        guards.end().await;
        if !self.is_dry_run() {
            // A build may have replaced the image while the session was in it.
            self.remove_replaced(Which::Called(&ready.name)).await;
        }
        let outcome = outcome?;
        Ok(Some(match is_stopped {
            true => self.stopped_from_elsewhere(&session, outcome),
            false => outcome,
        }))
    }

    /// Everything before a session's container runs.
    pub(super) async fn begin_session(
        &self,
        program: &Program,
        streams: Streams,
        session: &SessionId,
    ) -> Result<Option<Begun>, SessionError> {
        self.project.ensure()?;
        let base = resolve_base(&self.settings, &self.project.root, &self.host.dirs.config)?;
        let mut engine = self.engine_facts().await?.info().clone();
        if engine.remote {
            return Err(SessionError::Remote {
                engine: self.runtime.name(),
            });
        }
        self.ensure_same_files(&engine).await?;
        self.ensure_mount_sources()?;
        let Some(ready) = self.ready_image(&base, &engine).await? else {
            return Ok(None);
        };
        if ready.readiness == Readiness::Built {
            // The trial may have found out more than the engine tells of itself.
            engine = self.engine_facts().await?.info().clone();
        }
        let mut command = ready.entrypoint(&base, &self.settings)?;
        command.extend(program.command_in(&ready.probe, &ready.name)?);
        let asked = Asked {
            base: &base,
            program,
            command: &command,
            streams,
            session,
        };
        let mut guards = Guards::new(self);
        match self
            .plan_with_parts(&asked, &ready, &engine, &mut guards)
            .await
        {
            Ok(plan) => Ok(Some(Begun {
                ready,
                plan,
                guards,
            })),
            Err(error) => {
                guards.end().await;
                Err(error)
            }
        }
    }

    /// Begins the session's parts and plans its container.
    async fn plan_with_parts(
        &self,
        asked: &Asked<'_>,
        ready: &Ready,
        engine: &EngineInfo,
        guards: &mut Guards,
    ) -> Result<SessionPlan, SessionError> {
        let user = self.user_in(engine)?;
        let store = ProjectStore::open(
            &self.host.dirs.state,
            self.project.id.as_str(),
            &self.project.root,
        )?;
        store.remember_directory(&self.project.root);
        let owner = store.home_of(&self.project.id);
        let (volume, ephemeral) =
            home_volume(&self.project, &owner, &self.settings, ready.probe.libc);
        self.tell_what_is_not_followed(&store);
        let container = container_name(&self.project, &self.settings, asked.session);
        let project_config = self.project_config(asked.program)?;
        let network = self.session_network().await?;
        let reach = self.reach(&project_config);
        let keys = self.outside_keys(&reach, &store)?;
        let reach = reach.with_keys_outside(keys.logins.clone());
        let inherited = inherited_environment(&self.host, &self.settings, &reach).environment;
        let carried = self.carried(&keys.redaction, |name| {
            let is_inherited = inherited.keys().any(|known| known.as_str() == name);
            is_inherited || self.variable_that_is_set(name).is_some()
        });
        let caches = self.shared_caches(&ready.probe);
        let more_mounts = [
            self.settings.extra_mounts.as_slice(),
            carried.places.as_slice(),
            &caches,
        ]
        .concat();
        let private = self.private_paths(&store, asked.base, &ready.probe);
        let contributions = guards
            .begin(
                &parts::ALL,
                &Opening {
                    ocx: self,
                    version: &ready.version,
                    base_plan: asked.base,
                    base_variables: &ready.probe.variables,
                    program: asked.program,
                    project_config: &project_config,
                    session: asked.session,
                    container: &container,
                    home: volume.as_ref(),
                    reach: &reach,
                    keys: &keys,
                    store: &store,
                    private: &private,
                    carried: &carried,
                    caches: &caches,
                    home_parents: &store.home_parents(&more_mounts),
                    more_mounts: &more_mounts,
                },
            )
            .await?;
        let (passwd, group) = self.account_files(&ready.probe, user)?;
        let facts = SessionFacts {
            container: ContainerFacts {
                host: &self.host,
                project: &self.project,
                settings: &self.settings,
                engine,
                user,
                image: &ready.name,
                base: &ready.probe,
                home: &volume.map_or(MountSource::AnonymousVolume, |volume| {
                    MountSource::Volume(volume.name)
                }),
                passwd: &passwd,
                group: &group,
            },
            session: asked.session,
            network: &network,
            base_plan: asked.base,
            name: container.clone(),
            command: asked.command,
            streams: asked.streams,
        };
        let plan = plan_session(&facts, &contributions);
        for notice in ephemeral.iter().chain(&plan.notes) {
            self.notice(notice);
        }
        self.tell_unenforced_limits(engine);
        self.tell_missing_mcp_commands(
            asked.program,
            &project_config,
            &store,
            (&asked.base.reference(), &ready.content),
            user.ids_inside(),
        );
        self.tell_missing_git(
            &store,
            (&asked.base.reference(), &ready.content),
            user.ids_inside(),
        );
        self.announce_newer(&ready.probe, &ready.version);
        self.ensure_confined(&plan.run, engine).await?;
        guards.stop_at_end(container);
        Ok(plan)
    }

    /// The directories that sessions on this base have for themselves. What is hidden stays hidden.
    fn private_paths(
        &self,
        store: &ProjectStore,
        base: &BasePlan,
        probe: &BaseProbe,
    ) -> Vec<PrivatePath> {
        let hidden = Patterns::new(self.settings.forbidden_paths.lists());
        let mut paths = self.settings.private_paths.clone();
        let is_hidden = |path: &Utf8Path| hidden.hides(path.as_std_path(), true);
        paths.retain(|path| !path.ancestors().any(is_hidden));
        let system = probe.os_name.as_deref().unwrap_or_default();
        let words = format!("{}\n{:?}\n{system}", base.reference(), probe.libc);
        store.private_paths(&words, &paths)
    }

    pub(in crate::ops) fn new_session_id(&self) -> Result<SessionId, BuildError> {
        SessionId::random().map_err(|source| BuildError::NoRandomness { source })
    }

    /// The ocx image of `base`, built first if need be; `None` in a dry run in which that cannot be
    /// planned.
    pub(super) async fn ready_image(
        &self,
        base: &BasePlan,
        engine: &EngineInfo,
    ) -> Result<Option<Ready>, SessionError> {
        let inspected = self.inspect(base).await?;
        let (base_image, mut named) = (inspected.base, inspected.ocx);
        if let Some(named) = &mut named {
            self.prove(base, base_image.as_ref(), named).await?;
        }
        let decision = self
            .decide(base, base_image.as_ref(), named.as_ref(), engine)
            .await?;
        match (decision, named) {
            (Decision::Blocked(error), _) => return Err(error),
            (
                Decision::Use(used),
                Some(NamedImage {
                    name,
                    version,
                    image: Some(image),
                    ..
                }),
            ) => {
                let reference = base.reference();
                if used == Used::WithoutBase {
                    self.notice(&Notice::BaseGone {
                        base: reference.clone(),
                    });
                }
                let probed = base_image.as_ref().unwrap_or(&image);
                return Ok(Some(Ready {
                    probe: self.probe(&reference, probed, engine).await?,
                    content: probed.content(),
                    name,
                    version,
                    readiness: if used == Used::WithoutBase {
                        Readiness::FoundWithoutBase
                    } else {
                        Readiness::Found
                    },
                }));
            }
            (Decision::Use(_) | Decision::Build(_), _) => {}
        }
        let report = self.build_or_plan(&BuildRequest::implicit()).await?;
        let Some(report) = report else {
            return Ok(None);
        };
        let (name, version) = (report.image, report.version);
        let found = self.find_image(&report.base).await?;
        let Some(base_image) = self.present(&report.base, found)? else {
            return Ok(None);
        };
        let probe = self.probe(&report.base, &base_image, engine).await?;
        Ok(Some(Ready {
            name,
            version,
            probe,
            content: base_image.content(),
            readiness: Readiness::Built,
        }))
    }

    /// Runs the container. Meanwhile the parts watch over it, and a newer version of opencode is looked
    /// for, so that no session ever waits for that.
    async fn run_session(
        &self,
        plan: &SessionPlan,
        ready: &Ready,
        presence: Presence,
        guards: &mut Guards,
    ) -> Result<Finished, SessionError> {
        let refresh = async {
            self.refresh_latest(&ready.probe).await;
            std::future::pending::<()>().await;
        };
        let run = pin!(self.run_program(&plan.run, presence));
        let (watch, refresh) = (pin!(guards.watch()), pin!(refresh));
        match select(run, select(watch, refresh)).await {
            Either::Left((exit, _)) => exit,
            Either::Right((Either::Left((reason, _)), run)) => {
                // Who sees what is hidden gets no time to read it.
                let grace = match reason {
                    SessionError::Exposed(_) => Duration::ZERO,
                    _ => GRACE,
                };
                // The program's own end tells nothing any more, but it must have come.
                let (_, _) = join(self.stop(&plan.run, grace), run).await;
                Err(reason)
            }
            Either::Right((Either::Right(((), _)), run)) => run.await,
        }
    }
}
