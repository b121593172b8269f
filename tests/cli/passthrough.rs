//! What follows `opencode` reaches it untouched, and its exit code comes back.

use ocx_tests::fake_engine::Rule;

use crate::scene::Scene;

/// What stands behind the image in the engine's `run`.
fn command(scene: &Scene, args: &[&str]) -> Vec<String> {
    let call = scene.session(args);
    let image = call
        .args
        .iter()
        .position(|arg| arg.starts_with("ocx-team:"))
        .expect("the image is named");
    call.args[image + 1..].to_vec()
}

#[test]
fn arguments_arrive_as_they_are() {
    let scene = Scene::new();
    scene.warm_up();
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["-v"],
        &[
            "-q",
            "--dry-run",
            "--runtime",
            "podman",
            "--set",
            "memory=1g",
        ],
        &["--"],
        &["--", "--", "-x"],
        &["run", "--", "--model", "x"],
        &["run", ""],
        &["", "run", ""],
        &["run", "fix the tests", "  two  blanks "],
        &["run", "it's \"quoted\" $HOME `id` \\ *"],
        &["run", "line\nbreak\ttab"],
        &["run", "für Ångström — 日本語 🦀"],
        &["build"],
        &["opencode"],
        &["--workspace=/nowhere"],
        &["-"],
    ] {
        for subcommand in ["opencode", "o"] {
            let line: Vec<&str> = [&[subcommand][..], args].concat();
            let expected: Vec<&str> = [&["opencode"][..], args].concat();
            assert_eq!(command(&scene, &line), expected);
        }
    }
    assert_eq!(command(&scene, &["opencode"]), ["opencode"]);
}

#[test]
fn flags_before_opencode_are_ocxs_own() {
    let scene = Scene::new();
    scene.warm_up();
    assert_eq!(
        command(
            &scene,
            &["--quiet", "--set", "memory=1g", "opencode", "--quiet"]
        ),
        ["opencode", "--quiet"]
    );
    assert!(scene.docker.calls()[1].has("--memory"));
}

#[test]
fn help_for_opencode_is_ocxs_own() {
    let scene = Scene::new();
    let output = scene.sandbox.ocx(["help", "opencode"]).run().success();
    output.prints("untouched").done();
    assert!(scene.docker.calls().is_empty());
}

#[test]
fn exit_codes_come_back() {
    let mut scene = Scene::new();
    scene.warm_up();
    for code in [0, 1, 2, 42, 64, 69, 78, 125, 126, 127, 130, 137, 255] {
        scene.docker.clear_rules();
        scene.docker.rule(Rule::on(&["run"]).starts().exit(code));
        let output = scene.sandbox.ocx(["o", "x"]).run().exits(i32::from(code));
        assert_eq!(output.stderr(), "", "with {code}");
    }
}

#[test]
fn the_engine_is_asked_about_its_own_exit_codes_only() {
    let mut scene = Scene::new();
    scene.warm_up();
    for (code, asked) in [
        (124, false),
        (125, true),
        (126, true),
        (127, true),
        (128, false),
    ] {
        scene.docker.clear_rules();
        scene.docker.forget_calls();
        scene.docker.rule(Rule::on(&["run"]).starts().exit(code));
        scene.sandbox.ocx(["o"]).run().exits(i32::from(code)).done();
        let events = scene.docker.calls_of(&["events"]);
        assert_eq!(events.len(), usize::from(asked), "with {code}");
    }
}

#[test]
fn an_engine_that_makes_no_container_has_failed() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene.docker.rule(
        Rule::on(&["run"])
            .stderr("docker: Error response from daemon: network nope not found.\n")
            .exit(125),
    );
    let output = scene.sandbox.ocx(["o"]).run().exits(76);
    assert!(!output.stderr().contains("events"));
    output
        .says("network nope not found")
        .says("docker could not start the container")
        .done();
}

#[test]
fn an_engine_that_makes_a_container_but_cannot_start_it_has_failed() {
    let mut scene = Scene::new();
    scene.warm_up();
    for code in [125, 126, 127] {
        scene.docker.clear_rules();
        scene.docker.rule(
            Rule::on(&["run"])
                .creates_only()
                .stderr("port is taken\n")
                .exit(code),
        );
        let output = scene.sandbox.ocx(["o"]).run().exits(76);
        output.says("docker could not start the container").done();
    }
}

#[test]
fn an_engine_without_a_record_is_believed() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene
        .docker
        .rule(Rule::on(&["events"]).stderr("not supported\n").exit(1))
        .rule(Rule::on(&["run"]).starts().exit(127));
    scene.sandbox.ocx(["o"]).run().exits(127).done();
}

#[test]
fn a_client_that_is_killed_is_an_engine_failure() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene
        .docker
        .rule(Rule::on(&["run"]).shell("kill -9 $PPID; sleep 5"));
    let output = scene.sandbox.ocx(["o"]).run().exits(76);
    output.says("was ended by signal 9").done();
}

#[test]
fn the_programs_streams_are_ocxs_own() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene.docker.rule(
        Rule::on(&["run"])
            .starts()
            .shell("tee /dev/stderr 2>/dev/null || cat; echo said >&2"),
    );
    let output = scene.sandbox.ocx(["o"]).stdin("read this").run().success();
    output.prints("read this").says("said").done();
}
