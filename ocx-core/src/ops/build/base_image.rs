//! Making sure that the base image is there.

use std::{collections::BTreeMap, fs, io};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::ops::{
    BaseAction, BaseBuildError, BuildError, BuildRequest, Latest, Ocx, Rebuild,
    base_maker::BaseMaker,
    build::Fetching,
    build::{Consent, Pull},
    decide::stale_base,
};
use crate::{
    base::{
        AUTHORITIES, BasePlan, BaseSource, DEFAULT_BASE_DOCKERFILE, LARGEST_DOCKERFILE,
        asks_for_authorities, begins_with, newer_syntax,
    },
    disk,
    freshness::BaseStale,
    image::{BaseLabels, ImageReference},
    report::{Notice, Step},
    runtime::{ImageInfo, RuntimeError},
    spec::{BasePull, BuildCache, BuildOutput, BuildSpec},
};

impl Ocx {
    /// The base image and what was done to get it. `None` for the image in a dry run in which it
    /// would have been built or fetched.
    pub(in crate::ops) async fn ensure_base(
        &self,
        base: &BasePlan,
        found: Option<ImageInfo>,
        request: &BuildRequest,
    ) -> Result<(Option<ImageInfo>, BaseAction), BuildError> {
        let reference = base.reference();
        let maker = self.base_maker(base, found.as_ref())?;
        let Some(wanted) = base.labels() else {
            stale_base(base, &maker, &self.project.root)?;
            return self
                .existing_base(reference, found, self.fetching(request.pull))
                .await;
        };
        let Some(image) = found else {
            return self
                .build_base(base, &wanted, request, BaseStale::Missing)
                .await;
        };
        let stale = match request.base {
            Rebuild::Always => Some(BaseStale::Forced),
            // A foreign image of that name is used as it is.
            Rebuild::IfStale if maker == BaseMaker::Somebody => {
                return Ok((Some(image), BaseAction::Found));
            }
            Rebuild::IfStale => stale_base(base, &maker, &self.project.root)?,
        };
        let Some(stale) = stale else {
            return self.recheck_base(base, &wanted, request, image).await;
        };
        // A foreign image stays, even without its name.
        if maker.may_be_ocx() {
            self.expect_replacement(&image, &reference);
        }
        self.build_base(base, &wanted, request, stale).await
    }

    async fn build_base(
        &self,
        base: &BasePlan,
        labels: &BaseLabels,
        request: &BuildRequest,
        because: BaseStale,
    ) -> Result<(Option<ImageInfo>, BaseAction), BuildError> {
        // An engine that ocx cannot work with is told before anything is built: Docker from snap would
        // not even find the Dockerfile below a hidden directory.
        self.engine_facts().await?;
        let agreed = self.check_consent(base)?;
        let _step = self.step(Step::BuildBase {
            image: labels.name.clone(),
            because: because.to_string(),
        });
        let spec = self.base_spec(base, labels, request, BuildOutput::Stream)?;
        let _lock = self.lock_base(&labels.name).await?;
        let context = self.context_hash(base)?;
        self.run_base_build(spec, self.fetching(request.pull))
            .await?;
        self.check_nothing_was_slipped_in(base, agreed.as_ref())?;
        let built = self.find_image(&labels.name).await?;
        if let Some(built) = &built {
            self.record_base(base, labels, context, built)?;
        }
        Ok((
            self.present(&labels.name, built)?,
            BaseAction::Built(because),
        ))
    }

    async fn run_base_build(
        &self,
        mut spec: BuildSpec,
        fetching: Fetching,
    ) -> Result<(), BuildError> {
        match self.try_base_build(&spec).await {
            Err(BuildError::BaseBuild(_)) if fetching == Fetching::NewestIfReachable => {
                // Only words would tell whether it was for the registry.
                self.notice(&Notice::BuildingOnLocalImages {
                    base: spec.image.clone(),
                });
                spec.base_pull = BasePull::IfMissing;
                self.try_base_build(&spec).await
            }
            result => result,
        }
    }

    async fn try_base_build(&self, spec: &BuildSpec) -> Result<(), BuildError> {
        self.check_interruption()?;
        match self.uncut(self.runtime.build_image(spec)).await {
            Err(RuntimeError::BuildFailed {
                image,
                obstacle,
                source,
            }) => {
                let text =
                    disk::read_text(&spec.dockerfile, LARGEST_DOCKERFILE).unwrap_or_default();
                let not_here = self.not_here(&begins_with(&text)).await;
                Err(BuildError::BaseBuild(Box::new(BaseBuildError {
                    image,
                    dockerfile: spec.dockerfile.clone(),
                    newer_syntax: newer_syntax(&text),
                    obstacle,
                    facts: self.build_facts(spec, &text, &not_here, &source).await,
                    not_here,
                    source,
                })))
            }
            result => Ok(result?),
        }
    }

    /// Those of the images that are not in local storage.
    async fn not_here(&self, images: &[ImageReference]) -> Vec<ImageReference> {
        if images.is_empty() {
            return Vec::new();
        }
        // It only makes a hint better.
        let found = self.runtime.find_images(images).await.unwrap_or_default();
        let both = images.iter().zip(found);
        both.filter(|(_, found)| found.is_none())
            .map(|(image, _)| image.clone())
            .collect()
    }

    /// Lets the engine's cache decide whether a file in the build context changed.
    async fn recheck_base(
        &self,
        base: &BasePlan,
        labels: &BaseLabels,
        request: &BuildRequest,
        image: ImageInfo,
    ) -> Result<(Option<ImageInfo>, BaseAction), BuildError> {
        let agreed = match self.check_consent(base) {
            // The image is there, and was built before all that.
            Err(BuildError::NotTrusted(error)) if self.consent == Consent::OnRecord => {
                self.notice(&Notice::BaseNotChecked {
                    base: labels.name.clone(),
                    reason: error.to_string(),
                });
                return Ok((Some(image), BaseAction::Found));
            }
            result => result?,
        };
        let _step = self.step(Step::CheckBase {
            image: labels.name.clone(),
        });
        let spec = self.base_spec(base, labels, request, BuildOutput::OnFailure)?;
        let _lock = self.lock_base(&labels.name).await?;
        self.expect_replacement(&image, &labels.name);
        let context = self.context_hash(base)?;
        self.run_base_build(spec, self.fetching(request.pull))
            .await?;
        self.check_nothing_was_slipped_in(base, agreed.as_ref())?;
        let now = self.find_image(&labels.name).await?;
        if let Some(now) = &now {
            self.record_base(base, labels, context, now)?;
        }
        // A dry run has built nothing.
        let now = self
            .present(&labels.name, now)?
            .unwrap_or_else(|| image.clone());
        if now.id == image.id {
            self.forget_replacement(&image.id);
        }
        let action = if now.content() == image.content() {
            BaseAction::Found
        } else {
            BaseAction::Built(BaseStale::Context)
        };
        Ok((Some(now), action))
    }

    fn base_spec(
        &self,
        base: &BasePlan,
        labels: &BaseLabels,
        request: &BuildRequest,
        output: BuildOutput,
    ) -> Result<BuildSpec, BuildError> {
        let (dockerfile, context) = match (&base.source, base.dockerfile()) {
            (_, Some(found)) => (found.path.clone(), found.context.clone()),
            (BaseSource::Default | BaseSource::Image(_), _) | (_, None) => {
                self.default_base_context()?
            }
        };
        Ok(BuildSpec {
            image: labels.name.clone(),
            context,
            secrets: self.secrets_for(&dockerfile),
            build_args: base.build_args.clone(),
            target: base.target.clone(),
            labels: labels.write(),
            dockerfile,
            cache: request.cache,
            base_pull: match self.fetching(request.pull) {
                Fetching::Newest | Fetching::NewestIfReachable => BasePull::Always,
                Fetching::Missing | Fetching::Nothing => BasePull::IfMissing,
            },
            network: self.settings.base_build_network,
            output,
        })
    }

    /// What a Dockerfile can have and asks for. (One that does not ask gets none: the legacy builder refuses a
    /// build that has any.)
    fn secrets_for(&self, dockerfile: &Utf8Path) -> BTreeMap<String, Utf8PathBuf> {
        let asks = || {
            let text = disk::read_text(dockerfile, LARGEST_DOCKERFILE).unwrap_or_default();
            asks_for_authorities(&text)
        };
        let bundle = self.host.ca_bundle.clone().filter(|_| asks());
        let authorities = bundle.map(|bundle| (AUTHORITIES.to_owned(), bundle));
        authorities.into_iter().collect()
    }

    /// The Dockerfile of ocx's own base, in a directory of its own.
    fn default_base_context(&self) -> Result<(Utf8PathBuf, Utf8PathBuf), BuildError> {
        let hash = hex::encode(&Sha256::digest(DEFAULT_BASE_DOCKERFILE)[..8]);
        let context = self.host.dirs.cache.join("default-base").join(hash);
        let dockerfile = context.join("Dockerfile");
        let write = || -> io::Result<()> {
            if fs::read_to_string(&dockerfile).is_ok_and(|text| text == DEFAULT_BASE_DOCKERFILE) {
                return Ok(());
            }
            fs::create_dir_all(&context)?;
            let mut file = tempfile::NamedTempFile::new_in(&context)?;
            io::Write::write_all(&mut file, DEFAULT_BASE_DOCKERFILE.as_bytes())?;
            file.persist(&dockerfile)?;
            Ok(())
        };
        write().map_err(|source| BuildError::File {
            path: dockerfile.clone(),
            source,
        })?;
        Ok((dockerfile, context))
    }
}

impl BuildRequest {
    /// The build that a session asks for when something is missing or stale.
    #[must_use]
    pub fn implicit() -> Self {
        Self {
            image: Rebuild::IfStale,
            base: Rebuild::IfStale,
            cache: BuildCache::Use,
            pull: Pull::AsSetForMissing,
            latest: Latest::Keep,
        }
    }
}
