//! Building the ocx image, if it is not fresh.

mod attempt;
mod base_fetch;
mod base_image;
mod candidates;
mod cause;
mod consent;
mod failed_base;
mod layer;
mod lock;
mod replaced;
mod trial;
mod unfinished;

pub(in crate::ops) use base_fetch::Fetching;
pub use consent::{BuildNotTrusted, Consent};
pub(in crate::ops) use lock::{lock_images_of, locked_engines};
pub(in crate::ops) use replaced::Which;

use futures_util::future::try_join;

use crate::ops::{BuildError, Ocx, build::layer::LayerInputs, inspect::NamedImage};
use crate::{
    base::{BasePlan, resolve_base},
    freshness::{BaseStale, Stale},
    image::{ImageId, ImageReference, OpencodeVersion},
    report::{Activity, Step},
    runtime::ImageInfo,
    spec::BuildCache,
    state::ProjectStore,
};

/// What to build, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildRequest {
    /// When to build the ocx image.
    pub image: Rebuild,
    /// When to build the base, if ocx builds it.
    pub base: Rebuild,
    /// Whether the engine's build cache may be used for the base.
    pub cache: BuildCache,
    /// Whether registries may be asked for images.
    pub pull: Pull,
    /// Which version `opencode_version = "latest"` means.
    pub latest: Latest,
}

/// When to build an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebuild {
    /// If it is missing or stale.
    IfStale,
    /// In any case.
    Always,
}

/// Which version `opencode_version = "latest"` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latest {
    /// The one that this base has had so far, if its binary is at hand; else the newest known.
    Keep,
    /// The newest known: what the registry says, or said in the last 24 hours.
    Newest,
}

/// Whether registries may be asked for images. An engine fetches images that a Dockerfile needs and
/// that are missing whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pull {
    /// The newest are fetched: the base image, or those that its Dockerfile names. That fails if the
    /// registry does not answer.
    Newest,
    /// What the setting `base_pull` says.
    AsSet,
    /// The same, but nothing newer is looked for than what is there: a session does not wait for a
    /// registry.
    AsSetForMissing,
}

/// What a build came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildReport {
    /// The base image's name.
    pub base: ImageReference,
    /// What was done to the base.
    pub base_action: BaseAction,
    /// The ocx image.
    pub image: ImageReference,
    /// The version of opencode in it.
    pub version: OpencodeVersion,
    /// What was done to the ocx image.
    pub action: ImageAction,
}

impl BuildReport {
    fn has_built(&self) -> bool {
        matches!(self.base_action, BaseAction::Built(_))
            || matches!(self.action, ImageAction::Built(_))
    }
}

/// What was done to a base image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaseAction {
    /// Nothing: it was there.
    Found,
    /// It was missing and fetched.
    Pulled,
    /// A newer one was fetched.
    Updated {
        /// The one that had the name before.
        from: ImageId,
    },
    /// It was built.
    Built(BaseStale),
}

/// What was done to an ocx image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageAction {
    /// Nothing: it was fresh.
    UpToDate,
    /// It was built.
    Built(Stale),
}

impl Ocx {
    /// Builds the base, if ocx builds it, and the ocx image, if they are not fresh.
    ///
    /// # Errors
    ///
    /// See [`BuildError`]. Whatever fails, an image that was good before is still there.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{BuildRequest, ops::{ImageAction, Pull}};
    ///
    /// let mut request = BuildRequest::implicit();
    /// request.pull = Pull::Newest;
    /// let report = ocx.build(&request).await?;
    /// match report.action {
    ///     ImageAction::UpToDate => println!("{} was up to date", report.image),
    ///     ImageAction::Built(because) => println!("built {}: {because}", report.image),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn build(&self, request: &BuildRequest) -> Result<BuildReport, BuildError> {
        self.build_or_plan(request)
            .await?
            .ok_or(BuildError::OnlyPlanned)
    }

    /// `None` in a dry run that cannot tell without a base.
    pub(in crate::ops) async fn build_or_plan(
        &self,
        request: &BuildRequest,
    ) -> Result<Option<BuildReport>, BuildError> {
        self.project.ensure()?;
        let base = resolve_base(&self.settings, &self.project.root, &self.host.dirs.config)?;
        let ocx = self.within(Activity::Build(base.reference()));
        let result = ocx.guard_all(ocx.build_under_lock(&base, request)).await;
        if result.is_ok() && !self.is_dry_run() {
            let (state, project) = (&self.host.dirs.state, &self.project);
            ProjectStore::introduce(state, project.id.as_str(), &project.root);
            if self.settings.devcontainer.is_some()
                && let Ok(store) = ProjectStore::open(state, project.id.as_str(), &project.root)
            {
                ocx.tell_what_is_not_followed(&store);
            }
        }
        self.forget_engine_info_after(&result);
        result
    }

    async fn build_under_lock(
        &self,
        base: &BasePlan,
        request: &BuildRequest,
    ) -> Result<Option<BuildReport>, BuildError> {
        let images = self.lock_images().await?;
        let result = self.build_images(base, request).await;
        drop(images);
        // A build that changed nothing does not ask again for what the engine would not let go.
        let which = match &result {
            Ok(Some(report)) if !report.has_built() => Which::New,
            Ok(_) | Err(_) => Which::All,
        };
        self.remove_unfinished().await;
        self.remove_replaced(which).await;
        result
    }

    /// An image that must be there, unless this is a dry run, which has not made it.
    pub(in crate::ops) fn present(
        &self,
        name: &ImageReference,
        found: Option<ImageInfo>,
    ) -> Result<Option<ImageInfo>, BuildError> {
        if found.is_none() && !self.is_dry_run() {
            return Err(BuildError::ImageVanished {
                image: name.clone(),
            });
        }
        Ok(found)
    }

    async fn build_images(
        &self,
        base: &BasePlan,
        request: &BuildRequest,
    ) -> Result<Option<BuildReport>, BuildError> {
        let inspected = self.inspect(base).await?;
        let (base_image, base_action) = self.ensure_base(base, inspected.base, request).await?;
        let Some(base_image) = base_image else {
            return Ok(None);
        };
        let engine = self.engine_facts().await?;
        let probe = self
            .probe(&base.reference(), &base_image, engine.info())
            .await?;
        let choice = self.choose_opencode(base, &probe, request.latest).await?;
        let name = base.ocx_image(&choice.version);
        let because = async |named: &mut NamedImage| match request.image {
            Rebuild::Always => Ok(Some(Stale::Forced)),
            Rebuild::IfStale => self.why_built(base, &base_image, named, &choice).await,
        };
        let report = |action| BuildReport {
            base: base.reference(),
            base_action: base_action.clone(),
            image: name.clone(),
            version: choice.version.clone(),
            action,
        };
        let up_to_date = |current: NamedImage| {
            let build = current.origin.map(|origin| origin.labels.opencode_build);
            let (id, version) = (base_image.id.clone(), choice.version.clone());
            self.remember_build(base, id, version, build.unwrap_or_default());
            report(ImageAction::UpToDate)
        };
        if let Some(mut guessed) = inspected.ocx.filter(|guess| guess.name == name)
            && because(&mut guessed).await?.is_none()
        {
            return Ok(Some(up_to_date(guessed)));
        }
        let lock = self.lock_layer(&name).await?;
        // Another ocx may have built it meanwhile; and what holds the name now loses it. What is
        // remembered of the engine may be out of date.
        let (current, engine) =
            try_join(self.find_image(&name), self.fresh_engine_info(&engine)).await?;
        let mut current = self.named(name.clone(), choice.version.clone(), current);
        let Some(because) = because(&mut current).await? else {
            return Ok(Some(up_to_date(current)));
        };
        let _step = self.step(Step::BuildLayer {
            image: name.clone(),
            because: because.to_string(),
        });
        let inputs = LayerInputs {
            base,
            base_image: &base_image,
            probe: &probe,
            choice: &choice,
            name: &name,
        };
        if let Some(replaced) = &current.image {
            self.expect_replacement(replaced, &name);
        }
        let (build, built) = self.uncut(self.build_layer(&inputs, engine, &lock)).await?;
        if !self.is_dry_run() {
            self.remember_build(base, base_image.id, choice.version.clone(), build);
        }
        self.present(&name, built)?;
        Ok(Some(report(ImageAction::Built(because))))
    }
}
