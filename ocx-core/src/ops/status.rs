//! What would run now, and why. Nothing is changed, built or fetched to tell it.

use std::fmt;

use crate::ops::{
    BuildError, Ocx, Pull, SessionError,
    base_maker::BaseMaker,
    decide::{Decision, Facts, decide},
    inspect::NamedImage,
};
use crate::{
    base::{BasePlan, BaseProbe, resolve_base},
    freshness::{BaseStale, Published, Stale},
    image::{ImageId, ImageReference, OpencodeVersion},
    opencode::{Build, candidates, remembered_latest},
    runtime::{EngineInfo, EngineName, ImageInfo},
};

/// What a session would run in now.
#[derive(Debug)]
pub struct Status {
    /// The engine's name.
    pub engine_name: EngineName,
    /// The engine.
    pub engine: EngineInfo,
    /// The base image.
    pub base: BaseStatus,
    /// The ocx image; `None` if its name depends on a version that is not known yet.
    pub image: Option<ImageStatus>,
    /// opencode.
    pub opencode: OpencodeStatus,
    /// Whether a session can start.
    pub verdict: Verdict,
}

/// The base image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseStatus {
    /// The rule that chose it, and how it is made.
    pub plan: BasePlan,
    /// Its ID and who made it, if it is there.
    pub found: Option<(ImageId, BuiltBy)>,
}

/// Who made an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltBy {
    /// ocx, from a Dockerfile.
    Ocx,
    /// Somebody else.
    Foreign,
}

/// The ocx image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageStatus {
    /// Its name.
    pub name: ImageReference,
    /// Its ID, if it is there.
    pub id: Option<ImageId>,
}

/// opencode, as the settings ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpencodeStatus {
    /// The version that a session uses; `None` if the registry would have to be asked.
    pub version: Option<OpencodeVersion>,
    /// A newer one that is known, if the settings say `latest`.
    pub newer: Option<OpencodeVersion>,
}

/// Whether a session can start.
#[derive(Debug)]
pub enum Verdict {
    /// At once.
    Fresh,
    /// After a build, which has these causes; there is at least one.
    Stale(Vec<Cause>),
    /// Not at all.
    Blocked(SessionError),
}

/// Why something has to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The base is not here, and `base_pull` says that it is fetched.
    Fetch,
    /// The base, and so what is on it.
    Base(BaseStale),
    /// The ocx image.
    Image(Stale),
}

impl Cause {
    /// A short name for programs; it never changes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fetch => "base_not_fetched",
            Self::Base(cause) => cause.name(),
            Self::Image(cause) => cause.name(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetch => f.write_str("it is not here yet"),
            Self::Base(cause) => cause.fmt(f),
            Self::Image(cause) => cause.fmt(f),
        }
    }
}

/// Tells what a session would run in now, and why. It makes one engine call where all is remembered.
///
/// # Errors
///
/// If the base cannot be resolved, or the engine does not answer. What keeps a session from
/// starting, a missing base for example, is a [`Verdict`].
///
/// # Examples
///
/// ```no_run
/// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, Verdict};
///
/// match ops::status(&ocx).await?.verdict {
///     Verdict::Fresh => println!("a session starts at once"),
///     Verdict::Stale(causes) => println!("a session builds first: {}", causes[0]),
///     Verdict::Blocked(error) => println!("no session starts: {error}"),
/// }
/// # Ok(())
/// # }
/// ```
pub async fn status(ocx: &Ocx) -> Result<Status, BuildError> {
    let result = ocx.status().await;
    if matches!(result, Err(BuildError::Runtime(_))) {
        ocx.forget_engine_info();
    }
    result
}

impl Ocx {
    async fn status(&self) -> Result<Status, BuildError> {
        let plan = resolve_base(&self.settings, &self.project.root, &self.host.dirs.config)?;
        let engine = self.engine_facts().await?.info().clone();
        let inspected = self.inspect(&plan).await?;
        let base = inspected.base;
        let mut named = match inspected.ocx {
            Some(named) => Some(named),
            None => self.newest_image_known(&plan, base.as_ref()).await?,
        };
        if let Some(named) = &mut named {
            self.prove(&plan, base.as_ref(), named).await?;
        }
        let maker = self.base_maker(&plan, base.as_ref())?;
        let probe = [
            base.as_ref(),
            named.as_ref().and_then(|named| named.image.as_ref()),
        ]
        .into_iter()
        .flatten()
        .find_map(|image| self.remembered_probe(image));
        let version = named.as_ref().map(|named| named.version.clone());
        let verdict = match self
            .decide(&plan, base.as_ref(), named.as_ref(), &engine)
            .await
        {
            Ok(Decision::Use(_)) => Verdict::Fresh,
            Ok(Decision::Build(causes)) => Verdict::Stale(causes),
            Ok(Decision::Blocked(error)) | Err(error) => Verdict::Blocked(error),
        };
        Ok(Status {
            engine_name: self.runtime.name(),
            engine,
            base: BaseStatus {
                found: base.map(|image| {
                    let maker = match maker {
                        BaseMaker::Ocx { .. } => BuiltBy::Ocx,
                        BaseMaker::Unrecorded { .. } | BaseMaker::Somebody => BuiltBy::Foreign,
                    };
                    (image.id, maker)
                }),
                plan,
            },
            image: named.map(|named| ImageStatus {
                name: named.name,
                id: named.image.map(|image| image.id),
            }),
            opencode: OpencodeStatus {
                newer: probe
                    .zip(version.as_ref())
                    .and_then(|(probe, version)| self.newer_version(&probe, version)),
                version,
            },
            verdict,
        })
    }

    /// What a session does with what was found.
    ///
    /// # Errors
    ///
    /// If the user's own binary cannot be read.
    pub(in crate::ops) async fn decide(
        &self,
        plan: &BasePlan,
        base: Option<&ImageInfo>,
        named: Option<&NamedImage>,
        engine: &EngineInfo,
    ) -> Result<Decision, SessionError> {
        let local = self.local_sha256().await?;
        let published = named
            .and_then(|named| named.origin.as_ref())
            .and_then(|origin| self.published_sha256(origin));
        Ok(decide(&Facts {
            host: &self.host,
            settings: &self.settings,
            engine_name: self.runtime.name(),
            engine,
            plan,
            base,
            maker: &self.base_maker(plan, base)?,
            project: &self.project.root,
            base_is_known: base.is_some_and(|base| self.remembered_probe(base).is_some()),
            named,
            local_sha256: local.as_deref(),
            published: Published {
                registry: self.registry.key(),
                sha256: published.as_deref(),
            },
            last: self.last_build(plan).as_ref(),
            fetching: self.fetching(Pull::AsSetForMissing),
        }))
    }

    /// The image with the newest version that is known, where nothing was built yet.
    async fn newest_image_known(
        &self,
        plan: &BasePlan,
        base: Option<&ImageInfo>,
    ) -> Result<Option<NamedImage>, BuildError> {
        let known = base
            .filter(|_| self.follows_latest())
            .and_then(|base| self.remembered_probe(base))
            .and_then(|probe| {
                remembered_latest(&self.registry, &self.store, &self.build_for(&probe))
            });
        let Some(known) = known else {
            return Ok(None);
        };
        let name = plan.ocx_image(&known.version);
        let image = self.find_image(&name).await?;
        Ok(Some(self.named(name, known.version, image)))
    }

    /// A version that is known to be newer, if the settings leave the version open. It reads one
    /// small file.
    pub(in crate::ops) fn newer_version(
        &self,
        probe: &BaseProbe,
        than: &OpencodeVersion,
    ) -> Option<OpencodeVersion> {
        if !self.follows_latest() {
            return None;
        }
        let known = remembered_latest(&self.registry, &self.store, &self.build_for(probe))?;
        (known.version > *than).then_some(known.version)
    }

    /// The build that is tried first.
    pub(in crate::ops) fn build_for(&self, probe: &BaseProbe) -> Build {
        candidates(probe.arch, probe.libc, self.host.cpu.avx2)[0]
    }

    /// SHA-256 of the user's own binary, if the settings name one.
    pub(in crate::ops) async fn local_sha256(&self) -> Result<Option<String>, BuildError> {
        let Some(path) = &self.settings.opencode_binary else {
            return Ok(None);
        };
        let arch = self.host.cpu.arch;
        let binary = self.store.local_binary(path, arch, None).await?;
        Ok(Some(binary.sha256))
    }
}
