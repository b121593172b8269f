//! An ocx image without a record proves itself, or is not used: one whose record is lost, one that another
//! user of the engine built, or one that only says that it is ocx's. Nothing of it is executed for that.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use crate::ops::{BuildError, Ocx, error::in_full, inspect::NamedImage};
use crate::{
    base::BasePlan,
    freshness::{Expected, Published, Stale, stale},
    image::{ImageId, OcxLabels, RECIPE_REVISION},
    opencode::LOCAL_PACKAGE,
    provenance::{Doubt, Genuine, LayerOrigin, MadeOf, prove_configuration, prove_layer},
    report::{Notice, Step},
    runtime::{ImageInfo, RuntimeError},
};

/// The images that have not proved themselves while this process runs, so that each is looked at once.
#[derive(Clone, Debug, Default)]
pub(in crate::ops) struct Doubted(Arc<Mutex<BTreeSet<String>>>);

impl Doubted {
    fn holds(&self, image: &ImageId) -> bool {
        let doubted = self.0.lock();
        doubted.is_ok_and(|doubted| doubted.contains(image.hex()))
    }

    fn add(&self, image: &ImageId) {
        if let Ok(mut doubted) = self.0.lock() {
            doubted.insert(image.hex().to_owned());
        }
    }
}

impl Ocx {
    /// Lets an image prove itself that has no record, and writes one if it does. An image that is not
    /// what is wanted by its own words is not looked at: it is built anew in any case.
    pub(in crate::ops) async fn prove(
        &self,
        plan: &BasePlan,
        base: Option<&ImageInfo>,
        named: &mut NamedImage,
    ) -> Result<(), BuildError> {
        let (Some(base), Some(image), None) = (base, &named.image, &named.origin) else {
            return Ok(());
        };
        // What is wrong with a binary of the user's is told where it is needed.
        let Ok(local_sha256) = self.local_sha256().await else {
            return Ok(());
        };
        let expected = Expected {
            base,
            version: &named.version,
            local_sha256: local_sha256.as_deref(),
            published: Published {
                registry: self.registry.key(),
                sha256: None,
            },
            recipe: RECIPE_REVISION,
        };
        let is_open = stale(Some(image), None, &expected) == Some(Stale::Unproven);
        if !is_open || self.doubted.holds(&image.id) {
            return Ok(());
        }
        let Some(labels) = OcxLabels::read(&image.labels) else {
            return Ok(());
        };
        let _step = self.step(Step::LookIntoImage {
            image: named.name.clone(),
        });
        match self.proof(plan, base, image, labels, local_sha256).await? {
            Ok(origin) => {
                let made_of = MadeOf::Layer(origin.clone());
                self.record_image(&named.name, image, made_of);
                named.origin = Some(origin);
            }
            Err(doubt) => {
                self.doubted.add(&image.id);
                self.notice(&Notice::ImageNotProven {
                    image: named.name.clone(),
                    doubt: doubt.to_string(),
                });
            }
        }
        Ok(())
    }

    async fn proof(
        &self,
        plan: &BasePlan,
        base: &ImageInfo,
        image: &ImageInfo,
        labels: OcxLabels,
        local_sha256: Option<String>,
    ) -> Result<Result<LayerOrigin, Doubt>, BuildError> {
        let engine = self.engine_facts().await?;
        if engine.info().remote {
            return Ok(Err(Doubt::Remote));
        }
        let probe = match self.probe(&plan.reference(), base, engine.info()).await {
            Ok(probe) => probe,
            Err(error @ BuildError::Runtime(_)) => return Err(error),
            // What is wrong with the base is told when it is built on.
            Err(_) => return Ok(Err(Doubt::UnusableBase)),
        };
        let published = || {
            self.store.known_sha256(
                &self.registry,
                &labels.opencode_build,
                &labels.opencode_version,
            )
        };
        let Some(opencode_sha256) = local_sha256.or_else(published) else {
            return Ok(Err(Doubt::NothingToCompare));
        };
        let ripgrep_sha256 = self.store.known_ripgrep_sha256(probe.arch);
        let genuine = Genuine {
            base,
            base_path: &probe.path,
            opencode_sha256: &opencode_sha256,
            ripgrep_sha256: ripgrep_sha256.as_deref(),
        };
        if let Err(doubt) = self.compare(image, &genuine).await? {
            return Ok(Err(doubt));
        }
        let is_local = labels.opencode_build == LOCAL_PACKAGE;
        Ok(Ok(LayerOrigin {
            registry: (!is_local).then(|| self.registry.key().to_owned()),
            // Of what the labels say, this was compared with what is in the image.
            labels: OcxLabels {
                opencode_sha256,
                ..labels
            },
        }))
    }

    async fn compare(
        &self,
        image: &ImageInfo,
        genuine: &Genuine<'_>,
    ) -> Result<Result<(), Doubt>, BuildError> {
        let layer = match prove_configuration(image, genuine) {
            Ok(layer) => layer,
            Err(doubt) => return Ok(Err(doubt)),
        };
        Ok(match self.runtime.read_layer(&image.id, layer).await {
            Ok(Some(entries)) => prove_layer(&entries, genuine),
            Ok(None) => Err(Doubt::NotTold),
            // Whatever keeps the engine from writing it out, such as a full disk: to build anew is as good.
            Err(
                error
                @ (RuntimeError::CommandFailed { .. } | RuntimeError::UnexpectedOutput { .. }),
            ) => Err(Doubt::NotWrittenOut {
                reason: in_full(&error),
            }),
            Err(error) => return Err(error.into()),
        })
    }
}
