//! `status`.

use super::world::World;
use crate::{
    freshness::{BaseStale, Stale},
    ops::{BuildError, BuildRequest, BuiltBy, Cause, SessionError, Verdict, status},
    runtime::{EngineInfo, EngineMode, Exit},
    testing,
};

const TEAM: [(&str, &str); 1] = [("custom_base_image", "team")];

#[tokio::test]
async fn it_asks_once_and_changes_nothing() {
    let world = World::with_images(&TEAM, &["team"]);
    let first = status(&world.ocx()).await.unwrap();
    assert!(
        matches!(&first.verdict, Verdict::Stale(causes) if *causes == [Cause::Image(Stale::Missing)]),
        "{first:?}"
    );
    assert_eq!(world.calls(), ["info", "find team ocx-team:1.18.33"]);

    world.opencode(&[]).await.unwrap();
    world.calls();
    let second = status(&world.ocx()).await.unwrap();
    assert!(matches!(second.verdict, Verdict::Fresh), "{second:?}");
    assert_eq!(second.base.found.unwrap().1, BuiltBy::Foreign);
    assert_eq!(second.image.unwrap().name.to_string(), "ocx-team:1.18.33",);
    assert_eq!(world.calls(), ["find team ocx-team:1.18.33"]);
}

#[tokio::test]
async fn both_sides_of_a_base_that_moved() {
    let world = World::with_images(&TEAM, &["team"]);
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    let old = status(&world.ocx()).await.unwrap().base.found.unwrap().0;
    let new = world.add_image("team", [("another".to_owned(), "one".to_owned())].into());
    let status = status(&world.ocx()).await.unwrap();
    let Verdict::Stale(causes) = status.verdict else {
        panic!("{status:?}")
    };
    assert_eq!(
        causes,
        [Cause::Image(Stale::BaseMoved { from: old, to: new })]
    );
}

#[tokio::test]
async fn a_base_that_ocx_builds() {
    let world = World::with_images(&[("custom_base_dockerfile", "Dockerfile")], &[]);
    let dockerfile = world.sandbox.host.current_dir.join("Dockerfile");
    std::fs::write(&dockerfile, "FROM debian\n").unwrap();
    let causes = async || match status(&world.ocx()).await.unwrap().verdict {
        Verdict::Stale(causes) => causes,
        verdict => panic!("{verdict:?}"),
    };
    assert_eq!(causes().await, [Cause::Base(BaseStale::Missing)]);
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    std::fs::write(&dockerfile, "FROM debian:13\n").unwrap();
    assert_eq!(causes().await, [Cause::Base(BaseStale::Dockerfile)]);
}

#[tokio::test]
async fn what_keeps_a_session_from_starting() {
    let blocked = async |world: &World| match status(&world.ocx()).await.unwrap().verdict {
        Verdict::Blocked(error) => error,
        verdict => panic!("{verdict:?}"),
    };
    let world = World::with_images(&TEAM, &[]);
    assert!(matches!(
        blocked(&world).await,
        SessionError::Build(error) if matches!(*error, BuildError::BaseMissing { .. })
    ));

    let remote = EngineInfo {
        remote: true,
        ..testing::engine_info()
    };
    let world = World::new(&TEAM, Exit::Code(0), remote);
    assert!(matches!(blocked(&world).await, SessionError::Remote { .. }));

    let remapping = EngineInfo {
        mode: EngineMode::UserNamespaceRemap,
        ..testing::engine_info()
    };
    let world = World::new(&TEAM, Exit::Code(0), remapping);
    assert!(matches!(
        blocked(&world).await,
        SessionError::Build(error) if matches!(*error, BuildError::Identity(_))
    ));
}
