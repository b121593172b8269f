//! `ocx status`.

use ocx_tests::{fake_engine::Rule, output::Output};
use regex::Regex;
use serde_json::Value;

use crate::scene::Scene;

fn status(scene: &Scene) -> Output {
    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["status"]).run().success();
    scene.assert_nothing_changed();
    output
}

/// The output for a snapshot.
fn shown(output: &Output) -> String {
    let ids = Regex::new(r"\([0-9a-f]{12}\)").expect("a sound pattern");
    ids.replace_all(&output.snapshot(), "([ID])").into_owned()
}

fn json(scene: &Scene) -> Value {
    let output = scene.sandbox.ocx(["status", "--json"]).run().success();
    assert_eq!(output.stderr(), "");
    serde_json::from_str(output.stdout()).expect("it is JSON")
}

/// The causes as `ocx status` tells them, which are then told by the session that builds.
#[track_caller]
fn assert_causes(scene: &Scene, name: &str, message: &str) {
    let answer = json(scene);
    assert_eq!(answer["state"], "stale", "{answer:#}");
    assert_eq!(answer["causes"][0]["cause"], name, "{answer:#}");
    let told = answer["causes"][0]["message"].as_str().unwrap();
    assert!(told.contains(message), "{told}");
    status(scene).prints(told).done();
    let session = scene.sandbox.ocx(["opencode", "run"]).run().success();
    session.says(&format!(": {told}\n")).done();
    assert_eq!(json(scene)["state"], "fresh");
}

#[test]
fn up_to_date() {
    let scene = Scene::new();
    scene.warm_up();
    let output = status(&scene);
    assert_eq!(scene.asked(), ["image inspect"]);
    assert_eq!(output.stderr(), "");
    insta::assert_snapshot!(shown(&output), @r"
    $ ocx status
    [exit code 0]
    --- stdout
    state     up to date
    base      team ([ID])
              named by `custom_base_image` ([CONFIG]/ocx/ocx.toml)
    image     ocx-team:[LOCAL VERSION] ([ID])
    opencode  [LOCAL VERSION], the local binary [SANDBOX]/opencode of `opencode_binary` ([CONFIG]/ocx/ocx.toml)
    engine    docker [VERSION]+dfsg1, rootful
    ");
    let answer = json(&scene);
    assert_eq!(answer["state"], "fresh");
    assert_eq!(answer["base"]["rule"], "image");
    assert_eq!(answer["base"]["made_by"], "others");
    assert_eq!(answer["engine"]["name"], "docker");
    assert_eq!(answer["causes"], Value::Array(vec![]));
}

#[test]
fn nothing_is_built_yet() {
    let scene = Scene::without_base();
    insta::assert_snapshot!(shown(&status(&scene)), @r"
    $ ocx status
    [exit code 0]
    --- stdout
    state     the base is to be built: there is no such image yet
              `ocx build` or the next session builds it
    base      ocx-base (not there)
              ocx's own, since neither `custom_base_image` nor `custom_base_dockerfile` is set
    image     ocx:[LOCAL VERSION] (not there)
    opencode  [LOCAL VERSION], the local binary [SANDBOX]/opencode of `opencode_binary` ([CONFIG]/ocx/ocx.toml)
    engine    docker [VERSION]+dfsg1, rootful
    ");
    assert_eq!(json(&scene)["causes"][0]["cause"], "base_missing");
    let scene = Scene::with_dockerfile();
    insta::assert_snapshot!(shown(&status(&scene)), @r"
    $ ocx status
    [exit code 0]
    --- stdout
    state     the base is to be built: there is no such image yet
              `ocx build` or the next session builds it
    base      ocx-base-project-docker---[HASH] (not there)
              built for `custom_base_dockerfile` ([PROJECT]/ocx.toml)
              Dockerfile [PROJECT]/docker/Dockerfile, found in the project
    image     ocx-project-docker---[HASH]:[LOCAL VERSION] (not there)
    opencode  [LOCAL VERSION], the local binary [SANDBOX]/opencode of `opencode_binary` ([CONFIG]/ocx/ocx.toml)
    engine    docker [VERSION]+dfsg1, rootful
    ");
}

#[test]
fn a_base_that_is_not_there() {
    let scene = Scene::new();
    scene.docker.remove_image("team");
    let output = status(&scene);
    insta::assert_snapshot!(shown(&output), @r#"
    $ ocx status
    [exit code 0]
    --- stdout
    state     cannot run: base image `team` is not in the local storage of docker, and no `custom_base_dockerfile` is set to build it from
              hint: `ocx build --pull` fetches team from its registry; with `base_pull = "missing"` in the settings that happens by itself
              hint: or build or load it, so that `docker image inspect team` finds it
              hint: or let ocx build it: set `custom_base_dockerfile` to its Dockerfile
              on a terminal, `ocx build` and sessions ask whether they shall fetch it
    base      team (not there)
              named by `custom_base_image` ([CONFIG]/ocx/ocx.toml)
    image     ocx-team:[LOCAL VERSION] (not there)
    opencode  [LOCAL VERSION], the local binary [SANDBOX]/opencode of `opencode_binary` ([CONFIG]/ocx/ocx.toml)
    engine    docker [VERSION]+dfsg1, rootful
    "#);
    let answer = json(&scene);
    assert_eq!(answer["state"], "blocked");
    assert_eq!(answer["problem"]["remedies"].as_array().unwrap().len(), 3);
}

#[test]
fn a_base_that_is_gone_is_not_needed() {
    let scene = Scene::new();
    scene.warm_up();
    scene.docker.remove_image("team");
    status(&scene).prints("the base image is gone").done();
    assert_eq!(json(&scene)["state"], "fresh");
}

#[test]
fn each_cause_is_the_one_that_a_session_tells() {
    let scene = Scene::new();
    assert_causes(&scene, "image_missing", "there is no such image yet");
    scene.docker.add_image("team", &[]);
    let answer = json(&scene);
    assert_ne!(answer["causes"][0]["from"], answer["causes"][0]["to"]);
    assert_causes(&scene, "base_moved", "the base image moved from ");

    let mut binary = std::fs::read(scene.opencode()).unwrap();
    binary.push(b'\n');
    scene.sandbox.write(scene.opencode(), binary);
    assert_causes(
        &scene,
        "opencode_changed",
        "the local opencode binary changed",
    );

    let image = json(&scene)["image"]["name"].as_str().unwrap().to_owned();
    scene.docker.add_image(&image, &[("other", "labels")]);
    assert_causes(&scene, "labels_missing", "lacks labels of ocx");

    let base = json(&scene)["base"]["id"].as_str().unwrap().to_owned();
    let version = json(&scene)["opencode"]["version"]
        .as_str()
        .unwrap()
        .to_owned();
    scene.warm_up();
    let content = scene.docker.label(&image, "ocx.base.content");
    let labels = |recipe, build| {
        scene.docker.add_image(
            &image,
            &[
                ("ocx.version", "0.0.1"),
                ("ocx.recipe", recipe),
                ("ocx.opencode.version", &version),
                ("ocx.opencode.build", build),
                ("ocx.opencode.sha256", "aa"),
                ("ocx.base.reference", "team"),
                ("ocx.base.id", &base),
                ("ocx.base.content", &content),
            ],
        );
    };
    labels("0", "local");
    assert_causes(&scene, "recipe_changed", "(recipe 0, now 2)");
    labels("2", "local");
    assert_causes(
        &scene,
        "opencode_changed",
        "the local opencode binary changed",
    );
    labels("2", "opencode-linux-x64");
    assert_causes(&scene, "opencode_changed", "is replaced by a local binary");
}

#[test]
fn each_cause_of_a_base_is_the_one_that_a_session_tells() {
    let scene = Scene::with_dockerfile();
    let settings = |more: &str| {
        scene.sandbox.write(
            "ocx.toml",
            format!(
                "custom_base_image = \"tools\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n{more}"
            ),
        );
    };
    settings("");
    assert_causes(&scene, "base_missing", "there is no such image yet");
    scene
        .sandbox
        .write("docker/Dockerfile", "FROM scratch\nENV A=b\n");
    assert_causes(&scene, "dockerfile_changed", "its Dockerfile changed");
    settings("custom_base_target = \"dev\"\n");
    assert_causes(&scene, "target_changed", "its build target changed");
    settings("custom_base_target = \"dev\"\ncustom_base_build_args = { A = \"1\" }\n");
    assert_causes(&scene, "build_args_changed", "its build arguments changed");
    insta::assert_snapshot!(shown(&status(&scene)), @r"
    $ ocx status
    [exit code 0]
    --- stdout
    state     up to date
    base      tools ([ID])
              named by `custom_base_image` ([PROJECT]/ocx.toml)
              built for `custom_base_dockerfile` ([PROJECT]/ocx.toml)
              Dockerfile [PROJECT]/docker/Dockerfile, found in the project
              other files in its build context are compared by `ocx build` only
    image     ocx-tools:[LOCAL VERSION] ([ID])
    opencode  [LOCAL VERSION], the local binary [SANDBOX]/opencode of `opencode_binary` ([CONFIG]/ocx/ocx.toml)
    engine    docker [VERSION]+dfsg1, rootful
    ");

    scene.sandbox.write("other/Dockerfile", "FROM scratch\n");
    scene.sandbox.write(
        "ocx.toml",
        "custom_base_image = \"tools\"\ncustom_base_dockerfile = \"other/Dockerfile\"\n",
    );
    let output = status(&scene);
    output
        .prints("was built from another Dockerfile")
        .prints("hint: `ocx build --base`")
        .done();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .exits(78)
        .done();
}

#[test]
fn a_base_that_was_not_built_by_ocx() {
    let scene = Scene::with_dockerfile();
    scene.docker.add_image("tools", &[]);
    scene.sandbox.write(
        "ocx.toml",
        "custom_base_image = \"tools\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n",
    );
    status(&scene)
        .prints("not built by ocx, so `custom_base_dockerfile`")
        .done();
}

#[test]
fn a_base_that_cannot_be_built_on() {
    let scene = Scene::new();
    let mut record = ocx_tests::fake_engine::image_record(
        "sha256:4444444444444444444444444444444444444444444444444444444444444444",
        "team:latest",
        &std::collections::BTreeMap::new(),
    );
    record["Config"]["OnBuild"] = serde_json::json!(["RUN make"]);
    scene.docker.add_image_record("team", &record);
    status(&scene)
        .prints("cannot run")
        .prints("ONBUILD")
        .prints("hint: use an image without ONBUILD")
        .done();
}

#[test]
fn a_pinned_version_and_one_that_is_not_known() {
    let scene = Scene::new();
    scene.sandbox.write(
        scene.sandbox.config().join("ocx/ocx.toml"),
        "custom_base_image = \"team\"\n",
    );
    let output = status(&scene);
    output
        .prints("named after the version of opencode, which is not known yet")
        .prints("not known yet, for `opencode_version = \"latest\"` (default)")
        .done();
    let output = scene
        .sandbox
        .ocx(["status"])
        .env("OCX_OPENCODE_VERSION", "1.17.4")
        .run()
        .success();
    output
        .prints("ocx-team:1.17.4 (not there)")
        .prints("1.17.4, pinned by `opencode_version` ($OCX_OPENCODE_VERSION)")
        .done();
}

#[test]
fn the_engine_does_not_answer() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene.docker.rule(
        Rule::on(&[])
            .stderr("Cannot connect to the Docker daemon at unix:///x. Is it running?\n")
            .exit(1),
    );
    let output = scene.sandbox.ocx(["status"]).run().exits(69);
    assert_eq!(output.stdout(), "");
    output
        .says("docker does not answer")
        .says("hint: start it")
        .done();
}

#[test]
fn a_dockerfile_that_is_not_there() {
    let scene = Scene::with_dockerfile();
    std::fs::remove_file(scene.sandbox.project().join("docker/Dockerfile")).unwrap();
    let output = scene.sandbox.ocx(["status"]).run().exits(78);
    output.says("no Dockerfile `docker/Dockerfile`").done();
}
