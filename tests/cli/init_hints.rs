//! `ocx init` in projects that say something of their environment already.

use std::time::Duration;

use ocx_tests::{fake_engine::Rule, pty::key, sandbox::Sandbox};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(20);

const DEVCONTAINER: &str = r#"{
  // Ours.
  "build": { "dockerfile": "Dockerfile", "args": { "RUBY": "3.3" }, "target": "dev" },
  "features": { "ghcr.io/devcontainers/features/node:1": {} },
  "containerEnv": { "RAILS_ENV": "development", "TOKEN": "${localEnv:TOKEN}" },
  "forwardPorts": [3000],
  "postCreateCommand": "bundle install",
}"#;

fn with_devcontainer() -> Scene {
    let scene = Scene::without_base();
    let sandbox = &scene.sandbox;
    sandbox.write(".devcontainer/devcontainer.json", DEVCONTAINER);
    sandbox.write(".devcontainer/Dockerfile", "FROM ruby AS dev\n");
    sandbox.write(".ruby-version", "3.3.5\n");
    scene
}

#[test]
fn a_devcontainer_is_taken_and_what_is_left_out_is_told() {
    let scene = with_devcontainer();
    let output = scene
        .sandbox
        .ocx(["init", "--yes"])
        .env("TOKEN", "hunter2")
        .run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx init --yes
    [exit code 0]
    --- stderr
    ocx: the base is project-tools, built from .devcontainer/Dockerfile (.devcontainer/devcontainer.json)
    ocx: set: custom_base_build_args: RUBY
    ocx: set: custom_base_target: dev
    ocx: set: env: RAILS_ENV
    ocx: left out: ports 3000: they would be open on your host; for that, remove the `#` in ocx.toml
    ocx: left out: containerEnv.TOKEN: it hangs on a variable of your environment that is not set, or not read without a question
    ocx: left out: features: ocx installs none; what they bring belongs into the Dockerfile of the base
    ocx: left out: postCreateCommand: ocx runs no command by itself; what it installs belongs into the Dockerfile of the base
    ocx: for a Dockerfile with lines for features and lifecycle commands, remove ocx.toml, then `ocx init --extend`
    ocx: to follow .devcontainer/devcontainer.json on each run instead, put `custom_base_devcontainer = true` in the place of the base in ocx.toml
    ocx: wrote ocx.toml
    ocx: next: `ocx build`, then `ocx opencode`
    ");
    let settings = scene.sandbox.read("ocx.toml");
    assert!(settings.contains("\n# ports = [3000]\n"), "{settings}");
    assert!(!settings.contains("hunter2"));

    // What it says to type works, and what was taken over is in effect.
    scene.sandbox.ocx(["build"]).run().success().done();
    let builds = scene.docker.calls_of(&["build"]);
    assert_eq!(builds[0].values("--tag"), ["project-tools"]);
    assert_eq!(builds[0].values("--target"), ["dev"]);
    let config = scene.sandbox.ocx(["config", "--json"]).run().success();
    let config: serde_json::Value = serde_json::from_str(config.stdout()).unwrap();
    assert_eq!(config["ports"], serde_json::json!([]));
}

#[test]
fn features_and_commands_become_lines_of_a_dockerfile_on_request() {
    let scene = with_devcontainer();
    let sandbox = &scene.sandbox;
    let output = sandbox.ocx(["init", "--extend", "--yes"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx init --extend --yes
    [exit code 0]
    --- stderr
    ocx: the base is project-tools, built from docker/Dockerfile (.devcontainer/devcontainer.json)
    ocx: set: custom_base_build_args: RUBY
    ocx: set: custom_base_context: .devcontainer
    ocx: set: env: RAILS_ENV
    ocx: left out: ports 3000: they would be open on your host; for that, remove the `#` in ocx.toml
    ocx: left out: containerEnv.TOKEN: it hangs on a variable of your environment that is not set, or not read without a question
    ocx: left out: postCreateCommand: it may need the project's files; once: `ocx exec -- sh -c 'bundle install'`
    ocx: wrote docker/Dockerfile
    ocx: wrote ocx.toml
    ocx: next: look at docker/Dockerfile, `ocx build`, then `ocx opencode`
    ");
    let dockerfile = sandbox.read("docker/Dockerfile");
    assert!(dockerfile.contains("\nFROM dev\n"), "{dockerfile}");
    assert!(dockerfile.contains(" nodejs npm "), "{dockerfile}");
    // What it says to type works.
    sandbox.ocx(["build"]).run().success().done();
    let builds = scene.docker.calls_of(&["build"]);
    assert_eq!(builds[0].values("--tag"), ["project-tools"]);
    assert_eq!(builds[0].values("--target"), [""; 0]);

    let again = sandbox.ocx(["init", "--extend"]).run();
    again.exits(73).says("has settings already").done();
}

#[test]
fn there_may_be_nothing_to_extend_or_no_place_for_it() {
    let scene = Scene::without_base();
    let sandbox = &scene.sandbox;
    sandbox.write(".devcontainer.json", r#"{"image": "ruby"}"#);
    let output = sandbox.ocx(["init", "--extend", "--yes"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx init --extend --yes
    [exit code 64]
    --- stderr
    error: no devcontainer.json of this project has features or lifecycle commands that lines of a Dockerfile could be made of
    hint: `ocx init` takes what the project's files say as it is; `ocx init --template NAME` writes a Dockerfile to begin with
    ");
    sandbox.write(
        ".devcontainer.json",
        r#"{"image": "ruby", "postCreateCommand": "bin/setup"}"#,
    );
    sandbox.write("docker/Dockerfile", "FROM mine\n");
    let output = sandbox.ocx(["init", "--extend", "--yes"]).run();
    output
        .exits(73)
        .says("docker/Dockerfile` exists already")
        .says("`--extend`, with `--dockerfile PATH`")
        .done();
    let args = [
        "init",
        "--extend",
        "--dockerfile",
        "tools/Dockerfile",
        "--image",
        "mine:2",
        "--yes",
    ];
    sandbox.ocx(args).run().success().done();
    assert!(
        sandbox
            .read("tools/Dockerfile")
            .contains("\nARG BASE=ruby\n")
    );
    let settings = sandbox.read("ocx.toml");
    assert!(
        settings.contains("custom_base_image = \"mine:2\""),
        "{settings}"
    );
    assert_eq!(sandbox.read("docker/Dockerfile"), "FROM mine\n");
}

/// The usual form of one that lies in a directory of its own.
#[test]
fn a_build_context_beside_the_dockerfiles_directory_is_taken_and_used() {
    let scene = Scene::without_base();
    let sandbox = &scene.sandbox;
    sandbox.write(
        ".devcontainer/devcontainer.json",
        r#"{"build": {"dockerfile": "Dockerfile", "context": ".."}}"#,
    );
    sandbox.write(".devcontainer/Dockerfile", "FROM ruby\nCOPY Gemfile .\n");
    sandbox.write("Gemfile", "");
    // Who names the Dockerfile alone learns of it.
    let args = [
        "init",
        "--dry-run",
        "--dockerfile",
        ".devcontainer/Dockerfile",
    ];
    let output = sandbox.ocx(args).run().success();
    output
        .says("for that, set `custom_base_context = \".\"` in ocx.toml")
        .done();

    let output = sandbox.ocx(["init", "--yes"]).run().success();
    output
        .says("set: custom_base_context: .\n")
        .never_says("left out")
        .done();
    assert!(
        sandbox
            .read("ocx.toml")
            .contains("\ncustom_base_context = \".\"\n")
    );
    let command = sandbox.ocx(["build", "--dry-run"]).run().success();
    let base = command.stdout().lines().next().unwrap();
    let dockerfile = sandbox.project().join(".devcontainer/Dockerfile");
    assert!(base.contains(dockerfile.as_str()), "{base}");
    assert!(base.ends_with(&format!(" {}", sandbox.project())), "{base}");

    sandbox.ocx(["build"]).run().success().done();
    let builds = scene.docker.calls_of(&["build"]);
    assert_eq!(builds[0].args.last().unwrap(), sandbox.project().as_str());
}

#[test]
fn a_build_context_is_shown_before_it_is_chosen() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "compose.yaml",
        "services: {app: {build: {dockerfile: dev/Dockerfile}}}",
    );
    sandbox.write("dev/Dockerfile", "FROM ruby\n");
    let mut terminal = sandbox.ocx(["init"]).in_terminal();
    terminal.wait_for("compose.yaml: dev/Dockerfile; build context .", PATIENCE);
    terminal.send(key::ENTER);
    terminal.wait_for("set: custom_base_context: .", PATIENCE);
    assert!(terminal.wait(PATIENCE).success());
}

#[test]
fn a_version_gets_into_the_template() {
    for args in [&["init"][..], &["init", "--template", "node"]] {
        let sandbox = Sandbox::new();
        sandbox.write(".nvmrc", "v20.11.1\n");
        let output = sandbox.ocx(args.iter().copied()).run().success();
        output
            .says("the template node, on node:20.11.1-slim (.nvmrc)")
            .done();
        let text = sandbox.read("docker/Dockerfile");
        assert!(text.contains("\nARG BASE=node:20.11.1-slim\n"), "{text}");
    }
    // Another template is what it is.
    let sandbox = Sandbox::new();
    sandbox.write(".nvmrc", "v20.11.1\n");
    let args = ["init", "--template", "go"];
    sandbox.ocx(args).run().success().never_says("nvmrc").done();
    assert!(sandbox.read("docker/Dockerfile").contains("golang:1.25"));
}

#[test]
fn what_was_found_is_offered_first_with_its_ports() {
    let scene = with_devcontainer();
    let sandbox = &scene.sandbox;
    sandbox.write("compose.yaml", "services: {app: {build: dev}}");
    sandbox.write("dev/Dockerfile", "FROM ruby\n");
    let mut terminal = sandbox.ocx(["init"]).env("TOKEN", "hunter2").in_terminal();
    terminal.wait_for(".devcontainer/Dockerfile; host ports 3000", PATIENCE);
    terminal.wait_for("compose.yaml: dev/Dockerfile", PATIENCE);
    terminal.wait_for(".ruby-version suggests ruby:3.3.5-slim", PATIENCE);
    terminal.send(key::ENTER);
    terminal.wait_for("next: `ocx build`", PATIENCE);
    assert!(terminal.wait(PATIENCE).success());
    terminal.assert_restored();
    let settings = sandbox.read("ocx.toml");
    assert!(settings.contains("\nports = [3000]\n"), "{settings}");
    // The user's secrets stay out of a file that others read, whatever the project asks for.
    assert!(!settings.contains("hunter2"), "{settings}");
}

#[test]
fn what_cannot_be_used_is_told_and_does_not_keep_init_from_its_job() {
    let sandbox = Sandbox::new();
    sandbox.write(".devcontainer.json", "{ \"image\": \"\\u001b[2J\" }");
    sandbox.write("compose.yaml", "services: [\n");
    let secret = sandbox.home().join("secret");
    std::fs::write(&secret, "FROM scratch\n").unwrap();
    std::os::unix::fs::symlink(&secret, sandbox.project().join("Dockerfile")).unwrap();
    let output = sandbox.ocx(["init"]).run().success();
    assert!(!output.stderr().contains("\x1b[2J"));
    output
        .says(".devcontainer.json is not used: `\\x1b[2J` is no image that can be a base")
        .says("Dockerfile is not used: it is a link out of the project")
        .says("compose.yaml is not used: it is no YAML")
        .says("the base is ocx's own")
        .done();
}

#[test]
fn the_first_session_of_a_project_without_settings_names_init_once() {
    const SAID: &str = "`ocx init` takes the other";
    let scene = Scene::without_base();
    scene.sandbox.write("package.json", "{}");
    let opencode = || scene.sandbox.ocx(["opencode", "run"]).run().success();
    opencode()
        .says("package.json suggests the base node")
        .says(SAID)
        .done();
    opencode().never_says(SAID).done();

    // Nothing is said to whom it is no news, and where nothing is known.
    let scene = Scene::without_base();
    let output = scene.sandbox.ocx(["opencode", "run"]).run().success();
    output.never_says(SAID).done();
    let scene = Scene::without_base();
    scene.sandbox.write("package.json", "{}");
    scene.sandbox.write("ocx.toml", "");
    let output = scene.sandbox.ocx(["opencode", "run"]).run().success();
    output.never_says(SAID).done();
}

/// They lie there, for the day on which the user sets the project up.
#[test]
fn what_sessions_left_is_not_taken_unseen() {
    let mut scene = Scene::without_base();
    scene.sandbox.forget_trust();
    let script = format!(
        "cd {} && echo '{{\"image\": \"evil\"}}' > .devcontainer.json && echo 'FROM evil' > Dockerfile",
        scene.sandbox.project(),
    );
    let rule = Rule::on(&["run"]).containing("ocx.session=");
    scene.docker.rule(rule.times(1).starts().shell(&script));
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    let output = scene.sandbox.ocx(["init", "--yes", "--dry-run"]).run();
    output
        .success()
        .says(".devcontainer.json is not used: a session changed it")
        .says("Dockerfile is not used: a session changed it")
        .says("the base is ocx's own")
        .done();
    // Nor is a Dockerfile of a session's copied, where the file that names it is the user's.
    scene.sandbox.write(
        ".devcontainer/devcontainer.json",
        r#"{"build": {"dockerfile": "../Dockerfile"}, "onCreateCommand": "gem install x"}"#,
    );
    let extend = ["init", "--extend", "--yes", "--dry-run"];
    let output = scene.sandbox.ocx(extend).run().exits(64);
    output
        .says(".devcontainer/devcontainer.json is not used: a session changed it, or what it names")
        .never_says("evil")
        .done();
    std::fs::remove_dir_all(scene.sandbox.project().join(".devcontainer")).unwrap();
    let mut terminal = scene.sandbox.ocx(["init", "--dry-run"]).in_terminal();
    terminal.wait_for("a session changed .devcontainer.json", PATIENCE);
    terminal.wait_for(".devcontainer.json: evil", PATIENCE);
    terminal.send(key::ENTER);
    terminal.wait_for("the base is evil", PATIENCE);
    assert!(terminal.wait(PATIENCE).success());
}
