//! `custom_base_devcontainer`: the project's `devcontainer.json` says what the base is, on each run.

use ocx_tests::fake_engine::Rule;
use serde_json::Value;

use crate::scene::Scene;

const FILE: &str = ".devcontainer/devcontainer.json";

/// A project that follows a file with a build, of which some is left out.
fn followed() -> Scene {
    let scene = Scene::without_base();
    let sandbox = &scene.sandbox;
    sandbox.write("ocx.toml", "custom_base_devcontainer = true\n");
    sandbox.write(
        FILE,
        r#"{
  // Ours.
  "build": { "dockerfile": "Dockerfile", "context": "..", "args": { "RUBY": "3.3" }, "target": "dev" },
  "features": { "ghcr.io/devcontainers/features/node:1": {} },
  "runArgs": ["--privileged"],
}"#,
    );
    sandbox.write(".devcontainer/Dockerfile", "FROM ruby AS dev\n");
    scene
}

#[test]
fn it_is_followed_on_each_run_and_what_is_left_out_is_told_once() {
    let scene = followed();
    let sandbox = &scene.sandbox;
    let output = sandbox.ocx(["build"]).run().success();
    output
        .says(".devcontainer/devcontainer.json is followed, but for features: ocx installs none")
        .says("but for runArgs: the flags of a session")
        .done();
    let builds = scene.docker.calls_of(&["build"]);
    assert_eq!(builds[0].values("--target"), ["dev"]);
    assert_eq!(builds[0].args.last().unwrap(), sandbox.project().as_str());
    let run = scene.session(&["run"]);
    assert!(!run.args.iter().any(|arg| arg == "--privileged"));
    let output = sandbox.ocx(["build"]).run().success();
    output.never_says("is followed").done();

    // The next run follows what is there then.
    scene.docker.add_image("team", &[]);
    sandbox.write(FILE, r#"{ "image": "team", "init": true }"#);
    let output = sandbox.ocx(["run"]).run().success();
    output.says("but for init:").never_says("features").done();
    let status = sandbox.ocx(["status"]).run().success();
    let named = format!(
        "named by {}, which `custom_base_devcontainer` ({}) follows",
        sandbox.project().join(FILE),
        sandbox.project().join("ocx.toml")
    );
    status.prints(&named).done();
}

#[test]
fn status_and_explain_say_where_the_base_is_from() {
    let scene = followed();
    let sandbox = &scene.sandbox;
    sandbox.ocx(["build"]).run().success().done();
    let file = sandbox.project().join(FILE);
    let settings = sandbox.project().join("ocx.toml");
    let status = sandbox.ocx(["status"]).run().success();
    let project = sandbox.project();
    status
        .prints(&format!(
            "built for {file}, which `custom_base_devcontainer` ({settings}) follows"
        ))
        .prints(&format!("build context {project}, set there"))
        .done();
    let status = sandbox.ocx(["status", "--json"]).run().success();
    let status: Value = serde_json::from_str(status.stdout()).unwrap();
    assert_eq!(status["base"]["devcontainer"], file.as_str());
    let origins = &status["base"]["settings"];
    assert_eq!(origins["custom_base_devcontainer"], settings.as_str());
    assert_eq!(origins["custom_base_dockerfile"], file.as_str());

    let explained = sandbox.ocx(["explain", "--json"]).run().success();
    let explained: Value = serde_json::from_str(explained.stdout()).unwrap();
    let pieces = explained.as_array().unwrap();
    let image = pieces.iter().find(|one| one["piece"] == "image").unwrap();
    let keys = image["settings"].as_array().unwrap();
    let set_in = |key: &str| {
        let found = keys.iter().find(|of| of["key"] == key);
        found.unwrap_or_else(|| panic!("{key}: {image:#}"))["set_in"][0].clone()
    };
    assert_eq!(set_in("custom_base_devcontainer"), settings.as_str());
    assert_eq!(set_in("custom_base_dockerfile"), file.as_str());
}

#[test]
fn what_cannot_be_followed_says_what_to_write() {
    let scene = Scene::without_base();
    let sandbox = &scene.sandbox;
    sandbox.write("ocx.toml", "# Ours.\ncustom_base_devcontainer = true\n");
    insta::assert_snapshot!(sandbox.ocx(["build"]).run().snapshot(), @r#"
    $ ocx build
    [exit code 78]
    --- stderr
    error: `custom_base_devcontainer` is set in [PROJECT]/ocx.toml, and the project has no .devcontainer/devcontainer.json and no .devcontainer.json
    hint: write [PROJECT]/.devcontainer/devcontainer.json, such as `{ "image": "ruby:3.3" }`
    hint: or do without it: `ocx config unset --project custom_base_devcontainer`
    "#);
    sandbox.write(FILE, "{\n  \"image\": \"\\u001b[2J\",\n}");
    let output = sandbox.ocx(["build"]).run();
    assert!(!output.stderr().contains("\x1b[2J"));
    insta::assert_snapshot!(output.snapshot(), @r#"
    $ ocx build
    [exit code 78]
    --- stderr
    error: [PROJECT]/.devcontainer/devcontainer.json, line 2: `\x1b[2J` is no image that can be a base
    hint: a base is `"image": "ruby:3.3"`, or `"build": { "dockerfile": "Dockerfile", "context": ".." }` with files of the project
    hint: or say it in ocx.toml: `custom_base_image` or `custom_base_dockerfile` in the place of `custom_base_devcontainer`
    "#);
    sandbox.write(FILE, "{ \"image\": \"team\" }");
    scene.set_global("custom_base_image = \"other\"\n");
    insta::assert_snapshot!(sandbox.ocx(["build"]).run().snapshot(), @r"
    $ ocx build
    [exit code 78]
    --- stderr
    error: `custom_base_devcontainer` (in [PROJECT]/ocx.toml, line 2) and `custom_base_image` (in [CONFIG]/ocx/ocx.toml, line 2) cannot both say what the base is
    hint: to follow the file: `ocx config unset custom_base_image`
    hint: to do without it: `ocx config unset --project custom_base_devcontainer`
    ");
    // What it says to type works.
    sandbox
        .ocx(["config", "unset", "custom_base_image"])
        .run()
        .success()
        .done();
    scene.docker.add_image("team", &[]);
    sandbox.ocx(["build"]).run().success().done();
    let args = ["--set", "custom_base_image=other", "build"];
    let output = sandbox.ocx(args).run().exits(78);
    output
        .says("leave out `--set custom_base_image`")
        .says("`ocx config unset --project custom_base_devcontainer`")
        .done();
}

/// The file comes with the project.
#[test]
fn a_fresh_clone_builds_nothing_unasked() {
    let scene = followed();
    scene.sandbox.forget_trust();
    let output = scene.sandbox.ocx(["run"]).run().exits(78);
    output
        .says("nobody has agreed yet to a build from the project's Dockerfile")
        .done();
    assert!(scene.docker.calls_of(&["build"]).is_empty());
}

#[test]
fn what_a_session_changed_in_it_has_no_effect_unasked() {
    let mut scene = followed();
    let sandbox = &scene.sandbox;
    sandbox.ocx(["build"]).run().success().done();
    let path = sandbox.project().join(FILE);
    let rule = Rule::on(&["run"]).containing("ocx.session=");
    let script = format!("echo '{{\"image\": \"evil\"}}' > {path}");
    scene.docker.rule(rule.times(1).starts().shell(&script));
    sandbox.ocx(["run"]).run().success().done();
    scene.docker.add_image("evil", &[]);
    for command in ["run", "build"] {
        let output = sandbox.ocx([command]).run().exits(78);
        output
            .says("the project's settings changed while a session ran")
            .says(FILE)
            .done();
    }
    let shown = sandbox.ocx(["trust"]).run().exits(78);
    shown.prints("+ {\"image\": \"evil\"}").done();
    sandbox.ocx(["trust", "--yes"]).run().success().done();
    sandbox.ocx(["run"]).run().success().done();
}

/// `ocx init` says that there is this, and the line that it leaves for it is right.
#[test]
fn init_offers_it() {
    let scene = followed();
    let sandbox = &scene.sandbox;
    std::fs::remove_file(sandbox.project().join("ocx.toml")).unwrap();
    let output = sandbox.ocx(["init", "--yes"]).run().success();
    output
        .says("to follow .devcontainer/devcontainer.json on each run instead, put `custom_base_devcontainer = true`")
        .done();
    let text = sandbox.read("ocx.toml");
    assert!(
        text.contains("\n# custom_base_devcontainer = true\n"),
        "{text}"
    );
    let others: String = text
        .replace("# custom_base_devcontainer", "custom_base_devcontainer")
        .lines()
        .filter(|line| !line.starts_with("custom_base_") || line.contains("devcontainer = true"))
        .map(|line| format!("{line}\n"))
        .collect();
    sandbox.write("ocx.toml", others);
    sandbox.ocx(["build"]).run().success().done();
}
