//! `build`.

use super::world::World;
use crate::{
    freshness::{BaseStale, Stale},
    ops::{BaseAction, BuildError, BuildRequest, ImageAction, Rebuild, compat},
    runtime::{EngineMode, Exit},
    testing,
};

fn implicit() -> BuildRequest {
    BuildRequest::implicit()
}

#[tokio::test]
async fn a_missing_base_is_an_error_before_anything_is_done() {
    let world = World::with_images(&[("custom_base_image", "team")], &[]);
    let error = world.ocx().build(&implicit()).await.unwrap_err();
    assert!(matches!(error, BuildError::BaseMissing { .. }), "{error}");
    assert_eq!(world.calls(), ["find team ocx-team:1.18.33"]);
}

#[tokio::test]
async fn builds_once_and_then_finds_it_fresh() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    let report = world.ocx().build(&implicit()).await.unwrap();
    assert_eq!(report.action, ImageAction::Built(Stale::Missing));
    let calls = world.calls();
    let temporary = calls[4]
        .strip_prefix("tag ")
        .unwrap()
        .strip_suffix(":base")
        .unwrap();
    assert_eq!(
        calls,
        [
            "find team ocx-team:1.18.33".to_owned(),
            "info".to_owned(),
            "read".to_owned(),
            // Under the lock, in case another ocx has built it meanwhile.
            "find ocx-team:1.18.33".to_owned(),
            format!("tag {temporary}:base"),
            format!("remove {temporary}:candidate"),
            format!("build {temporary}:candidate"),
            "rehearse".to_owned(),
            format!("run {temporary}:candidate opencode --version"),
            "tag ocx-team:1.18.33".to_owned(),
            // It is on record only if it still has the name in the end.
            format!("find {temporary}:candidate"),
            format!("remove {temporary}:candidate"),
            format!("remove {temporary}:base"),
            // Nothing is called ready that is not there.
            "find ocx-team:1.18.33".to_owned(),
        ]
    );

    let report = world.ocx().build(&implicit()).await.unwrap();
    assert_eq!(report.action, ImageAction::UpToDate);
    assert_eq!(world.calls(), ["find team ocx-team:1.18.33"]);

    let forced = BuildRequest {
        image: Rebuild::Always,
        ..implicit()
    };
    assert_eq!(
        world.ocx().build(&forced).await.unwrap().action,
        ImageAction::Built(Stale::Forced)
    );
}

#[tokio::test]
async fn a_base_that_moved_is_noticed() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    world.ocx().build(&implicit()).await.unwrap();
    world.add_image("team", [("another".to_owned(), "one".to_owned())].into());
    let report = world.ocx().build(&implicit()).await.unwrap();
    assert!(
        matches!(report.action, ImageAction::Built(Stale::BaseMoved { .. })),
        "{report:?}"
    );
    assert!(world.said("the base image moved from"));
    assert!(
        world.calls().contains(&"remove by id".to_owned()),
        "the image that was replaced goes"
    );
}

#[tokio::test]
async fn an_image_that_fails_its_trial_gets_no_name() {
    let world = World::new(
        &[("custom_base_image", "team")],
        Exit::Code(1),
        testing::engine_info(),
    );
    world.add_image("team", [].into());
    let error = world.ocx().build(&implicit()).await.unwrap_err();
    let BuildError::Verification { said, .. } = error else {
        panic!("{error}")
    };
    assert!(said[0].1.contains("said this"), "{said:?}");
    let engine = world.engine.lock().unwrap();
    assert_eq!(
        engine
            .images
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["team"]
    );
}

#[tokio::test]
async fn a_dockerfile_is_built_again_when_its_text_changes() {
    let world = World::with_images(
        &[
            ("custom_base_image", "team"),
            ("custom_base_dockerfile", "Dockerfile"),
        ],
        &[],
    );
    let dockerfile = world.sandbox.host.current_dir.join("Dockerfile");
    std::fs::write(&dockerfile, "FROM debian\n").unwrap();
    let report = world.ocx().build(&implicit()).await.unwrap();
    assert_eq!(report.base_action, BaseAction::Built(BaseStale::Missing));
    let report = world.ocx().build(&implicit()).await.unwrap();
    assert_eq!(
        (report.base_action, report.action),
        (BaseAction::Found, ImageAction::UpToDate)
    );
    std::fs::write(&dockerfile, "FROM debian:13\n").unwrap();
    let report = world.ocx().build(&implicit()).await.unwrap();
    assert_eq!(report.base_action, BaseAction::Built(BaseStale::Dockerfile));
    assert!(matches!(
        report.action,
        ImageAction::Built(Stale::BaseMoved { .. })
    ));
}

#[tokio::test]
async fn a_foreign_image_is_not_built_over_unless_asked() {
    let world = World::with_images(
        &[
            ("custom_base_image", "team"),
            ("custom_base_dockerfile", "Dockerfile"),
        ],
        &["team"],
    );
    std::fs::write(
        world.sandbox.host.current_dir.join("Dockerfile"),
        "FROM debian\n",
    )
    .unwrap();
    assert_eq!(
        world.ocx().build(&implicit()).await.unwrap().base_action,
        BaseAction::Found
    );
    assert!(!world.calls().contains(&"build team".to_owned()));
    let base = BuildRequest {
        base: Rebuild::Always,
        ..implicit()
    };
    assert_eq!(
        world.ocx().build(&base).await.unwrap().base_action,
        BaseAction::Built(BaseStale::Forced)
    );
}

#[tokio::test]
async fn a_base_of_another_dockerfile_is_an_error() {
    let settings = [
        ("custom_base_image", "team"),
        ("custom_base_dockerfile", "Dockerfile"),
    ];
    let world = World::with_images(&settings, &[]);
    std::fs::write(
        world.sandbox.host.current_dir.join("Dockerfile"),
        "FROM debian\n",
    )
    .unwrap();
    world.ocx().build(&implicit()).await.unwrap();
    let other = World::with_images(&settings, &[]);
    std::fs::write(
        other.sandbox.host.current_dir.join("Dockerfile"),
        "FROM debian\n# mine\n",
    )
    .unwrap();
    other.take_over(&world);
    let error = other.ocx().build(&implicit()).await.unwrap_err();
    assert!(matches!(error, BuildError::BaseOfAnother { .. }), "{error}");
}

#[tokio::test]
async fn an_engine_that_remaps_users_is_refused_and_forgotten() {
    let info = crate::runtime::EngineInfo {
        mode: EngineMode::UserNamespaceRemap,
        ..testing::engine_info()
    };
    let world = World::new(&[("custom_base_image", "team")], Exit::Code(0), info);
    world.add_image("team", [].into());
    for _ in 0..2 {
        let error = world.ocx().build(&implicit()).await.unwrap_err();
        assert!(matches!(error, BuildError::Identity(_)), "{error}");
        assert!(
            world.calls().contains(&"info".to_owned()),
            "asked each time"
        );
    }
}

/// What the trial's script prints of a base with these places in its search path.
fn places(closed: &[&str]) -> String {
    let place = |at: &&str| format!(r#"{{"directory":"{at}/bin","at":"{at}"}}"#);
    let closed: Vec<String> = closed.iter().map(place).collect();
    let closed = closed.join(",");
    format!(
        "1.18.33\n{{\"closed\":[{closed}],\"refused\":[],\"programs\":[\"git\"],\"complete\":true}}\n"
    )
}

#[tokio::test]
async fn what_the_user_cannot_run_is_told_at_the_end_and_by_compat() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    let known = async || {
        let found = compat(&world.ocx(), &"team".parse().unwrap()).await;
        found.unwrap().out_of_reach
    };
    assert_eq!(known().await, None);
    world.calls();
    world.engine.lock().unwrap().says = Some(places(&["/root"]));
    world.ocx().build(&implicit()).await.unwrap();
    assert!(world.said("PATH has /root/bin, and the session's user may not enter /root"));
    // It costs no call more than the trial alone.
    let runs = world
        .calls()
        .into_iter()
        .filter(|call| call.starts_with("run"));
    assert_eq!(runs.count(), 1);
    assert_eq!(known().await.unwrap().len(), 1);

    // Nothing is told of it in a session, and nothing twice.
    world.forget_what_was_said();
    world.opencode(&[]).await.unwrap();
    world.ocx().build(&implicit()).await.unwrap();
    assert!(!world.said("may not enter"));

    let forced = BuildRequest {
        image: Rebuild::Always,
        ..implicit()
    };
    let four = ["/a", "/b", "/c", "/d"];
    world.engine.lock().unwrap().says = Some(places(&four));
    world.ocx().build(&forced).await.unwrap();
    assert_eq!(world.times_said("may not enter"), 2);
    assert!(world.said("there are 2 more places"));
    assert_eq!(known().await.unwrap().len(), 4);

    world.forget_what_was_said();
    world.engine.lock().unwrap().says = Some(places(&[]));
    world.ocx().build(&forced).await.unwrap();
    assert!(!world.said("may not enter") && !world.said("more places"));
    assert_eq!(known().await, Some(Vec::new()));
}

/// Such as one of a version of opencode that is no runtime.
#[tokio::test]
async fn a_trial_that_cannot_look_around_is_made_without() {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    world.engine.lock().unwrap().exit_of_launched = Some(Exit::Code(1));
    world.ocx().build(&implicit()).await.unwrap();
    let engine = world.engine.lock().unwrap();
    let [looking, plain] = &engine.runs[..] else {
        panic!("{:#?}", engine.runs)
    };
    assert!(!looking.launcher.is_empty() && plain.launcher.is_empty());
    assert!(!plain.environment.contains_key("BUN_BE_BUN"));
    assert_ne!(looking.name, plain.name);
}
