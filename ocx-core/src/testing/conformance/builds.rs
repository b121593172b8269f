//! Building images.

use std::fs;

use super::{
    CheckFunction, Suite, check,
    verdict::{Found, Verdict, equal, holds},
};
use crate::{
    error_chain::in_full,
    image::ImageReference,
    runtime::RuntimeError,
    spec::{BasePull, BuildCache, BuildNetwork, BuildOutput, BuildSpec},
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("an image is built with its labels", an_image_is_built),
    check!("a build stops at its target", a_target),
    check!("a build has the network that it is given", the_network),
    check!(
        "a build repeats its steps only if it must not use the cache",
        the_cache
    ),
    check!(
        "a failed build changes no name",
        a_failed_build_changes_no_name
    ),
];

impl Suite<'_> {
    /// A build from a Dockerfile of these lines, on the fixture's image.
    pub(super) fn build(&self, image: &ImageReference, lines: &str) -> Found<BuildSpec> {
        let context = self.fixture.directory.join("context");
        let dockerfile = context.join("Dockerfile");
        // An image of these checks' own: another's with the same content would be the same image.
        let text = format!(
            "FROM {} AS first\nENV CONFORMANCE={}\n{lines}\n",
            self.fixture.image, self.fixture.prefix
        );
        fs::create_dir_all(&context)?;
        fs::write(context.join("file"), "content\n")?;
        fs::write(&dockerfile, text)?;
        Ok(BuildSpec {
            image: image.clone(),
            dockerfile,
            context,
            build_args: [("WORD".to_owned(), "two words".to_owned())].into(),
            secrets: [].into(),
            target: None,
            labels: [("conformance".to_owned(), "a=b, c \"d\"".to_owned())].into(),
            cache: BuildCache::Use,
            base_pull: BasePull::IfMissing,
            network: BuildNetwork::Default,
            output: BuildOutput::OnFailure,
        })
    }
}

async fn an_image_is_built(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("built");
    let lines = "ARG WORD\nENV MADE=\"of $WORD\"";
    for cache in [BuildCache::Use, BuildCache::NotWorthKeeping] {
        let spec = BuildSpec {
            cache,
            ..suite.build(&name, lines)?
        };
        suite.runtime.build_image(&spec).await?;
        let image = suite.found(&name).await?;
        equal(
            image.labels.get("conformance"),
            spec.labels.get("conformance"),
        )?;
        equal(image.variable("MADE"), Some("of two words"))?;
        let facts = suite.witnessed(name.as_str())?;
        equal(facts.id.as_str(), image.id.hex())?;
        suite.remove(&name).await?;
    }
    Ok(())
}

async fn the_network(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("network");
    // The first line is a heading.
    let lines = "RUN wc -l < /proc/net/route > /routes && [ \"$(cat /routes)\" -lt 2 ]";
    let spec = BuildSpec {
        network: BuildNetwork::None,
        ..suite.build(&name, lines)?
    };
    suite.runtime.build_image(&spec).await?;
    suite.found(&name).await?;
    suite.remove(&name).await
}

async fn a_target(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("target");
    let spec = BuildSpec {
        target: Some("first".to_owned()),
        ..suite.build(&name, "ENV STAGE=first\nFROM first\nENV STAGE=second")?
    };
    suite.runtime.build_image(&spec).await?;
    let image = suite.found(&name).await?;
    equal(image.variable("STAGE"), Some("first"))?;
    suite.remove(&name).await
}

async fn the_cache(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("cached");
    let spec = suite.build(&name, "RUN cat /proc/sys/kernel/random/uuid > /uuid")?;
    let mut layers = Vec::new();
    for cache in [BuildCache::Use, BuildCache::Use, BuildCache::Ignore] {
        let spec = BuildSpec {
            cache,
            ..spec.clone()
        };
        suite.runtime.build_image(&spec).await?;
        layers.push(suite.witnessed(name.as_str())?.layers);
    }
    holds(layers[0] == layers[1], || {
        "a step ran again that the cache has".to_owned()
    })?;
    holds(layers[1] != layers[2], || {
        "a step came from the cache".to_owned()
    })?;
    suite.remove(&name).await
}

async fn a_failed_build_changes_no_name(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("kept");
    let good = suite.build(&name, "ENV A=b")?;
    suite.runtime.build_image(&good).await?;
    let before = suite.witnessed(name.as_str())?;
    let bad = suite.build(&name, "RUN echo the reason >&2 && exit 3")?;
    let error = match suite.runtime.build_image(&bad).await {
        Err(error @ RuntimeError::BuildFailed { .. }) => in_full(&error),
        other => return Err(format!("{other:?}").into()),
    };
    holds(error.contains("the reason"), || {
        format!("the reason is not told: {error}")
    })?;
    equal(suite.witnessed(name.as_str())?, before)?;
    suite.remove(&name).await
}
