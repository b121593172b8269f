//! What an engine gives to every container beyond what a session may have.

use super::world::World;
use crate::{
    confinement::{Applied, Excess, Namespace},
    ops::{BuildError, BuildRequest, ImageAction, SessionError},
    runtime::{EngineInfo, Exit},
    testing,
};

fn with_host_processes() -> Applied {
    Applied {
        shared_namespaces: [Namespace::Pid].into(),
        ..Applied::default()
    }
}

fn world() -> World {
    World::with_images(&[("custom_base_image", "team")], &["team"])
}

fn rehearsals(world: &World) -> usize {
    let calls = world.calls();
    calls.iter().filter(|call| *call == "rehearse").count()
}

#[tokio::test]
async fn a_build_fails_before_anything_runs_unconfined() {
    let world = world();
    world.engine.lock().unwrap().applied = with_host_processes();
    let error = world
        .ocx()
        .build(&BuildRequest::implicit())
        .await
        .unwrap_err();
    let BuildError::Unconfined { findings, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(findings[0].excess, Excess::Namespace(Namespace::Pid));
    assert_eq!(findings[0].configuration, ["its settings"]);
    let engine = world.engine.lock().unwrap();
    assert!(engine.runs.is_empty());
    assert_eq!(engine.images.len(), 1, "the image gets no name");
}

#[tokio::test]
async fn a_session_relies_on_what_the_build_found() {
    let world = world();
    let report = world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    assert!(matches!(report.action, ImageAction::Built(_)));
    assert_eq!(rehearsals(&world), 1);
    world.opencode(&[]).await.unwrap();
    assert_eq!(rehearsals(&world), 0);
}

#[tokio::test]
async fn a_session_on_an_engine_with_another_configuration_asks_once() {
    let world = world();
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    world.calls();
    world.engine.lock().unwrap().key = "another configuration".to_owned();
    world.engine.lock().unwrap().applied = with_host_processes();
    let runs = world.engine.lock().unwrap().runs.len();
    for _ in 0..2 {
        // A failure is not remembered: the configuration may be mended without a trace.
        let SessionError::Build(error) = world.opencode(&[]).await.unwrap_err() else {
            panic!("it is told as what it is")
        };
        assert!(matches!(*error, BuildError::Unconfined { .. }), "{error}");
        assert_eq!(rehearsals(&world), 1);
    }
    assert_eq!(world.engine.lock().unwrap().runs.len(), runs);
    world.engine.lock().unwrap().applied = Applied::default();
    for expected in [1, 0] {
        world.opencode(&[]).await.unwrap();
        assert_eq!(rehearsals(&world), expected);
    }
}

#[tokio::test]
async fn what_an_engine_does_worse_is_told_when_an_image_is_built() {
    let info = EngineInfo {
        seccomp: false,
        copies_images: true,
        ..testing::engine_info()
    };
    let world = World::new(&[("custom_base_image", "team")], Exit::Code(0), info);
    world.add_image("team", [].into());
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    assert!(world.said("does not filter system calls"));
    assert!(world.said("the storage driver vfs"));
    world.forget_what_was_said();
    world.opencode(&[]).await.unwrap();
    assert!(!world.said("system calls") && !world.said("vfs"));
}
