//! Base images in which opencode cannot run.

use std::collections::BTreeMap;

use ocx_tests::{
    fake_engine::{Rule, image_record},
    sandbox::Sandbox,
};
use serde_json::{Value, json};

use crate::scene::Scene;

const IMAGE: &str = "sha256:4444444444444444444444444444444444444444444444444444444444444444";

/// A scene whose base is described by what `change` makes of an ordinary image.
fn with_base(change: impl FnOnce(&mut Value)) -> Scene {
    let scene = Scene::new();
    let mut record = image_record(IMAGE, "team:latest", &BTreeMap::new());
    change(&mut record);
    scene.docker.add_image_record("team", &record);
    scene
}

/// Takes all files out of the engine's images and puts these in.
fn with_files(files: &[&str]) -> Scene {
    let mut scene = Scene::new();
    for path in files {
        scene.docker.add_file(path, b"");
    }
    // The rules answer before the files are looked at.
    scene.docker.rule(
        Rule::on(&["cp"])
            .containing(crate::scene::GLIBC)
            .stderr("Error response from daemon: Could not find the file in container\n")
            .exit(1),
    );
    scene
}

#[track_caller]
fn assert_refused(scene: &Scene, expected: &[&str]) {
    for command in ["build", "run"] {
        scene.docker.forget_calls();
        let mut output = scene.sandbox.ocx([command]).run().exits(65);
        for text in expected {
            output = output.says(text);
        }
        output.done();
        scene.assert_nothing_changed();
    }
}

#[test]
fn instructions_for_later_builds() {
    let scene = with_base(|record| {
        record["Config"]["OnBuild"] = json!(["COPY . /app", "RUN make"]);
    });
    assert_refused(
        &scene,
        &[
            "ONBUILD",
            "COPY . /app; RUN make",
            "hint: use an image without ONBUILD",
        ],
    );
}

#[test]
fn another_architecture() {
    let scene = with_base(|record| record["Architecture"] = json!("riscv64"));
    assert_refused(
        &scene,
        &[
            "base image `team` is for riscv64, but this machine is",
            "hint: ",
        ],
    );
}

#[test]
fn another_operating_system() {
    let scene = with_base(|record| record["Os"] = json!("windows"));
    assert_refused(&scene, &["base image `team` is for windows"]);
}

#[test]
fn no_libc() {
    assert_refused(
        &with_files(&[]),
        &[
            "has no C library",
            "hint: opencode is not statically linked",
        ],
    );
}

#[test]
fn musl_without_libraries() {
    let loader = if cfg!(target_arch = "aarch64") {
        "/lib/ld-musl-aarch64.so.1"
    } else {
        "/lib/ld-musl-x86_64.so.1"
    };
    let scene = with_files(&[loader, "/usr/lib/libgcc_s.so.1"]);
    assert_refused(
        &scene,
        &[
            "lacks libstdc++.so.6, which opencode needs with musl",
            "RUN apk add --no-cache libstdc++ libgcc",
        ],
    );
    scene.docker.add_file("/usr/lib/libstdc++.so.6", b"");
    scene.sandbox.ocx(["build"]).run().success().done();
}

#[test]
fn opencode_does_not_run_in_it() {
    let mut scene = Scene::new();
    scene.docker.rule(
        Rule::on(&["run"])
            .containing("ocx-tmp---")
            .starts()
            .stderr("opencode: error while loading shared libraries: libodd.so.1\n")
            .exit(1),
    );
    let output = scene.sandbox.ocx(["opencode", "run"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx opencode run
    [exit code 65]
    --- stderr
    ocx: looking into team
    ocx: building ocx-team:[LOCAL VERSION]: there is no such image yet
    warning: opencode's search needs `rg` in the base, since ripgrep could not be added: could not reach [URL]/@vscode/ripgrep-linux-x64/-/ripgrep-linux-x64-[VERSION].tgz
    ocx: trying opencode [LOCAL VERSION] out in the new image
    error: opencode [LOCAL VERSION] does not run in base image `team`
      because: local: exit code 1: opencode: error while loading shared libraries: libodd.so.1
    hint: the image that was there before, if any, is untouched; try another `opencode_version` or a newer base
    ");
    assert_eq!(scene.docker.images(), ["team:latest"]);
    let tagged = scene.docker.calls_of(&["tag"]);
    assert!(!tagged.is_empty());
    assert!(
        tagged
            .iter()
            .all(|call| call.args[2].starts_with("ocx-tmp---"))
    );
    // What an earlier build may have left, the candidate, the pinned base.
    assert_eq!(scene.docker.calls_of(&["rmi"]).len(), 3);
}

#[test]
fn what_was_there_before_stays() {
    let mut scene = Scene::new();
    scene.warm_up();
    let before = scene.docker.images();
    scene.docker.rule(
        Rule::on(&["run"])
            .containing("ocx-tmp---")
            .starts()
            .stderr("Illegal instruction\n")
            .exit(132),
    );
    let output = scene.sandbox.ocx(["build", "--force"]).run().exits(65);
    output
        .says("Illegal instruction")
        .says("is untouched")
        .done();
    assert_eq!(scene.docker.images(), before);
    scene.docker.clear_rules();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
}

#[test]
fn the_engine_cannot_start_the_trial() {
    for code in [125, 126, 127] {
        let mut scene = Scene::new();
        scene.docker.rule(
            Rule::on(&["run"])
                .containing("ocx-tmp---")
                .creates_only()
                .stderr("exec: \"runc\": executable file not found in $PATH\n")
                .exit(code),
        );
        let output = scene.sandbox.ocx(["build"]).run().exits(76);
        output
            .says("docker could not start the container")
            .says("exec: \"runc\"")
            .never_says("does not run in base image")
            .done();
        assert_eq!(scene.docker.images(), ["team:latest"]);
    }
}

#[test]
fn only_opencode_cannot_be_started() {
    let mut scene = Scene::new();
    scene.docker.rule(
        Rule::on(&["run"])
            .containing("--version")
            .creates_only()
            .stderr("exec format error\n")
            .exit(126),
    );
    let output = scene.sandbox.ocx(["build"]).run().exits(65);
    output
        .says("exec format error")
        .never_says("init process")
        .done();
}

#[test]
fn a_trial_is_as_closed_as_can_be() {
    let scene = Scene::new();
    scene.sandbox.ocx(["build"]).run().success().done();
    let trial = &scene.docker.calls_of(&["run"])[0];
    assert_eq!(trial.values("--network"), ["none"]);
    assert_eq!(trial.values("--cap-drop"), ["ALL"]);
    assert!(trial.has("--read-only") && trial.has("--rm"));
    assert_eq!(
        trial.args[trial.args.len() - 2..],
        ["opencode", "--version"]
    );
}

#[test]
fn two_builds_at_once_wait_for_each_other() {
    let mut scene = Scene::new();
    let go_on = scene.docker.directory().join("go-on");
    scene.docker.rule(Rule::on(&["build"]).waits_for(&go_on));
    let patience = std::time::Duration::from_secs(60);
    let sandbox: &Sandbox = &scene.sandbox;
    let mut first = sandbox.ocx(["build"]).start();
    first.wait_until("the engine to build", patience, |_| {
        !scene.docker.calls_of(&["build"]).is_empty()
    });
    let mut second = sandbox.ocx(["build"]).start();
    second.wait_for("waiting for another ocx", patience);
    sandbox.write(&go_on, "");
    first.wait(patience).success().says("is ready").done();
    let second = second.wait(patience).success();
    second.says("is up to date").never_says("is ready").done();
    assert_eq!(scene.docker.calls_of(&["build"]).len(), 1);
    scene
        .sandbox
        .ocx(["build"])
        .run()
        .success()
        .says("is up to date")
        .done();
}
