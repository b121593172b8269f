//! Images whose record tells of another opencode than the registry in the settings means.

use std::{fs, os::unix::fs::MetadataExt, os::unix::fs::PermissionsExt};

use super::world::World;
use crate::{
    freshness::Stale,
    image::{ImageReference, OcxLabels, RECIPE_REVISION},
    ops::{BuildError, Cause, SessionError, Verdict, status},
    provenance::{ImageRecords, LayerOrigin, MadeOf},
    runtime::EngineName,
    testing,
};

/// What the registry of [`World`] is remembered by.
const HERE: &str = "http://127.0.0.1:9";
const SHA256: &str = "aa";

/// A project with an image that was built with an opencode from `registry`.
fn built_from(registry: &str) -> World {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]).with_published();
    let base = world.find("team");
    let labels = OcxLabels {
        ocx_version: "0.1.0".to_owned(),
        recipe: RECIPE_REVISION,
        opencode_version: "1.18.33".parse().unwrap(),
        opencode_build: "opencode-linux-x64".to_owned(),
        opencode_sha256: SHA256.to_owned(),
        base: "team".parse().unwrap(),
        base_id: base.id.clone(),
        base_content: base.content(),
    };
    let name: ImageReference = "ocx-team:1.18.33".parse().unwrap();
    world.add_image(name.as_str(), labels.write());
    let origin = LayerOrigin {
        labels,
        registry: Some(registry.to_owned()),
    };
    let state = &world.sandbox.host.dirs.state;
    let records = ImageRecords::new(state, &EngineName::from_static("docker"));
    let image = world.find(name.as_str());
    records.write(&name, &image, MadeOf::Layer(origin));
    world
}

/// Puts an opencode into the cache that these registries mean by the version.
fn cache(world: &World, registries: &[&str], sha256: &str) {
    let cache = &world.sandbox.host.dirs.cache;
    let directory = cache.join("opencode/1.18.33/opencode-linux-x64");
    fs::create_dir_all(&directory).unwrap();
    let program = directory.join("opencode");
    fs::write(&program, "elf").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let metadata = fs::metadata(&program).unwrap();
    let record = serde_json::json!({
        "package": "opencode-linux-x64",
        "version": "1.18.33",
        "integrity": "sha512-x",
        "registries": registries,
        "sha256": sha256,
        "stamp": {
            "size": metadata.size(),
            "modified": metadata.mtime(),
            "modified_nanoseconds": metadata.mtime_nsec(),
        },
    });
    fs::write(directory.join("opencode.json"), record.to_string()).unwrap();
}

async fn cause(world: &World) -> Option<Stale> {
    match status(&world.ocx()).await.unwrap().verdict {
        Verdict::Fresh => None,
        Verdict::Stale(mut causes) => match causes.remove(0) {
            Cause::Image(cause) => Some(cause),
            other => panic!("{other:?}"),
        },
        Verdict::Blocked(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn an_image_of_a_bad_mirror_does_not_stay() {
    let version = || "1.18.33".parse().unwrap();
    // The same registry, whether or not the cache is there.
    let world = built_from(HERE);
    assert_eq!(cause(&world).await, None);
    cache(&world, &[HERE], SHA256);
    assert_eq!(cause(&world).await, None);
    // It means something else by now.
    cache(&world, &[HERE], "bb");
    assert_eq!(
        cause(&world).await,
        Some(Stale::Checksum { version: version() })
    );

    let world = built_from("http://mirror.example");
    let registry = || Some(Stale::Registry { version: version() });
    assert_eq!(cause(&world).await, registry());
    cache(&world, &["http://mirror.example"], SHA256);
    assert_eq!(cause(&world).await, registry());
    // Nobody who has to be asked answers, and what the mirror sent is not run.
    let error = world.opencode(&[]).await.unwrap_err();
    assert!(
        matches!(&error, SessionError::Build(error) if matches!(**error, BuildError::Fetch(_))),
        "{error}"
    );
    assert!(!world.calls().iter().any(|call| call.starts_with("run")));
    // Both mean the same.
    cache(&world, &["http://mirror.example", HERE], SHA256);
    assert_eq!(cause(&world).await, None);
    cache(&world, &[HERE], "bb");
    assert_eq!(
        cause(&world).await,
        Some(Stale::Checksum { version: version() })
    );
}

#[tokio::test]
async fn what_has_no_record_is_not_run() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    world
        .ocx()
        .build(&crate::BuildRequest::implicit())
        .await
        .unwrap();
    let image = world.find("ocx-team:1.18.33");
    let state = &world.sandbox.host.dirs.state;
    fs::remove_dir_all(state.join("images")).unwrap();
    world.forget_what_was_said();
    world.calls();
    // The mocked engine makes images that are nothing like their Dockerfiles.
    assert_eq!(cause(&world).await, Some(Stale::Unproven));
    assert!(world.said("is not used: there is no record that ocx built it"));
    let calls = world.calls();
    assert!(
        !calls.iter().any(|call| call.starts_with("run")),
        "{calls:?}"
    );
    assert_eq!(world.find("ocx-team:1.18.33").id, image.id);
    assert_ne!(testing::image_info().id, image.id);
}
