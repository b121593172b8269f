//! A session: opencode in a container, on the project's files.

use std::pin::pin;

use futures_util::future::{Either, select};
use jiff::Timestamp;

use crate::ops::{
    BuildRequest, Ocx, OcxError,
    build::Which,
    decide::{Decision, Used},
    inspect::NamedImage,
    session::guard::OpenSession,
    session::program::Program,
    session::program_start::{Finished, Presence},
};
use crate::{
    base::{BasePlan, BaseProbe, resolve_base},
    image::{ImageReference, OpencodeVersion},
    opencode::{Freshness, candidates},
    project::GitIdentity,
    runtime::EngineInfo,
    session::SessionId,
    session::plan::{SessionFacts, SessionPlan, Streams, find_forbidden, plan_session},
    settings::VersionRequest,
};

/// A session that is about to run.
struct Begun {
    ready: Ready,
    plan: SessionPlan,
    opened: OpenSession,
}

/// The image that a session runs in.
struct Ready {
    name: ImageReference,
    version: OpencodeVersion,
    probe: BaseProbe,
    origin: Origin,
}

/// Where an image came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Found,
    Built,
}

impl Ocx {
    /// Runs a program in a container of its own, with all that a session has; `None` in a dry run in
    /// which that cannot be planned, since a base is missing.
    pub(in crate::ops) async fn open_session(
        &self,
        program: &Program,
        streams: Streams,
    ) -> Result<Option<Finished>, OcxError> {
        let Some(begun) = self.guard_all(self.begin_session(program, streams)).await? else {
            return Ok(None);
        };
        let Begun {
            ready,
            plan,
            opened,
        } = begun;
        let outcome = self.run_session(&plan, &ready, program.presence()).await;
        let prepared = opened.ended();
        if !self.is_dry_run() {
            self.finish_session(prepared).await;
            // A build may have replaced the image while the session was in it.
            self.remove_replaced(Which::Called(&ready.name)).await;
        }
        Ok(Some(outcome?))
    }

    /// Everything before a session's container runs.
    async fn begin_session(
        &self,
        program: &Program,
        streams: Streams,
    ) -> Result<Option<Begun>, OcxError> {
        let base = resolve_base(&self.settings, &self.project.root, &self.host.dirs.config)?;
        let mut engine = self.engine_facts().await?.info().clone();
        if engine.remote {
            return Err(OcxError::Remote {
                engine: self.runtime.name(),
            });
        }
        let Some(ready) = self.ready_image(&base, &engine).await? else {
            return Ok(None);
        };
        if ready.origin == Origin::Built {
            // The trial may have found out more than the engine tells of itself.
            engine = self.engine_facts().await?.info().clone();
        }
        let user = self.user_in(&engine)?;
        let command = program.command_in(&ready.probe, &ready.name)?;
        let session = self.new_session_id()?;
        let prepared =
            self.prepare_session(&base, &ready.probe, user, &ready.version, program, &session)?;
        let git_identity = GitIdentity::find(&self.host, &self.project.current_dir).await;
        let forbidden = find_forbidden(&self.settings.forbidden_paths, &self.project.root);
        let plan = plan_session(&SessionFacts {
            host: &self.host,
            session: &session,
            git_identity: &git_identity,
            project: &self.project,
            settings: &self.settings,
            engine: &engine,
            base: &ready.probe,
            user,
            image: &ready.name,
            paths: &prepared.paths,
            forbidden: &forbidden,
            env_files: &prepared.env_files,
            server: prepared.server.as_ref(),
            command: &command,
            streams,
        });
        for note in &plan.notes {
            self.note(&note.to_string());
        }
        self.announce_newer(&ready.probe, &ready.version);
        self.ensure_home_volume(&plan, &prepared).await?;
        self.ensure_confined(&plan.run, &engine).await?;
        let opened = OpenSession::new(self, prepared, plan.run.name.clone());
        Ok(Some(Begun {
            ready,
            plan,
            opened,
        }))
    }

    pub(in crate::ops) fn new_session_id(&self) -> Result<SessionId, OcxError> {
        SessionId::random().map_err(|source| OcxError::NoRandomness { source })
    }

    /// The ocx image of `base`, built first if need be; `None` in a dry run in which that cannot be
    /// planned.
    async fn ready_image(
        &self,
        base: &BasePlan,
        engine: &EngineInfo,
    ) -> Result<Option<Ready>, OcxError> {
        let inspected = self.inspect(base).await?;
        let (base_image, named) = (inspected.base, inspected.ocx);
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
                }),
            ) => {
                let reference = base.reference();
                if used == Used::WithoutBase {
                    self.note(&format!(
                        "base image {reference} is gone; using the image that was built on it"
                    ));
                }
                let probed = base_image.as_ref().unwrap_or(&image);
                return Ok(Some(Ready {
                    probe: self.probe(&reference, probed, engine).await?,
                    name,
                    version,
                    origin: Origin::Found,
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
            origin: Origin::Built,
        }))
    }

    /// Runs the container and meanwhile looks for a newer version of opencode, so that no session
    /// ever waits for that.
    async fn run_session(
        &self,
        plan: &SessionPlan,
        ready: &Ready,
        presence: Presence,
    ) -> Result<Finished, OcxError> {
        let run = pin!(self.run_program(&plan.run, presence));
        let refresh = pin!(self.refresh_latest(&ready.probe));
        match select(run, refresh).await {
            Either::Left((exit, _)) => exit,
            Either::Right(((), run)) => run.await,
        }
    }

    async fn refresh_latest(&self, probe: &BaseProbe) {
        let wanted = self.settings.opencode_version == VersionRequest::Latest
            && self.settings.opencode_binary.is_none();
        if wanted && !self.is_dry_run() {
            let build = &candidates(probe.arch, probe.libc, self.host.cpu.avx2)[0];
            // Nobody waits for it, and the terminal is opencode's: a failure is told by the next
            // build.
            let _ = crate::opencode::resolve_latest(
                &self.registry,
                &self.store,
                build,
                Timestamp::now(),
                Freshness::MayUseRemembered,
            )
            .await;
        }
    }
}
