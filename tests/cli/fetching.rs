//! When a base image is fetched: by flag, by setting, by an answer on the terminal.

use std::time::Duration;

use ocx_tests::{
    fake_engine::Rule,
    pty::{Terminal, key},
};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(20);

const QUESTION: &str =
    "team is not in the local storage of docker. Fetch it from its registry? [Y/n]";

/// A scene in which the base is in a registry and nowhere else.
fn published() -> Scene {
    let scene = Scene::new();
    scene.docker.remove_image("team");
    scene.docker.publish_image("team");
    scene
}

fn set(scene: &Scene, policy: &str) {
    scene.set_global(&format!(
        "custom_base_image = \"team\"\nbase_pull = \"{policy}\"\n"
    ));
}

/// How often something was fetched.
fn pulls(scene: &Scene) -> usize {
    scene.docker.calls_of(&["pull"]).len()
}

/// ocx on a terminal, waiting for an answer.
fn asked(scene: &Scene, args: &[&str]) -> Terminal {
    let terminal = scene.sandbox.ocx(args.iter().copied()).in_terminal();
    terminal.wait_for(QUESTION, PATIENCE);
    assert_eq!(pulls(scene), 0);
    terminal
}

#[test]
fn on_a_terminal_it_is_asked_for() {
    for args in [&["build"][..], &["run"], &["exec", "true"]] {
        let scene = published();
        let mut terminal = asked(&scene, args);
        terminal.send(key::ENTER);
        assert!(terminal.wait(PATIENCE).success(), "{}", terminal.screen());
        terminal.assert_restored();
        assert_eq!(pulls(&scene), 1, "{args:?}");
        assert!(scene.docker.images().contains(&"team:latest".to_owned()));
        // What is there is not asked for.
        scene.sandbox.ocx(["build"]).run().success().done();
        assert_eq!(pulls(&scene), 1);
    }
}

#[test]
fn who_declines_is_told_what_else_there_is() {
    for answer in ["n\r", "what?\rn\r", key::CTRL_D] {
        let scene = published();
        let mut terminal = asked(&scene, &["build"]);
        terminal.send(answer);
        terminal.wait_for("hint: `ocx build --pull` fetches team", PATIENCE);
        assert_eq!(terminal.wait(PATIENCE).exit_code(), 78);
        assert_eq!(terminal.screen().matches("[Y/n]").count(), 1);
        terminal.assert_restored();
        scene.assert_nothing_changed();
    }
}

#[test]
fn an_interrupted_question_leaves_nothing_behind() {
    for command in ["build", "run"] {
        let scene = published();
        let mut terminal = asked(&scene, &[command]);
        terminal.send(key::CTRL_C);
        let status = terminal.wait(PATIENCE);
        assert_eq!(status.exit_code(), 130, "{status:?}");
        terminal.assert_restored();
        scene.assert_nothing_changed();
    }
}

#[test]
fn nobody_is_asked_who_has_answered_or_is_not_there() {
    let scene = published();
    for args in [&["--quiet", "build"][..], &["--dry-run", "build"]] {
        let mut terminal = scene.sandbox.ocx(args.iter().copied()).in_terminal();
        assert_eq!(terminal.wait(PATIENCE).exit_code(), 78, "{args:?}");
        assert!(
            !terminal.screen().contains("[Y/n]"),
            "{}",
            terminal.screen()
        );
    }
    let output = scene.sandbox.ocx(["build"]).stdin("y\n").run();
    output.exits(78).never_says("[Y/n]").done();
    set(&scene, "never");
    let mut terminal = scene.sandbox.ocx(["build"]).in_terminal();
    assert_eq!(terminal.wait(PATIENCE).exit_code(), 78);
    assert!(
        !terminal.screen().contains("[Y/n]"),
        "{}",
        terminal.screen()
    );
    scene.assert_nothing_changed();
}

#[test]
fn what_is_missing_is_fetched_without_a_question() {
    for policy in ["missing", "newer"] {
        for command in ["build", "run"] {
            let scene = published();
            set(&scene, policy);
            let output = scene.sandbox.ocx([command]).run().success();
            output.says("ocx: pulling team").done();
            assert_eq!(pulls(&scene), 1);
        }
    }
}

#[test]
fn a_newer_one_is_looked_for_by_builds_only() {
    let scene = published();
    for (policy, pulled) in [("ask", 0), ("never", 0), ("missing", 0), ("newer", 1)] {
        scene
            .sandbox
            .ocx(["build", "--pull"])
            .run()
            .success()
            .done();
        set(&scene, policy);
        scene.docker.publish_image("team");
        scene.docker.forget_calls();
        scene
            .sandbox
            .ocx(["opencode", "run"])
            .run()
            .success()
            .done();
        assert_eq!(pulls(&scene), 0, "{policy}");
        let output = scene.sandbox.ocx(["build"]).run().success();
        assert_eq!(pulls(&scene), pulled, "{policy}");
        assert_eq!(
            output.stderr().contains("the base image moved"),
            pulled == 1
        );
    }
    // The flag outranks the setting.
    set(&scene, "never");
    scene.docker.publish_image("team");
    let output = scene.sandbox.ocx(["build", "--pull"]).run().success();
    output.says("the base image moved from").done();
}

#[test]
fn what_was_made_here_is_not_replaced_by_a_stranger() {
    let scene = Scene::new();
    scene.docker.publish_image("team");
    set(&scene, "newer");
    for args in [&["build"][..], &["build", "--pull"]] {
        let output = scene.sandbox.ocx(args.iter().copied()).run().success();
        output
            .says("team was not fetched from a registry, so there is nothing newer to fetch")
            .done();
    }
    assert_eq!(pulls(&scene), 0);
}

#[test]
fn a_registry_that_cannot_be_asked() {
    let mut scene = published();
    set(&scene, "newer");
    scene.sandbox.ocx(["build"]).run().success().done();
    scene
        .docker
        .rule(Rule::on(&["pull"]).stderr("no route to host\n").exit(1));
    for args in [&["build"][..], &["--quiet", "build"]] {
        let output = scene.sandbox.ocx(args.iter().copied()).run().success();
        if args.len() == 1 {
            output
                .says("no route to host")
                .says("warning: could not ask the registry for a newer team; using the image that is here")
                .says("is up to date")
                .done();
        } else {
            assert_eq!(output.stderr(), "");
        }
    }
    let output = scene.sandbox.ocx(["build", "--pull"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx build --pull
    [exit code 76]
    --- stderr
    ocx: pulling team
    no route to host
    error: could not pull image `team`
      because: `docker pull` exited with status 1
    hint: check the name and the tag, `team`, and the network
    hint: if the registry wants to know who you are: `docker login`
    ");
    // Nobody has seen yet what the engine said.
    let output = scene.sandbox.ocx(["--quiet", "build", "--pull"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx --quiet build --pull
    [exit code 76]
    --- stderr
    error: could not pull image `team`
      because: `docker pull` exited with status 1
        no route to host
    hint: check the name and the tag, `team`, and the network
    hint: if the registry wants to know who you are: `docker login`
    ");
}

#[test]
fn the_name_of_a_registry_that_nobody_knows_is_no_failure_of_the_engine() {
    let mut scene = published();
    let said =
        "Error response from daemon: Get \"https://x/v2/\": dial tcp: lookup x: no such host\n";
    scene.docker.rule(Rule::on(&["pull"]).stderr(said).exit(1));
    for args in [&["build", "--pull"][..], &["--quiet", "build", "--pull"]] {
        let output = scene.sandbox.ocx(args.iter().copied()).run().exits(76);
        output
            .says("error: could not pull image `team`")
            .says("no such host")
            .says("`docker login`")
            .done();
    }
}

#[test]
fn a_fetch_that_brings_nothing() {
    let mut scene = published();
    scene.docker.rule(Rule::on(&["pull"]).exit(0));
    let output = scene.sandbox.ocx(["build", "--pull"]).run().exits(76);
    output
        .says("error: image `team` is not in the local storage of docker")
        .done();
}

#[test]
fn a_dry_run_prints_the_fetch() {
    let scene = published();
    set(&scene, "missing");
    for command in ["build", "run"] {
        let output = scene.sandbox.ocx(["--dry-run", command]).run().success();
        assert_eq!(output.stdout(), "docker pull team\n");
    }
    scene.assert_nothing_changed();
    scene.sandbox.ocx(["build"]).run().success().done();
    scene.docker.forget_calls();
    set(&scene, "newer");
    let output = scene.sandbox.ocx(["--dry-run", "build"]).run().success();
    assert_eq!(output.stdout(), "docker pull team\n");
    scene.assert_nothing_changed();
}

#[test]
fn quiet_is_quiet() {
    let scene = published();
    let output = scene.sandbox.ocx(["--quiet", "build", "--pull"]).run();
    assert_eq!(output.success().stderr(), "");
    scene.docker.publish_image("team");
    let output = scene.sandbox.ocx(["build", "--pull"]).run().success();
    output.says("Digest: ").done();
}

#[test]
fn the_status_tells_what_would_happen() {
    let scene = published();
    let state = |scene: &Scene| {
        let output = scene.sandbox.ocx(["status"]).run().success();
        let lines: Vec<&str> = output.stdout().lines().take(4).collect();
        lines
            .join("\n")
            .replace(scene.sandbox.root().as_str(), "[SANDBOX]")
    };
    set(&scene, "missing");
    insta::assert_snapshot!(state(&scene), @r"
    state     the base is to be fetched: it is not here yet
              `ocx build` or the next session fetches it, and builds on it
    base      team (not there)
              named by `custom_base_image` ([SANDBOX]/home/.config/ocx/ocx.toml)
    ");
    let json = |scene: &Scene| -> serde_json::Value {
        let output = scene.sandbox.ocx(["status", "--json"]).run().success();
        serde_json::from_str(output.stdout()).unwrap()
    };
    let answer = json(&scene);
    assert_eq!(answer["state"], "stale");
    assert_eq!(answer["causes"][0]["cause"], "base_not_fetched");
    assert_eq!(answer["base"]["pull"], "missing");

    set(&scene, "newer");
    scene.sandbox.ocx(["build"]).run().success().done();
    let shown = state(&scene);
    assert!(shown.starts_with("state     up to date\n"), "{shown}");
    assert!(
        shown.ends_with(
            "`ocx build` asks the registry for a newer one: `base_pull = \"newer\"` \
             ([SANDBOX]/home/.config/ocx/ocx.toml)"
        ),
        "{shown}"
    );
    set(&scene, "never");
    scene.docker.remove_image("team");
    scene.sandbox.ocx(["build"]).run().exits(78).done();
    assert_eq!(pulls(&scene), 1);
}

#[test]
fn an_upgrade_can_be_looked_for_before_the_base_is_there() {
    let scene = published();
    scene.sandbox.write(
        scene.sandbox.config().join("ocx/ocx.toml"),
        "custom_base_image = \"team\"\n",
    );
    let check = |policy: &str| {
        scene
            .sandbox
            .ocx(["upgrade", "--check"])
            .env("OCX_BASE_PULL", policy)
            .run()
    };
    check("ask").exits(78).done();
    // Now it is the npm registry that is missing.
    check("missing").exits(68).done();
}
