//! Why an ocx image has to be built.

use crate::ops::{
    BuildError, Ocx,
    build::candidates::{Choice, Source},
    decide::stale_image,
    inspect::NamedImage,
};
use crate::{
    base::BasePlan,
    freshness::{Expected, Published, Stale},
    image::RECIPE_REVISION,
    provenance::MadeOf,
    runtime::ImageInfo,
};

impl Ocx {
    /// Why the ocx image has to be built; `None` if it is fresh. One without a record is looked into, and
    /// where only its registry is in doubt, that is asked.
    pub(super) async fn why_built(
        &self,
        base: &BasePlan,
        base_image: &ImageInfo,
        named: &mut NamedImage,
        choice: &Choice,
    ) -> Result<Option<Stale>, BuildError> {
        self.prove(base, Some(base_image), named).await?;
        let last = self.last_build(base);
        let now = |named: &NamedImage| {
            let origin = named.origin.as_ref();
            let sha256 = origin.and_then(|origin| self.published_sha256(origin));
            let expected = Expected {
                base: base_image,
                version: &choice.version,
                local_sha256: choice.local_sha256.as_deref(),
                published: Published {
                    registry: self.registry.key(),
                    sha256: sha256.as_deref(),
                },
                recipe: RECIPE_REVISION,
            };
            stale_image(named, &expected, last.as_ref())
        };
        let because = now(named);
        let (Some(Stale::Registry { version }), Some(origin)) = (&because, &named.origin) else {
            return Ok(because);
        };
        let Source::Registry(builds) = &choice.source else {
            return Ok(because);
        };
        let package = &origin.labels.opencode_build;
        let Some(build) = builds.iter().find(|build| build.package_name() == *package) else {
            return Ok(because);
        };
        // Afterwards the store knows what the registry means by it.
        self.store
            .opencode(&self.registry, build, version, &*self.reporter)
            .await?;
        let because = now(named);
        if because.is_none()
            && let (Some(origin), Some(image)) = (&mut named.origin, &named.image)
        {
            // Both mean the same; the cache need not be there to know that from now on.
            origin.registry = Some(self.registry.key().to_owned());
            self.record_image(&named.name, image, MadeOf::Layer(origin.clone()));
        }
        Ok(because)
    }
}
