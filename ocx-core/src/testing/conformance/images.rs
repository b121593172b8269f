//! Images: finding, reading, naming, removing, fetching.

use super::{
    CheckFunction, Suite, check,
    verdict::{Found, Verdict, equal, holds},
};
use crate::{
    image::{ImageHandle, ImageReference},
    runtime::{HealthCheck, ImageInfo, LayerEntryKind, Removal, RuntimeError},
    spec::{BuildCache, BuildSpec},
    testing::ImageFacts,
};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!(
        "images are found in the order of the question",
        found_in_order
    ),
    check!("an image is told as it is", an_image_is_told_as_it_is),
    check!("files are read out of an image", files_are_read),
    check!("a layer is told by what is in it", a_layer_is_told),
    check!("a name is given and taken away", a_name_comes_and_goes),
    check!(
        "an image is removed by its ID only without a name",
        an_image_goes_only_without_a_name
    ),
    check!(
        "an image that no registry has is not pulled",
        nothing_to_pull
    ),
];

impl Suite<'_> {
    pub(super) async fn find(&self, image: &ImageReference) -> Found<Option<ImageInfo>> {
        let found = self
            .runtime
            .find_images(std::slice::from_ref(image))
            .await?;
        holds(found.len() == 1, || format!("{} answers", found.len()))?;
        Ok(found.into_iter().next().flatten())
    }

    pub(super) async fn found(&self, image: &ImageReference) -> Found<ImageInfo> {
        let found = self.find(image).await?;
        Ok(found.ok_or_else(|| format!("{image} is not found"))?)
    }

    /// What the witness says of an image that must be there.
    pub(super) fn witnessed(&self, image: &str) -> Found<ImageFacts> {
        let facts = self.witness.image(image)?;
        Ok(facts.ok_or_else(|| format!("{image} is not there"))?)
    }
}

async fn found_in_order(suite: &Suite<'_>) -> Verdict {
    let (there, missing) = (suite.fixture.image.clone(), suite.image_name("missing"));
    for (names, expected) in [
        (vec![missing.clone()], vec![false]),
        (vec![there.clone(), missing.clone()], vec![true, false]),
        (vec![missing, there.clone()], vec![false, true]),
        (vec![there.clone(), there], vec![true, true]),
    ] {
        let found = suite.runtime.find_images(&names).await?;
        equal(found.iter().map(Option::is_some).collect(), expected)?;
    }
    Ok(())
}

async fn an_image_is_told_as_it_is(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("told");
    let lines = "ENV A=\"b c\" PATH=/x:/bin\nUSER 12:34\nENTRYPOINT [\"/e\", \"f g\"]\n\
                 CMD [\"h\"]\nSTOPSIGNAL SIGINT\nWORKDIR /srv/w\nLABEL other=\"1, 2\"\n\
                 VOLUME /data\nHEALTHCHECK NONE";
    let spec = suite.build(&name, lines)?;
    suite.runtime.build_image(&spec).await?;
    let image = suite.found(&name).await?;
    let facts = suite.witnessed(name.as_str())?;
    equal(image.id.hex(), facts.id.as_str())?;
    equal(
        image.tags().map(str::to_owned).collect::<Vec<_>>(),
        facts.tags,
    )?;
    equal(image.layers, facts.layers)?;
    equal(image.size, facts.size)?;
    equal(
        (image.os, image.architecture),
        (facts.os, facts.architecture),
    )?;
    for line in ["A=b c", "PATH=/x:/bin"] {
        holds(image.environment.contains(&line.to_owned()), || {
            format!("{line} is not in {:?}", image.environment)
        })?;
    }
    equal(image.user.as_str(), "12:34")?;
    equal(image.entrypoint, ["/e", "f g"].map(str::to_owned).to_vec())?;
    equal(image.command, vec!["h".to_owned()])?;
    equal(image.stop_signal.as_str(), "SIGINT")?;
    equal(image.working_directory.as_str(), "/srv/w")?;
    equal(image.labels.get("other").map(String::as_str), Some("1, 2"))?;
    equal(image.volumes, vec!["/data".into()])?;
    equal(image.health_check, HealthCheck::Absent)?;
    equal(image.on_build, vec![])?;
    suite.remove(&name).await
}

async fn files_are_read(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("read");
    let spec = suite.build(&name, "COPY file /file")?;
    suite.runtime.build_image(&spec).await?;
    let image = suite.found(&name).await?;
    // The last two: a link to a file, and a file behind a link to a directory, as in many images.
    let paths = ["/file", "/none", "/etc", "/etc/os-release", "/bin/sh"].map(Into::into);
    let files = suite.runtime.read_files(&image.id, &paths).await?;
    let found: Vec<bool> = files.iter().map(Option::is_some).collect();
    equal(found, vec![true, false, false, true, true])?;
    equal(files[0].as_deref(), Some(b"content\n".as_slice()))?;
    equal(suite.witness.containers_of(name.as_str())?, vec![])?;
    suite.remove(&name).await
}

async fn a_layer_is_told(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("layer");
    let spec = suite.build(&name, "COPY file /made/file")?;
    let spec = BuildSpec {
        // Otherwise some builders would make a layer of each line.
        cache: BuildCache::NotWorthKeeping,
        ..spec
    };
    suite.runtime.build_image(&spec).await?;
    let image = suite.found(&name).await?;
    let layer = image.layers.last().cloned().unwrap_or_default();
    let entries = suite.runtime.read_layer(&image.id, &layer).await?;
    let entries = entries.ok_or_else(|| format!("nothing is told of {layer}"))?;
    let found: Vec<(&str, bool)> = entries
        .iter()
        .map(|entry| {
            let is_directory = entry.kind == LayerEntryKind::Directory;
            (entry.path.trim_matches(['.', '/']), is_directory)
        })
        .filter(|(path, _)| !path.is_empty())
        .collect();
    equal(found, vec![("made", true), ("made/file", false)])?;
    let file = entries.last().ok_or("there is no file")?;
    // `printf 'content\n' | sha256sum`
    let sha256 = "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53".to_owned();
    equal(file.kind.clone(), LayerEntryKind::File { sha256 })?;
    equal((file.uid, file.gid), (0, 0))?;
    let none = format!("sha256:{}", "0".repeat(64));
    equal(suite.runtime.read_layer(&image.id, &none).await?, None)?;
    suite.remove(&name).await
}

async fn a_name_comes_and_goes(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("named");
    let original = suite.found(&suite.fixture.image).await?;
    for handle in [
        ImageHandle::Name(suite.fixture.image.clone()),
        ImageHandle::Id(original.id.clone()),
    ] {
        suite.runtime.tag_image(&handle, &name).await?;
        let named = suite.witnessed(name.as_str())?;
        equal(named.id.as_str(), original.id.hex())?;
        equal(suite.found(&name).await?.id, original.id.clone())?;
        // The second time there is nothing to be removed.
        suite.remove(&name).await?;
        suite.remove(&name).await?;
        equal(suite.witness.image(name.as_str())?, None)?;
        equal(suite.find(&name).await?, None)?;
    }
    let left = suite.witnessed(suite.fixture.image.as_str())?;
    equal(left.id.as_str(), original.id.hex())
}

async fn an_image_goes_only_without_a_name(suite: &Suite<'_>) -> Verdict {
    let name = suite.image_name("nameless");
    let spec = suite.build(&name, "ENV A=1")?;
    suite.runtime.build_image(&spec).await?;
    let first = suite.found(&name).await?.id;
    let removed = suite.runtime.remove_nameless(&first).await;
    equal(removed?, Removal::Named)?;
    equal(suite.witnessed(name.as_str())?.id.as_str(), first.hex())?;
    // Its name is taken by another image.
    let fixture = ImageHandle::Name(suite.fixture.image.clone());
    suite.runtime.tag_image(&fixture, &name).await?;
    let removed = suite.runtime.remove_nameless(&first).await;
    equal(removed?, Removal::Gone)?;
    equal(suite.witness.image(first.hex())?, None)?;
    let removed = suite.runtime.remove_nameless(&first).await;
    equal(removed?, Removal::Gone)?;
    suite.remove(&name).await
}

async fn nothing_to_pull(suite: &Suite<'_>) -> Verdict {
    // A port that nobody listens on.
    let name = format!("127.0.0.1:9/{}-none:1", suite.fixture.prefix);
    let name: ImageReference = name.parse().map_err(|error| format!("{error}"))?;
    match suite.runtime.pull_image(&name).await {
        Err(RuntimeError::PullFailed { .. }) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
