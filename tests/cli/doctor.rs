//! `ocx doctor`.

use ocx_tests::{fake_engine::Rule, sandbox::Sandbox};
use serde_json::Value;

use crate::scene::Scene;

fn json(sandbox: &Sandbox, code: i32) -> Value {
    let output = sandbox.ocx(["doctor", "--json"]).run().exits(code);
    assert_eq!(output.stderr(), "");
    serde_json::from_str(output.stdout()).expect("it is JSON")
}

/// What came of a check, the worst first.
fn of<'a>(answer: &'a Value, check: &str) -> Vec<(&'a str, &'a str)> {
    let checks = answer["checks"].as_array().expect("there are checks");
    checks
        .iter()
        .filter(|one| one["check"] == check)
        .map(|one| {
            let text = |name: &str| one[name].as_str().expect("it is a text");
            (text("state"), text("message"))
        })
        .collect()
}

#[test]
fn a_machine_with_an_engine() {
    let scene = Scene::new();
    let output = scene.sandbox.ocx(["doctor"]).run().success();
    assert_eq!(output.stderr(), "");
    output
        .prints("ok       engine")
        .prints("docker 20.10")
        .done();
    scene.assert_nothing_changed();
    let answer = json(&scene.sandbox, 0);
    assert_eq!(of(&answer, "engine")[0].0, "ok", "{answer:#}");
    assert!(
        of(&answer, "settings")[0].1.ends_with("/ocx/ocx.toml"),
        "{answer:#}"
    );
    for check in [
        "memory", "cache", "state", "data", "git", "opencode", "network", "registry", "clock",
        "terminal",
    ] {
        assert_eq!(of(&answer, check).len(), 1, "{check}: {answer:#}");
    }
}

#[test]
fn without_an_engine() {
    let answer = json(&Sandbox::new(), 69);
    assert_eq!(answer["state"], "problem");
    assert_eq!(
        of(&answer, "engine"),
        [("problem", "not installed: docker, podman")]
    );
    assert!(
        !answer["checks"][0]["remedies"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_engine_that_does_not_answer() {
    let mut scene = Scene::new();
    scene
        .docker
        .rule(Rule::on(&[]).stderr("no daemon\n").exit(1));
    let answer = json(&scene.sandbox, 69);
    let found = of(&answer, "engine");
    assert_eq!(found[0].0, "problem", "{answer:#}");
    assert!(found[0].1.contains("docker does not answer"), "{answer:#}");
    // What it said stands on a line of its own.
    let output = scene.sandbox.ocx(["doctor"]).run().exits(69);
    let mut lines = output.stdout().lines().map(str::trim);
    assert!(lines.any(|line| line == "no daemon"), "{output}");
}

#[test]
fn settings_that_are_wrong_and_places_that_are_no_project() {
    let scene = Scene::new();
    scene.sandbox.write("ocx.toml", "memroy = \"2g\"\n");
    let answer = json(&scene.sandbox, 78);
    let found = of(&answer, "settings");
    assert_eq!(found[0].0, "problem");
    assert!(found[0].1.contains("did you mean `memory`?"), "{answer:#}");
    assert_eq!(of(&answer, "engine")[0].0, "ok");
    let output = scene.sandbox.ocx(["doctor"]).in_dir("/").run().success();
    output
        .prints("no project here: / cannot be a project")
        .done();
    scene.set_global("memory = true\n");
    let output = scene.sandbox.ocx(["doctor"]).in_dir("/").run().exits(78);
    output.prints("setting `memory`").done();
}

#[test]
fn no_engine_of_a_project_with_wrong_settings_is_run() {
    let scene = Scene::new();
    let planted = scene.sandbox.project().join("bin");
    scene
        .sandbox
        .write(planted.join("podman"), "#!/bin/sh\ntouch ran\n");
    scene.sandbox.write("ocx.toml", "memroy = 1\n");
    scene
        .sandbox
        .command("sh", ["-c", "chmod +x bin/podman"])
        .env("PATH", "/usr/bin:/bin")
        .run()
        .success()
        .done();
    let path = format!("{planted}:{}", scene.sandbox.bin());
    let doctor = |args: &[&str]| {
        let output = scene
            .sandbox
            .ocx(args.iter().copied())
            .env("PATH", &path)
            .run();
        output.exits(78).prints("docker 20.10").done();
        assert!(!scene.sandbox.project().join("ran").exists(), "{args:?}");
    };
    doctor(&["doctor"]);
    doctor(&["--workspace", "missing", "doctor"]);
    scene.sandbox.write("ocx.json", "{}");
    doctor(&["doctor"]);
    std::fs::remove_file(scene.sandbox.project().join("ocx.json")).unwrap();
    let settings = scene.sandbox.project().join("ocx.toml");
    std::fs::remove_file(&settings).unwrap();
    std::os::unix::fs::symlink("nowhere", settings).unwrap();
    doctor(&["doctor"]);
}
