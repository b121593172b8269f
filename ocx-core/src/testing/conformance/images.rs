//! Images: finding, reading, naming, building.

use std::fs;

use super::{CheckFunction, Suite, Verdict, check, described, equal, holds};
use crate::{
    image::{ImageHandle, ImageReference},
    plan::{BasePull, BuildCache, BuildOutput, BuildSpec},
    runtime::{ImageInfo, Removal, RuntimeError},
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("the engine tells what it is", engine_tells_what_it_is),
    check!(
        "images are found in the order of the question",
        found_in_order
    ),
    check!("files are read out of an image", files_are_read),
    check!("a name is given and taken away", a_name_comes_and_goes),
    check!(
        "an image is removed by its ID only without a name",
        an_image_goes_only_without_a_name
    ),
    check!("an image is built with its labels", an_image_is_built),
    check!(
        "a failed build changes no name",
        a_failed_build_changes_no_name
    ),
    check!(
        "an image is prepared for its first run",
        an_image_is_prepared
    ),
    check!(
        "an image that no registry has is not pulled",
        nothing_to_pull
    ),
];

impl Suite<'_> {
    async fn find(&self, image: &ImageReference) -> Result<Option<ImageInfo>, String> {
        let found = self
            .runtime
            .find_images(std::slice::from_ref(image))
            .await
            .map_err(described)?;
        holds(found.len() == 1, || format!("{} answers", found.len()))?;
        Ok(found.into_iter().next().flatten())
    }

    async fn fixture_image(&self) -> Result<ImageInfo, String> {
        let image = self.find(&self.fixture.image).await?;
        image.ok_or_else(|| "the fixture's image is not there".to_owned())
    }

    /// A build from a Dockerfile of these lines, on the fixture's image.
    fn build(&self, image: &ImageReference, lines: &str) -> Result<BuildSpec, String> {
        let context = self.fixture.directory.join("context");
        let dockerfile = context.join("Dockerfile");
        let text = format!("FROM {}\n{lines}\n", self.fixture.image);
        fs::create_dir_all(&context)
            .and_then(|()| fs::write(context.join("file"), "content\n"))
            .and_then(|()| fs::write(&dockerfile, text))
            .map_err(|error| error.to_string())?;
        Ok(BuildSpec {
            image: image.clone(),
            dockerfile,
            context,
            build_args: [("WORD".to_owned(), "two words".to_owned())].into(),
            target: None,
            labels: [("conformance".to_owned(), "a=b, c \"d\"".to_owned())].into(),
            cache: BuildCache::Use,
            base_pull: BasePull::IfMissing,
            output: BuildOutput::OnFailure,
        })
    }
}

async fn engine_tells_what_it_is(suite: &Suite<'_>) -> Verdict {
    let info = suite.runtime.engine_info().await.map_err(described)?;
    holds(!info.version.is_empty(), || "no version".to_owned())?;
    holds(!info.architecture.is_empty(), || {
        "no architecture".to_owned()
    })
}

async fn found_in_order(suite: &Suite<'_>) -> Verdict {
    let (there, missing) = (suite.fixture.image.clone(), suite.image_name("missing"));
    for (names, expected) in [
        (vec![missing.clone()], vec![false]),
        (vec![there.clone(), missing.clone()], vec![true, false]),
        (vec![missing, there.clone()], vec![false, true]),
        (vec![there.clone(), there], vec![true, true]),
    ] {
        let found = suite.runtime.find_images(&names).await.map_err(described)?;
        equal(found.iter().map(Option::is_some).collect(), expected)?;
    }
    let image = suite.fixture_image().await?;
    equal(image.os.as_str(), "linux")?;
    holds(image.size > 0, || "no size".to_owned())
}

async fn files_are_read(suite: &Suite<'_>) -> Verdict {
    let image = suite.fixture_image().await?;
    // The last two: a link to a file, and a file behind a link to a directory, as in many images.
    let paths = ["/etc/passwd", "/none", "/etc", "/etc/os-release", "/bin/sh"].map(Into::into);
    let files = suite
        .runtime
        .read_files(&image.id, &paths)
        .await
        .map_err(described)?;
    let found: Vec<bool> = files.iter().map(Option::is_some).collect();
    equal(found, vec![true, false, false, true, true])?;
    let passwd = files[0].as_deref().unwrap_or_default();
    holds(passwd.starts_with(b"root:"), || {
        format!("/etc/passwd: {:?}", String::from_utf8_lossy(passwd))
    })
}

async fn a_name_comes_and_goes(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("named");
    let original = suite.fixture_image().await?;
    for handle in [
        ImageHandle::Name(suite.fixture.image.clone()),
        ImageHandle::Id(original.id.clone()),
    ] {
        suite
            .runtime
            .tag_image(&handle, &name)
            .await
            .map_err(described)?;
        let named = suite.find(&name).await?;
        equal(named.map(|image| image.id), Some(original.id.clone()))?;
        // The second time there is nothing to be removed.
        suite.remove(&name).await?;
        suite.remove(&name).await?;
        holds(suite.find(&name).await?.is_none(), || {
            "the name is still there".to_owned()
        })?;
    }
    equal(suite.fixture_image().await?.id, original.id)
}

async fn an_image_goes_only_without_a_name(suite: &Suite<'_>) -> Verdict {
    let original = suite.fixture_image().await?.id;
    let removed = suite.runtime.remove_nameless(&original).await;
    equal(removed.map_err(described)?, Removal::Named)?;
    equal(suite.fixture_image().await?.id, original)?;
    let nowhere = "0".repeat(64).parse().expect("an ID");
    let removed = suite.runtime.remove_nameless(&nowhere).await;
    equal(removed.map_err(described)?, Removal::Gone)
}

async fn an_image_is_built(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("built");
    let lines = "ARG WORD\nCOPY file /file\nENV MADE=\"of $WORD\" PATH=/x:/bin:/usr/bin";
    let spec = suite.build(&name, lines)?;
    for cache in [
        BuildCache::Use,
        BuildCache::Ignore,
        BuildCache::NotWorthKeeping,
    ] {
        let spec = BuildSpec {
            cache,
            ..spec.clone()
        };
        suite.runtime.build_image(&spec).await.map_err(described)?;
    }
    let image = suite.find(&name).await?.ok_or("the image is not there")?;
    equal(
        image.labels.get("conformance"),
        spec.labels.get("conformance"),
    )?;
    equal(image.variable("MADE"), Some("of two words"))?;
    equal(image.variable("PATH"), Some("/x:/bin:/usr/bin"))?;
    let files = suite
        .runtime
        .read_files(&image.id, &["/file".into()])
        .await
        .map_err(described)?;
    equal(files, vec![Some(b"content\n".to_vec())])?;
    suite.remove(&name).await
}

async fn a_failed_build_changes_no_name(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("kept");
    let good = suite.build(&name, "ENV A=b")?;
    suite.runtime.build_image(&good).await.map_err(described)?;
    let before = suite.find(&name).await?.map(|image| image.id);
    let bad = suite.build(&name, "RUN echo the reason >&2 && exit 3")?;
    let error = match suite.runtime.build_image(&bad).await {
        Err(error @ RuntimeError::BuildFailed { .. }) => described(error),
        other => return Err(format!("{other:?}")),
    };
    holds(error.contains("the reason"), || {
        format!("the reason is not told: {error}")
    })?;
    let after = suite.find(&name).await?.map(|image| image.id);
    equal(after, before)?;
    suite.remove(&name).await
}

async fn an_image_is_prepared(suite: &Suite<'_>) -> Verdict {
    suite
        .runtime
        .prepare_image(&suite.fixture.image, suite.fixture.user)
        .await
        .map_err(described)
}

async fn nothing_to_pull(suite: &Suite<'_>) -> Verdict {
    // A port that nobody listens on.
    let name = format!("127.0.0.1:9/{}-none:1", suite.fixture.prefix);
    let name: ImageReference = name.parse().map_err(|error| format!("{error}"))?;
    match suite.runtime.pull_image(&name).await {
        Err(RuntimeError::PullFailed { .. }) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}
