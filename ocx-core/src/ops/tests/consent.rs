//! Who agrees to a build from the project's files.

use super::{super::*, world::World};
use crate::trust::{Sources, Trust};

/// A project with a Dockerfile, and a file beside it.
fn world() -> World {
    let settings = [
        ("custom_base_image", "team"),
        ("custom_base_dockerfile", "docker/Dockerfile"),
    ];
    let world = World::with_images(&settings, &[]);
    write(&world, "docker/Dockerfile", "FROM debian\n");
    write(&world, "docker/run.sh", "echo\n");
    world
}

fn write(world: &World, path: &str, text: &str) {
    world.sandbox.write(&format!("home/work/app/{path}"), text);
}

/// A session in which the agent writes a file.
fn agent_writes(world: &World, path: &str, text: &str) {
    let ocx = world.ocx();
    let sources = Sources::of(ocx.host(), ocx.project(), ocx.settings());
    let mut trust = Trust::open(ocx.host(), ocx.project()).unwrap();
    trust.begin("s", &sources).unwrap();
    write(world, path, text);
    trust.end("s", &sources).unwrap();
}

async fn build(world: &World, consent: Consent) -> Result<BuildReport, BuildError> {
    let ocx = world.ocx().with_consent(consent);
    ocx.build(&BuildRequest::implicit()).await
}

async fn refusal(world: &World, consent: Consent) -> BuildNotTrusted {
    match build(world, consent).await {
        Err(BuildError::NotTrusted(error)) => *error,
        result => panic!("{result:?}"),
    }
}

fn builds(world: &World) -> usize {
    let calls = world.calls();
    calls.iter().filter(|call| *call == "build team").count()
}

#[tokio::test]
async fn a_session_builds_nothing_that_nobody_has_agreed_to() {
    let world = world();
    let error = refusal(&world, Consent::OnRecord).await;
    assert!(error.changes.is_empty());
    assert_eq!(builds(&world), 0);
    // Once is once.
    let once = Consent::Once(error.content);
    write(&world, "docker/run.sh", "something else\n");
    let error = refusal(&world, once).await;
    build(&world, Consent::Once(error.content)).await.unwrap();
    assert_eq!(builds(&world), 1);
    write(&world, "docker/Dockerfile", "FROM debian:13\n");
    refusal(&world, Consent::OnRecord).await;
    // Who types `build`, agrees for good, and may edit as they like.
    build(&world, Consent::Given).await.unwrap();
    write(&world, "docker/Dockerfile", "FROM debian:14\n");
    build(&world, Consent::OnRecord).await.unwrap();
    assert_eq!(builds(&world), 2);
}

#[tokio::test]
async fn nobody_builds_unasked_what_an_agent_made() {
    let world = world();
    build(&world, Consent::Given).await.unwrap();
    agent_writes(&world, "docker/Dockerfile", "FROM evil\n");
    assert_eq!(builds(&world), 1);
    for consent in [Consent::OnRecord, Consent::Given] {
        let error = refusal(&world, consent).await;
        assert_eq!(error.changes.len(), 1);
        assert!(error.to_string().contains("docker/Dockerfile"), "{error}");
    }
    assert_eq!(builds(&world), 0);
    let error = refusal(&world, Consent::OnRecord).await;
    build(&world, Consent::Once(error.content)).await.unwrap();
    assert_eq!(builds(&world), 1);
}

#[tokio::test]
async fn a_session_uses_the_base_that_is_there_when_an_agent_changed_what_lies_beside() {
    let world = world();
    build(&world, Consent::Given).await.unwrap();
    agent_writes(&world, "docker/run.sh", "evil\n");
    assert_eq!(builds(&world), 1);
    let report = build(&world, Consent::OnRecord).await.unwrap();
    assert_eq!(report.base_action, BaseAction::Found);
    assert!(world.said("is used as it is"));
    // A build that somebody asks for would build it.
    refusal(&world, Consent::Given).await;
    assert_eq!(builds(&world), 0);
}

/// Builders read their context while they work.
#[tokio::test]
async fn what_a_running_session_slips_into_a_build_is_not_used() {
    type Act = fn(&camino::Utf8Path);
    let slips: [(Act, bool); 3] = [
        (
            |context| std::fs::write(context.join("run.sh"), "evil\n").unwrap(),
            true,
        ),
        // And is gone when anybody looks.
        (
            |context| {
                std::fs::write(context.join("run.sh"), "evil\n").unwrap();
                std::fs::write(context.join("run.sh"), "echo\n").unwrap();
            },
            false,
        ),
        (
            |context| std::fs::write(context.join("new.sh"), "evil\n").unwrap(),
            true,
        ),
    ];
    for (slip, stays) in slips {
        for consent in [Consent::OnRecord, Consent::Given] {
            let world = world();
            let slips = |act| {
                let mut engine = world.engine.lock().unwrap();
                engine.meanwhile = act;
            };
            // Nobody but the user was there.
            slips(Some(slip));
            build(&world, Consent::Given).await.unwrap();
            slips(None);
            write(&world, "docker/run.sh", "echo\n");
            write(&world, "docker/Dockerfile", "FROM debian:13\n");
            let ocx = world.ocx();
            let sources = Sources::of(ocx.host(), ocx.project(), ocx.settings());
            let mut trust = Trust::open(ocx.host(), ocx.project()).unwrap();
            trust.begin("s", &sources).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(50));
            slips(Some(slip));
            let _ = std::fs::remove_file(world.sandbox.host.current_dir.join("docker/new.sh"));
            let error = refusal(&world, consent.clone()).await;
            assert!(!error.changes.is_empty());
            // The image of that name has no record, so it is not used either.
            slips(None);
            trust.end("s", &sources).unwrap();
            world.calls();
            if stays {
                refusal(&world, consent).await;
            } else {
                build(&world, consent).await.unwrap();
                assert_eq!(builds(&world), 1);
            }
        }
    }
}

#[tokio::test]
async fn names_that_an_agent_chooses_are_escaped() {
    let world = world();
    build(&world, Consent::Given).await.unwrap();
    agent_writes(&world, "docker/\u{1b}[31m\u{202e}", "x");
    let error = refusal(&world, Consent::Given).await.to_string();
    assert!(!error.contains(['\u{1b}', '\u{202e}']), "{error:?}");
}

#[tokio::test]
async fn a_users_own_dockerfile_is_not_asked_about() {
    let settings = [("custom_base_dockerfile", "docker/Dockerfile")];
    let world = World::with_images(&settings, &[]);
    world
        .sandbox
        .write("home/.config/ocx/docker/Dockerfile", "FROM debian\n");
    build(&world, Consent::OnRecord).await.unwrap();
}

#[tokio::test]
async fn no_base_has_a_name_of_ocxs_own() {
    let mut settings = world().ocx().settings().clone();
    settings.custom_base_image = Some("ocx-other:1.18.33".parse().unwrap());
    let ocx = world().ocx().with_settings(settings);
    let error = ocx.build(&BuildRequest::implicit()).await.unwrap_err();
    let reserved = |error| {
        matches!(
            error,
            BuildError::Base(crate::base::BaseError::ReservedName { .. })
        )
    };
    assert!(reserved(error));
}
