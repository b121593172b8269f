//! A build is repeated if others can be shown to have disturbed it, and only then.

use ocx_tests::{
    fake_engine::{FakeEngine, Rule},
    output::Output,
    sandbox::Sandbox,
};

use crate::scene::{GLIBC, Scene};

/// A Podman whose list of images is `before` a build and `after` it, and whose first build ends with
/// `code`.
fn build(before: &str, after: &str, code: u8) -> (Output, usize) {
    let scene = Scene::new();
    let mut podman = podman(&scene.sandbox);
    podman.rule(Rule::on(&["image", "ls"]).times(1).stdout(before));
    podman.rule(Rule::on(&["image", "ls"]).stdout(after));
    podman.rule(Rule::on(&["build"]).times(1).stderr("oh\n").exit(code));
    let output = scene.sandbox.ocx(["--runtime", "podman", "build"]).run();
    (output, podman.calls_of(&["build"]).len())
}

fn podman(sandbox: &Sandbox) -> FakeEngine {
    let podman = FakeEngine::podman(sandbox);
    podman.add_image("team", &[]);
    podman.add_file(GLIBC, b"");
    podman.add_file("/bin/sh", b"");
    podman
}

#[test]
fn one_that_ended_by_itself_while_an_image_went_away_is_repeated() {
    let (output, builds) = build("a\nb\n", "a\nc\n", 125);
    output.success().says("building once more").done();
    assert_eq!(builds, 2);
}

#[test]
fn one_during_which_no_image_went_away_is_not() {
    let (output, builds) = build("a\nb\n", "a\nb\nc\n", 125);
    output.exits(76).never_says("once more").says("oh").done();
    assert_eq!(builds, 1);
}

#[test]
fn nor_is_one_whose_step_failed() {
    let (output, builds) = build("a\nb\n", "a\n", 3);
    output.exits(76).never_says("once more").says("oh").done();
    assert_eq!(builds, 1);
}

#[test]
fn nor_is_one_of_docker() {
    let mut scene = Scene::new();
    scene.docker.rule(Rule::on(&["build"]).exit(125));
    scene.sandbox.ocx(["build"]).run().exits(76).done();
    assert_eq!(scene.docker.calls_of(&["build"]).len(), 1);
    let mut lists = scene.docker.calls_of(&["image", "ls"]);
    // The other questions are about one image that was not found.
    lists.retain(|call| call.has("--quiet"));
    assert!(lists.is_empty());
}
