//! `ocx upgrade`, and how sessions and builds treat newer versions.

use ocx_tests::{fake_engine::Rule, output::Output};

use crate::{scene::Scene, versions::Versions};

const OLD: &str = "1.18.32";
const NEW: &str = "1.18.33";

/// A scene with published versions of opencode, which answer in their trials as they should.
fn scene(newest: &str) -> (Scene, Versions) {
    let mut scene = Scene::new();
    let versions = Versions::start(newest);
    scene
        .sandbox
        .set_env("OCX_OPENCODE_REGISTRY", versions.url());
    settings(&scene, "");
    answers(&mut scene, newest);
    (scene, versions)
}

/// Makes opencode say that it is this version.
fn answers(scene: &mut Scene, version: &str) {
    scene.docker.clear_rules();
    scene.docker.rule(
        Rule::on(&["run"])
            .containing(":candidate")
            .starts()
            .stdout(&format!("{version}\n")),
    );
}

fn settings(scene: &Scene, more: &str) {
    scene.sandbox.write(
        scene.sandbox.config().join("ocx/ocx.toml"),
        format!("custom_base_image = \"team\"\n{more}"),
    );
}

fn ocx(scene: &Scene, args: &[&str]) -> Output {
    scene.sandbox.ocx(args.iter().copied()).run()
}

/// The image that a session runs in.
fn session_image(scene: &Scene) -> String {
    let call = scene.session(&["o", "run"]);
    let image = call.args.iter().find(|arg| arg.starts_with("ocx-team:"));
    image.expect("it runs in an image").clone()
}

#[test]
fn a_newer_version_is_mentioned_once_and_taken_on_request() {
    let (mut scene, versions) = scene(OLD);
    ocx(&scene, &["build"]).success().done();
    versions.publish(NEW);
    versions.requests();

    ocx(&scene, &["o", "run"])
        .success()
        .never_says("is out")
        .done();
    let check = ocx(&scene, &["upgrade", "--check"]).success();
    assert_eq!(
        check.stdout(),
        "opencode 1.18.32 is in ocx-team:1.18.32; the newest is 1.18.33: `ocx upgrade` takes it\n"
    );
    assert_eq!(check.stderr(), "");
    assert_eq!(versions.requests().len(), 1);
    let check = ocx(&scene, &["upgrade", "--check", "--json"]).success();
    let check = check.promised("upgrade");
    assert_eq!(
        (&check["current"], &check["newest"]),
        (&"1.18.32".into(), &"1.18.33".into())
    );
    assert_eq!(check["differ"], true);
    versions.requests();

    let session = ocx(&scene, &["o", "run"]).success();
    assert_eq!(
        session.stderr(),
        "ocx: opencode 1.18.33 is out (in use: 1.18.32); `ocx upgrade` takes it\n"
    );
    assert_eq!(ocx(&scene, &["o", "run"]).success().stderr(), "");
    ocx(&scene, &["status"])
        .success()
        .prints("1.18.33 is out: `ocx upgrade` takes it")
        .done();
    assert_eq!(session_image(&scene), "ocx-team:1.18.32");

    answers(&mut scene, NEW);
    let upgrade = ocx(&scene, &["upgrade"]).success();
    upgrade
        .says("ocx: opencode 1.18.32 is in ocx-team:1.18.32; the newest is 1.18.33\n")
        .says("building ocx-team:1.18.33: opencode 1.18.32 is replaced by 1.18.33\n")
        .says("ocx-team:1.18.33 is ready")
        .done();
    assert_eq!(
        scene.docker.images(),
        ["ocx-team:1.18.32", "ocx-team:1.18.33", "team:latest"]
    );
    assert_eq!(session_image(&scene), "ocx-team:1.18.33");
    let again = ocx(&scene, &["upgrade"]).success();
    again
        .says("opencode 1.18.33, in ocx-team:1.18.33, is the newest")
        .says("is up to date")
        .done();
    ocx(&scene, &["upgrade", "--check"])
        .success()
        .prints("is the newest\n")
        .done();
}

#[test]
fn a_build_takes_the_newest_version_that_is_known() {
    let (mut scene, versions) = scene(OLD);
    ocx(&scene, &["build"]).success().done();
    versions.publish(NEW);
    ocx(&scene, &["build"])
        .success()
        .says("ocx-team:1.18.32 is up to date")
        .done();
    ocx(&scene, &["upgrade", "--check"]).success().done();
    answers(&mut scene, NEW);
    let build = ocx(&scene, &["build"]).success();
    build.says("opencode 1.18.32 is replaced by 1.18.33").done();
    assert_eq!(session_image(&scene), "ocx-team:1.18.33");
}

#[test]
fn a_session_never_takes_a_newer_version_by_itself() {
    let (scene, versions) = scene(OLD);
    ocx(&scene, &["o", "run"]).success().done();
    versions.publish(NEW);
    ocx(&scene, &["upgrade", "--check"]).success().done();
    versions.requests();

    // Neither when the base moves, nor when the daemon was started again, nor without a network.
    versions.close();
    scene.docker.add_image("team", &[]);
    let session = ocx(&scene, &["o", "run"]).success();
    session
        .says("building ocx-team:1.18.32: the base image moved from")
        .done();
    let output = scene
        .sandbox
        .ocx(["o", "run"])
        .env("DOCKER_HOST", "unix:///another.sock")
        .run()
        .success();
    output.never_says("building").done();
    assert!(versions.requests().is_empty());
}

#[test]
fn a_version_is_brought_back() {
    let (mut scene, versions) = scene(OLD);
    ocx(&scene, &["build"]).success().done();
    versions.publish(NEW);
    answers(&mut scene, NEW);
    ocx(&scene, &["upgrade"]).success().done();
    versions.requests();
    versions.close();

    // Its image is there.
    settings(&scene, &format!("opencode_version = \"{OLD}\"\n"));
    let session = ocx(&scene, &["o", "run"]).success();
    assert!(!session.stderr().contains("building"), "{session}");
    assert_eq!(session_image(&scene), "ocx-team:1.18.32");

    // Its binary is.
    scene.docker.remove_image("ocx-team:1.18.32");
    answers(&mut scene, OLD);
    let session = ocx(&scene, &["o", "run"]).success();
    session
        .says("building ocx-team:1.18.32: opencode 1.18.33 is replaced by 1.18.32")
        .never_says("downloading opencode")
        .done();

    // And back to the newest.
    settings(&scene, "");
    assert_eq!(session_image(&scene), "ocx-team:1.18.33");
    assert!(versions.requests().is_empty());
}

#[test]
fn pinned_versions_are_left_alone() {
    let (scene, versions) = scene(NEW);
    settings(&scene, "opencode_version = \"1.17.4\"\n");
    let file = scene.sandbox.config().join("ocx/ocx.toml");
    let expected =
        format!("opencode is pinned to 1.17.4 by `opencode_version` ({file}); it stays\n");
    let check = ocx(&scene, &["upgrade", "--check"]).success();
    assert_eq!(check.stdout(), expected);
    let check = ocx(&scene, &["upgrade", "--check", "--json"]).success();
    assert_eq!(check.promised("upgrade")["pinned"], "1.17.4");
    let upgrade = ocx(&scene, &["upgrade"]).success();
    assert_eq!(upgrade.stderr(), format!("ocx: {expected}"));

    settings(&scene, "");
    let output = scene
        .sandbox
        .ocx(["upgrade"])
        .env("OCX_OPENCODE_BINARY", scene.opencode().as_str())
        .run()
        .success();
    output
        .says("by `opencode_binary` ($OCX_OPENCODE_BINARY); it stays")
        .done();
    assert!(versions.requests().is_empty());
    assert!(scene.docker.calls().is_empty());
}

#[test]
fn nothing_is_built_yet() {
    let (scene, _versions) = scene(NEW);
    let check = ocx(&scene, &["upgrade", "--check"]).success();
    assert_eq!(
        check.stdout(),
        "no image is built yet; the newest opencode is 1.18.33: `ocx upgrade` takes it\n"
    );
    scene.assert_nothing_changed();
    ocx(&scene, &["upgrade"]).success().says("is ready").done();
}

#[test]
fn a_base_that_is_not_there() {
    let (scene, versions) = scene(NEW);
    scene.docker.remove_image("team");
    for args in [&["upgrade"][..], &["upgrade", "--check"]] {
        ocx(&scene, args)
            .exits(78)
            .says("base image `team` is not in the local storage")
            .done();
    }
    assert!(versions.requests().is_empty());
}

#[test]
fn offline() {
    let (scene, versions) = scene(OLD);
    ocx(&scene, &["build"]).success().done();
    versions.close();
    for args in [&["upgrade"][..], &["upgrade", "--check"]] {
        let output = ocx(&scene, args).exits(68);
        assert_eq!(output.stdout(), "");
        output
            .says("error: could not find out the newest version of opencode")
            .says("hint: check the network and HTTPS_PROXY")
            .done();
    }
    ocx(&scene, &["o", "run"]).success().done();
}
