//! Fetching a base image that nobody builds here.

use crate::ops::{BaseAction, BuildError, Ocx, Pull};
use crate::{
    image::ImageReference,
    report::{Notice, Step},
    runtime::{ImageInfo, RuntimeError},
    settings::PullPolicy,
};

/// What registries are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops) enum Fetching {
    /// What they have now.
    Newest,
    /// What they have now; if that cannot be had, what is here will do.
    NewestIfReachable,
    /// What is not here.
    Missing,
    /// Nothing.
    Nothing,
}

impl Ocx {
    /// What registries are asked for in a build with this wish.
    pub(in crate::ops) fn fetching(&self, wish: Pull) -> Fetching {
        match (wish, self.settings.base_pull) {
            (Pull::Newest, _) => Fetching::Newest,
            (Pull::AsSet, PullPolicy::Newer) => Fetching::NewestIfReachable,
            (_, PullPolicy::Newer | PullPolicy::Missing) => Fetching::Missing,
            // Whoever was asked and agreed has `Missing` in the settings.
            (_, PullPolicy::Ask | PullPolicy::Never) => Fetching::Nothing,
        }
    }

    /// The base image `reference`, which was `found` or not and is never built here. `None` in a dry
    /// run in which it would have been fetched.
    pub(in crate::ops) async fn existing_base(
        &self,
        reference: ImageReference,
        found: Option<ImageInfo>,
        fetching: Fetching,
    ) -> Result<(Option<ImageInfo>, BaseAction), BuildError> {
        match (found, fetching) {
            (None, Fetching::Nothing) => Err(self.base_missing(reference)),
            (None, _) => {
                let fetched = self.fetch(&reference).await?;
                Ok((fetched, BaseAction::Pulled))
            }
            (Some(image), Fetching::Newest | Fetching::NewestIfReachable)
                if self.may_be_newer(&reference, &image) =>
            {
                self.update_base(&reference, image, fetching).await
            }
            (Some(image), _) => Ok((Some(image), BaseAction::Found)),
        }
    }

    pub(in crate::ops) fn base_missing(&self, image: ImageReference) -> BuildError {
        BuildError::BaseMissing {
            image,
            engine: self.runtime.name(),
        }
    }

    /// Whether a registry may have another image than the one that is here.
    fn may_be_newer(&self, reference: &ImageReference, image: &ImageInfo) -> bool {
        if reference.digest().is_some() {
            return false;
        }
        // Anybody may have published an image of that name, and it would take the name from one that
        // was made here.
        let own = !reference.names_registry() && !image.from_registry;
        if own {
            self.notice(&Notice::BaseNotFromRegistry {
                base: reference.clone(),
            });
        }
        !own
    }

    async fn update_base(
        &self,
        reference: &ImageReference,
        image: ImageInfo,
        fetching: Fetching,
    ) -> Result<(Option<ImageInfo>, BaseAction), BuildError> {
        // One that was made here could not be fetched again, so it stays, even without a name.
        if image.from_registry && image.tags().count() < 2 {
            self.expect_replacement(&image, reference);
        }
        let fetched = self.fetch(reference).await;
        if !matches!(&fetched, Ok(Some(now)) if now.id != image.id) {
            self.forget_replacement(&image.id);
        }
        match fetched {
            Ok(Some(now)) if now.id == image.id => Ok((Some(now), BaseAction::Found)),
            Ok(Some(now)) => Ok((Some(now), BaseAction::Updated { from: image.id })),
            // A dry run goes on with what is here.
            Ok(None) => Ok((Some(image), BaseAction::Found)),
            Err(BuildError::Runtime(RuntimeError::PullFailed { .. }))
                if fetching == Fetching::NewestIfReachable =>
            {
                self.notice(&Notice::NoNewerBase {
                    base: reference.clone(),
                });
                Ok((Some(image), BaseAction::Found))
            }
            Err(error) => Err(error),
        }
    }

    /// Fetches an image and looks it up; `None` in a dry run.
    async fn fetch(&self, reference: &ImageReference) -> Result<Option<ImageInfo>, BuildError> {
        let _step = self.step(Step::Pull {
            image: reference.clone(),
        });
        let pull = self.runtime.pull_image(reference);
        let pull = async { pull.await.map_err(BuildError::from) };
        self.guard(pull).await?;
        if self.is_dry_run() {
            return Ok(None);
        }
        let Some(image) = self.find_image(reference).await? else {
            return Err(RuntimeError::ImageNotFound {
                engine: self.runtime.name(),
                image: reference.to_string(),
            }
            .into());
        };
        Ok(Some(image))
    }
}
