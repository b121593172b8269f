//! What goes wrong with the engine and with the choice of a base: messages, hints and exit codes.

use std::os::unix::{fs::PermissionsExt, net::UnixListener};

use ocx_tests::{fake_engine::Rule, sandbox::Sandbox};

use crate::scene::{DEAD_REGISTRY, Scene};

const NO_DAEMON: &str = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. \
                         Is the docker daemon running?\n";
const DENIED: &str = "permission denied while trying to connect to the Docker daemon socket at \
                      unix:///var/run/docker.sock: Get \
                      \"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version\": dial unix \
                      /var/run/docker.sock: connect: permission denied\n";

#[test]
fn no_engine_is_installed() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .ocx(["opencode", "run"])
        .env("OCX_OPENCODE_REGISTRY", DEAD_REGISTRY)
        .run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx opencode run
    [exit code 69]
    --- stderr
    error: there is no container engine: neither `docker` nor `podman` is in PATH
    hint: install Docker: https://docs.docker.com/engine/install/
    hint: or Podman: https://podman.io/docs/installation
    ");
    for engine in ["docker", "podman"] {
        sandbox
            .ocx(["--runtime", engine, "opencode", "run"])
            .run()
            .exits(69)
            .says(&format!("error: `{engine}` is not installed"))
            .done();
    }
}

#[test]
fn the_daemon_is_not_running() {
    let mut scene = Scene::new();
    scene.docker.rule(Rule::on(&[]).stderr(NO_DAEMON).exit(1));
    let output = scene.sandbox.ocx(["opencode", "run"]).run();
    insta::assert_snapshot!(first_answer(&output.snapshot()), @r"
    $ ocx opencode run
    [exit code 69]
    --- stderr
    error: docker does not answer
      because: `docker version` exited with status 1
        Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?
    hint: start it: `sudo systemctl start docker`, or Docker Desktop
    hint: `docker context ls` and DOCKER_HOST tell which engine is meant
    ");
    scene
        .sandbox
        .ocx(["build"])
        .run()
        .exits(69)
        .says("docker does not answer")
        .done();
}

#[test]
fn the_daemon_stops_between_sessions() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene.docker.rule(Rule::on(&[]).stderr(NO_DAEMON).exit(1));
    let output = scene.sandbox.ocx(["opencode", "run"]).run().exits(69);
    output
        .says("docker does not answer")
        .says("hint: start it")
        .done();
}

#[test]
fn the_socket_is_denied() {
    let mut scene = Scene::new();
    let socket = scene.sandbox.root().join("docker.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    std::fs::set_permissions(&socket, PermissionsExt::from_mode(0o000)).unwrap();
    scene.docker.rule(Rule::on(&[]).stderr(DENIED).exit(1));
    let output = scene.sandbox.ocx(["opencode", "run"]).run();
    insta::assert_snapshot!(first_answer(&output.snapshot()), @r#"
    $ ocx opencode run
    [exit code 77]
    --- stderr
    error: permission to use docker was denied
      because: `docker version` exited with status 1
        permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied
    hint: become a member of its group and log in again: `sudo usermod -aG docker $USER`
    hint: or use rootless Docker: https://docs.docker.com/engine/security/rootless/
    "#);
    scene.sandbox.ocx(["build"]).run().exits(77).done();
}

/// Both questions about the engine are asked at once, and either may fail first.
fn first_answer(snapshot: &str) -> String {
    snapshot.replace("docker info", "docker version")
}

#[test]
fn an_engine_command_fails() {
    let mut scene = Scene::new();
    scene.docker.rule(
        Rule::on(&["build"])
            .stdout("Step 1/8 : FROM x\n")
            .stderr("no space left on device\n")
            .exit(1),
    );
    let output = scene.sandbox.ocx(["build"]).run();
    insta::assert_snapshot!(context_hidden(&output.snapshot()), @r"
    $ ocx build
    [exit code 76]
    --- stderr
    ocx: looking into team
    ocx: building ocx-team:[LOCAL VERSION]: there is no such image yet
    warning: opencode's search needs `rg` in the base, since ripgrep could not be added: could not reach [URL]/@vscode/ripgrep-linux-x64/-/ripgrep-linux-x64-[VERSION].tgz
    error: could not build image `ocx-team:[LOCAL VERSION]`
      because: `FROM x` failed: `docker build` exited with status 1
        Step 1/8 : FROM x
        no space left on device
    hint: `ocx doctor` checks the engine, and `ocx --verbose …` shows the command that failed
    ");
}

/// The build context is named by its content.
fn context_hidden(snapshot: &str) -> String {
    let mut text = snapshot.to_owned();
    while let Some(start) = text.find("/contexts/") {
        text.replace_range(
            start..start + "/contexts/0123456789abcdef".len(),
            "/[CONTEXT]",
        );
    }
    text
}

#[test]
fn tagging_fails() {
    let mut scene = Scene::new();
    scene.docker.rule(
        Rule::on(&["tag"])
            .stderr("Error response from daemon: odd\n")
            .exit(1),
    );
    let output = scene.sandbox.ocx(["build"]).run().exits(76);
    output
        .says("error: docker failed")
        .says("daemon: odd")
        .done();
}

#[test]
fn the_engine_prints_nonsense() {
    for (words, exit) in [
        (&["image", "inspect"][..], 76),
        (&["version"], 76),
        (&["info"], 76),
    ] {
        let mut scene = Scene::new();
        scene.docker.rule(Rule::on(words).stdout("<html>\n"));
        let output = scene.sandbox.ocx(["build"]).run().exits(exit);
        output
            .says("could not understand what")
            .says("it printed\n    <html>")
            .says(words[0])
            .done();
        scene.assert_nothing_changed();
    }
}

/// In other words than any version has used so far, and without one that has been seen before.
#[test]
fn what_the_engine_says_decides_nothing() {
    for (code, answers) in [(1, 1), (125, 7), (3, 1)] {
        let mut scene = Scene::new();
        scene.warm_up();
        let odd = Rule::on(&["image", "inspect"]).containing("ocx-team");
        let odd = odd.stdout("[]\n").stderr("Whatever\n").exit(code);
        scene.docker.rule(odd.times(answers));
        let output = scene.sandbox.ocx(["o", "run"]).run();
        match answers {
            // Something passing: the images are listed, so it is looked again.
            1 => output.success().done(),
            _ => {
                let output = output.exits(76).says("docker failed");
                output.says("Whatever").done();
                let looks = scene.docker.calls_of(&["image", "inspect"]);
                assert_eq!(looks.len(), 4);
            }
        }
    }
    let mut scene = Scene::new();
    for (words, code) in [(&["image", "inspect"][..], 1), (&["cp"], 1), (&["rmi"], 1)] {
        scene.docker.rule(
            Rule::on(words)
                .containing("nope")
                .stderr("Whatever\n")
                .exit(code),
        );
    }
    scene.set_global("custom_base_image = \"nope\"\n");
    let output = scene.sandbox.ocx(["build"]).run().exits(78);
    output
        .says("base image `nope` is not in the local storage")
        .done();
}

#[test]
fn an_image_that_is_missing_costs_one_more_question() {
    let scene = Scene::new();
    scene.sandbox.ocx(["status"]).run().success().done();
    let mut asked = scene.asked();
    asked.retain(|asked| asked.starts_with("image"));
    assert_eq!(asked, ["image inspect", "image ls"]);
}

#[test]
fn an_engine_that_is_too_old() {
    let mut scene = Scene::new();
    scene.docker.rule(
        Rule::on(&["version"])
            .stdout(r#"{"Client":{"Version":"28.2.2"},"Server":{"Version":"19.03.15"}}"#),
    );
    let output = scene.sandbox.ocx(["build"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx build
    [exit code 69]
    --- stderr
    error: Docker's engine [VERSION] is too old: ocx needs 20.10 or later
    hint: install a newer one: https://docs.docker.com/engine/install/
    hint: or use podman, if it is there: `--runtime podman`
    ");
    scene.assert_nothing_changed();
}

#[test]
fn the_engine_answers_too_little() {
    let mut scene = Scene::new();
    scene
        .docker
        .rule(Rule::on(&["image", "inspect"]).stdout("[]"));
    let output = scene.sandbox.ocx(["build"]).run().exits(76);
    output.says("asked for images: 2, answered: 0").done();
}

#[test]
fn a_base_that_is_not_there() {
    let scene = Scene::new();
    scene.docker.remove_image("team");
    for command in ["build", "run"] {
        scene.docker.forget_calls();
        let output = scene.sandbox.ocx([command]).run();
        let shown = output.snapshot();
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown.split_once('\n').unwrap().1, @r#"
            [exit code 78]
            --- stderr
            error: base image `team` is not in the local storage of docker, and no `custom_base_dockerfile` is set to build it from
            hint: `ocx build --pull` fetches team from its registry; with `base_pull = "missing"` in the settings that happens by itself
            hint: or build or load it, so that `docker image inspect team` finds it
            hint: or let ocx build it: set `custom_base_dockerfile` to its Dockerfile
            "#);
        }
        scene.assert_nothing_changed();
        assert!(scene.docker.calls_of(&["create"]).is_empty());
    }
}

#[test]
fn a_base_that_is_not_there_is_pulled_on_request() {
    let mut scene = Scene::new();
    scene.docker.remove_image("team");
    scene
        .docker
        .rule(Rule::on(&["pull"]).stderr("manifest unknown\n").exit(1));
    let output = scene.sandbox.ocx(["build", "--pull"]).run().exits(76);
    output
        .says("manifest unknown")
        .says("could not pull image `team`")
        .done();
    assert!(scene.asked().contains(&"pull".to_owned()));
}

#[test]
fn a_dockerfile_that_is_not_there() {
    let scene = Scene::without_base();
    scene.sandbox.write(
        "ocx.toml",
        "custom_base_dockerfile = \"docker/Dockerfile\"\n",
    );
    let output = scene.sandbox.ocx(["build"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx build
    [exit code 78]
    --- stderr
    error: no Dockerfile `docker/Dockerfile` was found: tried `[PROJECT]/docker/Dockerfile` and `[CONFIG]/ocx/docker/Dockerfile`
    hint: `custom_base_dockerfile` is relative to the project or to ~/.config/ocx
    ");
    assert!(scene.docker.calls().is_empty());
}

#[test]
fn a_dockerfile_is_found_in_the_project_first() {
    let scene = Scene::with_dockerfile();
    let global = scene.sandbox.config().join("ocx/docker/Dockerfile");
    scene.sandbox.write(&global, "FROM scratch\nENV GLOBAL=1\n");
    scene.sandbox.ocx(["build"]).run().success().done();
    let own = scene.sandbox.project().join("docker/Dockerfile");
    let builds = scene.docker.calls_of(&["build"]);
    assert_eq!(builds[0].values("--file"), [own.as_str()]);
    assert_eq!(builds[0].args.last().unwrap(), own.parent().unwrap());

    std::fs::remove_file(&own).unwrap();
    scene.docker.forget_calls();
    scene.sandbox.ocx(["build"]).run().success().done();
    let builds = scene.docker.calls_of(&["build"]);
    assert_eq!(builds[0].values("--file"), [global.as_str()]);
    assert_eq!(builds[0].args.last().unwrap(), global.parent().unwrap());
}

#[test]
fn a_base_from_another_dockerfile() {
    let scene = Scene::with_dockerfile();
    scene.sandbox.write("other/Dockerfile", "FROM scratch\n");
    let settings = |dockerfile: &str| {
        scene.sandbox.write(
            "ocx.toml",
            format!("custom_base_image = \"tools\"\ncustom_base_dockerfile = \"{dockerfile}\"\n"),
        );
    };
    settings("docker/Dockerfile");
    scene.sandbox.ocx(["build"]).run().success().done();

    settings("other/Dockerfile");
    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["build"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx build
    [exit code 78]
    --- stderr
    error: base image `tools` was built from another Dockerfile, `[PROJECT]/docker/Dockerfile`; the project `[PROJECT]` has `[PROJECT]/other/Dockerfile`
    hint: `ocx build --base` builds it anew from the Dockerfile in your settings
    hint: or choose another name: `custom_base_image`
    ");
    scene.assert_nothing_changed();

    scene
        .sandbox
        .ocx(["build", "--base"])
        .run()
        .success()
        .done();
    scene.docker.forget_calls();
    scene
        .sandbox
        .ocx(["build"])
        .run()
        .success()
        .says("is up to date")
        .done();
}

#[test]
fn a_foreign_image_is_never_built_over_unless_asked() {
    let scene = Scene::with_dockerfile();
    scene.sandbox.write(
        "ocx.toml",
        "custom_base_image = \"team\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n",
    );
    scene.docker.add_image("team", &[("maintainer", "me")]);
    scene.sandbox.ocx(["build"]).run().success().done();
    let tags = |scene: &Scene| -> Vec<String> {
        let builds = scene.docker.calls_of(&["build"]);
        builds
            .iter()
            .flat_map(|call| call.values("--tag"))
            .map(str::to_owned)
            .collect()
    };
    assert!(!tags(&scene).contains(&"team".to_owned()));
    scene
        .sandbox
        .ocx(["build", "--base"])
        .run()
        .success()
        .done();
    assert!(tags(&scene).contains(&"team".to_owned()));
}

#[test]
fn a_base_that_does_not_build() {
    let mut scene = Scene::with_dockerfile();
    scene.docker.rule(
        Rule::on(&["build"])
            .stderr("dockerfile parse error line 1: unknown instruction: FORM\n")
            .exit(1),
    );
    let output = scene.sandbox.ocx(["opencode", "run"]).run().exits(76);
    output
        .says("could not build image `ocx-base-project")
        .says("unknown instruction: FORM")
        .done();
    assert!(scene.docker.calls_of(&["run"]).is_empty());
    assert!(scene.docker.images().is_empty());
}

#[test]
fn a_registry_that_nobody_answers_at() {
    let scene = Scene::new();
    scene.sandbox.write(
        scene.sandbox.config().join("ocx/ocx.toml"),
        "custom_base_image = \"team\"\n",
    );
    for (args, said) in [
        (&["build"][..], "could not find out the newest version"),
        (
            &["--set", "opencode_version=1.18.33", "o", "run"],
            "could not get opencode",
        ),
    ] {
        let output = scene.sandbox.ocx(args.iter().copied()).run().exits(68);
        output
            .says(said)
            .says("http://127.0.0.1:9/")
            .says("hint: ")
            .done();
    }
    assert!(
        !scene
            .docker
            .images()
            .iter()
            .any(|image| image.contains("ocx-"))
    );
}

#[test]
fn a_local_binary_that_is_none() {
    let scene = Scene::new();
    scene.sandbox.write(scene.opencode(), "#!/bin/sh\n");
    let output = scene.sandbox.ocx(["build"]).run().exits(78);
    output.says("is not a Linux program").done();
    std::fs::remove_file(scene.opencode()).unwrap();
    let output = scene.sandbox.ocx(["build"]).run().exits(78);
    output.says(scene.opencode().as_str()).done();
}

/// A project with a Dockerfile that does not build.
fn failing_build() -> Scene {
    let mut scene = Scene::with_dockerfile();
    scene
        .sandbox
        .write("docker/Dockerfile", "FROM acme/nope:1\nRUN make\n");
    scene
        .docker
        .rule(Rule::on(&["build"]).stderr("odd words\n").exit(1));
    scene
}

/// A project on whose base ocx's own layer does not build.
fn failing_layer() -> Scene {
    let mut scene = Scene::new();
    scene
        .docker
        .rule(Rule::on(&["build"]).stderr("odd words\n").exit(1));
    scene
}

#[test]
fn an_image_that_a_dockerfile_begins_with_is_named_if_it_is_not_here() {
    let scene = failing_build();
    let hint = "hint: if that is about `acme/nope:1`: not in the local storage";
    scene
        .sandbox
        .ocx(["build"])
        .run()
        .exits(76)
        .says(hint)
        .done();
    scene.docker.add_image("acme/nope:1", &[]);
    let output = scene.sandbox.ocx(["build"]).run().exits(76);
    assert!(!output.stderr().contains("acme/nope:1`: not"), "{output}");
}

#[test]
fn the_frontend_that_a_dockerfile_asks_for_is_named_if_nothing_else_was_begun() {
    let mut scene = Scene::with_dockerfile();
    scene.docker.add_image("debian", &[]);
    let dockerfile = "# syntax=registry.invalid/dockerfile:1\nFROM debian\nRUN make\n";
    scene.sandbox.write("docker/Dockerfile", dockerfile);
    let fails_with = |step: &str| {
        let log = format!(
            "#0 building with \"default\" instance using docker driver\n\n#2 {step}\n#2 ERROR: odd words\n"
        );
        Rule::on(&["build"]).stderr(&log).exit(1)
    };
    let step = "resolve image config for docker-image://registry.invalid/dockerfile:1";
    scene.docker.rule(fails_with(step));
    let output = scene.sandbox.ocx(["build"]).run().exits(76);
    output
        .says("hint: BuildKit fetches `registry.invalid/dockerfile:1`, too, which the line `# syntax=`")
        .says("does not find registry.invalid")
        .done();
    scene.docker.clear_rules();
    scene.docker.rule(fails_with("[2/2] RUN make"));
    let output = scene.sandbox.ocx(["build"]).run().exits(76);
    assert!(!output.stderr().contains("registry.invalid"), "{output}");
}

#[test]
fn a_mount_that_is_not_there_is_told_before_anything_is_built() {
    let scene = Scene::new();
    let settings = "custom_base_image = \"team\"\nextra_mounts = [\"/nope:/nope\"]\n";
    let file = scene.sandbox.config().join("ocx/ocx.toml");
    scene.sandbox.write(&file, settings);
    let output = scene.sandbox.ocx(["opencode", "run"]).run().exits(78);
    output
        .says(&format!("setting `extra_mounts` in {file}: `/nope`"))
        .says("hint: make it on this machine")
        .done();
    assert!(scene.docker.calls_of(&["build"]).is_empty());
}

#[test]
fn a_disk_without_room_is_told_by_the_engines_own_directory() {
    for mut scene in [failing_build(), failing_layer()] {
        // What is below /proc has no room at all.
        scene
            .docker
            .rule(Rule::on(&["info", "--format", "{{json .DockerRootDir}}"]).stdout("\"/proc\"\n"));
        scene
            .sandbox
            .ocx(["build"])
            .run()
            .exits(76)
            .says("hint: only 0 MB are left at /proc, where images are kept")
            .done();
    }
}

#[test]
fn a_builder_that_is_asked_for_and_not_installed() {
    let mut scene = failing_build();
    scene.sandbox.set_env("DOCKER_BUILDKIT", "1");
    scene.docker.rule(
        Rule::on(&["buildx", "version"])
            .stderr("odd words\n")
            .exit(1),
    );
    scene
        .sandbox
        .ocx(["build"])
        .run()
        .exits(76)
        .says("hint: `DOCKER_BUILDKIT` asks for BuildKit, and its buildx plugin is not installed")
        .done();
}
