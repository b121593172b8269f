//! Who made a base image, as far as ocx knows.

use camino::{Utf8Path, Utf8PathBuf};

use crate::ops::{BuildError, Ocx};
use crate::{
    base::{BasePlan, FoundIn},
    image::{BaseLabels, is_reserved},
    provenance::{BaseOrigin, MadeOf},
    runtime::ImageInfo,
    settings::ContentHash,
    trust::{Purpose, Sources, Trust},
};

/// Who made a base image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ops) enum BaseMaker {
    /// Not ocx, as far as anything tells.
    Somebody,
    /// Its name or its labels are those of an image that ocx built, and there is no record.
    Unrecorded {
        /// What the labels say. Nothing that speaks for the image is taken from there.
        claims: Option<BaseLabels>,
    },
    /// ocx.
    Ocx {
        /// What it made it of.
        origin: BaseOrigin,
        /// Whether Dockerfile and build context of the project that wants it now are the same.
        same_text: bool,
    },
}

impl BaseMaker {
    /// Whether it was ocx, as far as anything tells.
    pub(in crate::ops) fn may_be_ocx(&self) -> bool {
        *self != Self::Somebody
    }

    /// The Dockerfile, and the project if that is known, of a base that was built for another project
    /// than this one. One from the user's own directory, or ocx's own, is everybody's.
    pub(in crate::ops) fn of_another_project(
        &self,
        project: &Utf8Path,
    ) -> Option<(Utf8PathBuf, Option<Utf8PathBuf>)> {
        match self {
            Self::Somebody | Self::Unrecorded { claims: None } => None,
            Self::Unrecorded {
                claims: Some(claims),
            } => {
                let dockerfile = &claims.dockerfile;
                (!dockerfile.starts_with(project)).then(|| (dockerfile.clone(), None))
            }
            Self::Ocx { origin, .. } => {
                let maker = origin.project.as_ref()?;
                (maker != project).then(|| (origin.text.dockerfile.clone(), Some(maker.clone())))
            }
        }
    }
}

impl Ocx {
    /// Who made this base image, by ocx's records.
    pub(in crate::ops) fn base_maker(
        &self,
        plan: &BasePlan,
        image: Option<&ImageInfo>,
    ) -> Result<BaseMaker, BuildError> {
        let name = plan.reference();
        let Some(image) = image else {
            return Ok(BaseMaker::Somebody);
        };
        if let Some(origin) = self.recorded_base(&name, image) {
            let same_text = self.has_text_of(plan, &origin)?;
            return Ok(BaseMaker::Ocx { origin, same_text });
        }
        // What only has the name of a base need not know one of the user's own directory.
        let is_everybodys = |claims: &BaseLabels| {
            plan.labels().is_none() && claims.dockerfile.starts_with(&self.host.dirs.config)
        };
        let claims = BaseLabels::read(&name, &image.labels).filter(|claims| !is_everybodys(claims));
        Ok(if claims.is_some() || is_reserved(&name) {
            BaseMaker::Unrecorded { claims }
        } else {
            BaseMaker::Somebody
        })
    }

    /// Whether a base was built from what this project would build it from, though from other files.
    fn has_text_of(&self, plan: &BasePlan, origin: &BaseOrigin) -> Result<bool, BuildError> {
        let (Some(dockerfile), Some(context)) = (plan.dockerfile(), &origin.context) else {
            return Ok(false);
        };
        // Before anything is read: it is the same file in all but the rarest cases.
        if dockerfile.canonical == origin.text.dockerfile
            || dockerfile.sha256 != origin.text.dockerfile_sha256
        {
            return Ok(false);
        }
        Ok(self.context_hash(plan)?.as_ref() == Some(context))
    }

    /// What the base would be built from now, the same in each clone of a repository; `None` if nothing
    /// of that lies in the project.
    pub(in crate::ops) fn context_hash(
        &self,
        plan: &BasePlan,
    ) -> Result<Option<ContentHash>, BuildError> {
        let Some(dockerfile) = plan.dockerfile() else {
            return Ok(None);
        };
        let sources = Sources::of_build(&self.project, &self.settings, dockerfile);
        if sources.is_empty() {
            return Ok(None);
        }
        let now = Trust::open(&self.host, &self.project)?.take(&sources);
        Ok(Some(now.hash(&self.project.root, &[Purpose::Build])))
    }

    /// Writes down that ocx has built a base. `context` is what it was to be built from.
    pub(in crate::ops) fn record_base(
        &self,
        plan: &BasePlan,
        text: &BaseLabels,
        context: Option<ContentHash>,
        image: &ImageInfo,
    ) -> Result<(), BuildError> {
        if self.is_dry_run() {
            return Ok(());
        }
        // A build context in the project makes of the user's own Dockerfile an image of the project's.
        let is_everybodys = plan.dockerfile().is_none_or(|dockerfile| {
            dockerfile.found_in == FoundIn::GlobalConfig
                && !dockerfile.context.starts_with(&self.project.root)
        });
        // What changed meanwhile may be in the image or not.
        let context = match context {
            Some(before) => self.context_hash(plan)?.filter(|after| *after == before),
            None => None,
        };
        let origin = BaseOrigin {
            project: (!is_everybodys).then(|| self.project.root.clone()),
            text: text.clone(),
            context,
        };
        self.record_image(&text.name, image, MadeOf::Base(origin));
        Ok(())
    }
}
