//! Containers that end well, and whose output the engine loses.

use ocx_tests::fake_engine::{Call, Rule};

use crate::{scene::Scene, versions::Versions};

const VERSION: &str = "1.18.33";

/// What the check of a program prints that is not there.
const MISSING: &str = r#"{"kind":"missing","search":"/ocx/bin:/bin"}"#;

/// A scene whose base gets a published version of opencode.
fn with_published_version() -> (Scene, Versions) {
    let mut scene = Scene::new();
    let versions = Versions::start(VERSION);
    scene
        .sandbox
        .set_env("OCX_OPENCODE_REGISTRY", versions.url());
    scene.sandbox.write(
        scene.sandbox.config().join("ocx/ocx.toml"),
        "custom_base_image = \"team\"\n",
    );
    (scene, versions)
}

/// The runs and `exec`s of this kind that end well and print nothing.
fn silent(command: &str, containing: &str) -> Rule {
    Rule::on(&[command]).containing(containing).starts().exit(0)
}

#[test]
fn a_trial_without_an_answer_is_repeated() {
    let (mut scene, _versions) = with_published_version();
    let answer = Rule::on(&["run"])
        .containing(":candidate")
        .starts()
        .stdout(&format!("{VERSION}\n"));
    scene
        .docker
        .rule(silent("run", ":candidate").times(1))
        .rule(answer);
    scene.sandbox.ocx(["build"]).run().success().done();
    let trials = scene.docker.calls_of(&["run"]);
    assert_eq!(trials.len(), 2, "{trials:#?}");
    assert_ne!(trials[0].values("--name"), trials[1].values("--name"));
}

#[test]
fn a_program_that_never_answers_is_asked_twice() {
    let (mut scene, _versions) = with_published_version();
    scene.docker.rule(silent("run", ":candidate"));
    scene
        .sandbox
        .ocx(["build", "--set", &format!("opencode_version={VERSION}")])
        .run()
        .exits(65)
        .says("exit code 0 without a message, twice")
        .done();
    let again = |call: &Call| call.values("--name")[0].starts_with("again-");
    assert!(scene.docker.calls_of(&["run"]).iter().any(again));
}

#[test]
fn the_check_of_a_program_is_repeated() {
    let mut scene = Scene::new();
    scene.warm_up();
    // No sign of the engine that it started anything, so all depends on the check.
    scene
        .docker
        .rule(silent("run", "BUN_BE_BUN").times(1))
        .rule(
            Rule::on(&["run"])
                .containing("BUN_BE_BUN")
                .starts()
                .stdout(MISSING),
        )
        .rule(Rule::on(&["run"]).creates_only().exit(127));
    scene
        .sandbox
        .ocx(["exec", "--new", "tool"])
        .run()
        .exits(127)
        .says("there is no program `tool` in the container")
        .never_says("could not start")
        .done();
}

#[test]
fn so_is_that_in_a_running_session() {
    let mut scene = Scene::new();
    scene.warm_up();
    let session = format!(
        "{{\"ID\":\"c0ffee\",\"Names\":\"ocx-app\",\"Image\":\"ocx-team:1.2.3\",\"Command\":\"\",\
         \"CreatedAt\":\"2026-01-02 03:04:00 +0000 UTC\",\
         \"Labels\":\"ocx.session=aaaa1111,ocx.project={},ocx.project-id=x\"}}\n",
        scene.sandbox.project()
    );
    scene
        .docker
        .rule(Rule::on(&["ps"]).stdout(&session))
        .rule(silent("exec", "BUN_BE_BUN").times(1))
        .rule(Rule::on(&["exec"]).containing("BUN_BE_BUN").stdout(MISSING))
        .rule(Rule::on(&["exec"]).exit(127));
    scene
        .sandbox
        .ocx(["exec", "tool"])
        .run()
        .exits(127)
        .says("there is no program `tool` in the container")
        .done();
}

#[test]
fn an_answer_that_cannot_be_written_is_said_and_nothing_else() {
    let scene = Scene::new();
    for command in ["version", "config"] {
        let script = format!("ocx {command} > /dev/full");
        let output = scene.sandbox.command("sh", ["-c", &script]).run();
        let output = output.exits(74);
        output
            .never_says("hint: ")
            .says("could not write to standard output")
            .done();
    }
}
