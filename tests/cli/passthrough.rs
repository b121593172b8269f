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
            "x",
            "-q",
            "--dry-run",
            "--runtime",
            "podman",
            "--set",
            "memory=1g",
        ],
        &["x", "--"],
        &["--", "x", "--", "-x"],
        &["run", "--", "--model", "x"],
        &["run", ""],
        &["", "run", ""],
        &["run", "fix the tests", "  two  blanks "],
        &["run", "it's \"quoted\" $HOME `id` \\ *"],
        &["run", "line\nbreak\ttab"],
        &["run", "für Ångström — 日本語 🦀"],
        &["build"],
        &["opencode"],
        &["x", "--workspace=/nowhere"],
        &["x", "-"],
    ] {
        for subcommand in ["opencode", "o"] {
            let line: Vec<&str> = [&[subcommand][..], args].concat();
            let expected: Vec<&str> = [&["opencode"][..], args].concat();
            assert_eq!(command(&scene, &line), expected);
        }
    }
    assert_eq!(command(&scene, &["opencode", "run"]), ["opencode", "run"]);
}

#[test]
fn flags_before_opencode_are_ocxs_own() {
    let scene = Scene::new();
    scene.warm_up();
    assert_eq!(
        command(
            &scene,
            &["--quiet", "--set", "memory=1g", "o", "x", "--quiet"]
        ),
        ["opencode", "x", "--quiet"]
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
        scene
            .sandbox
            .ocx(["o", "run"])
            .run()
            .exits(i32::from(code))
            .done();
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
    let output = scene.sandbox.ocx(["o", "run"]).run().exits(76);
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
        let output = scene.sandbox.ocx(["o", "run"]).run().exits(76);
        output.says("docker could not start the container").done();
    }
}

#[test]
fn where_the_engine_keeps_no_record_another_start_tells() {
    // Podman with `events_logger = "none"`, and with a journal that nobody writes.
    for events in [
        Rule::on(&["events"])
            .stderr("cannot read events\n")
            .exit(125),
        Rule::on(&["events"]).stdout(""),
    ] {
        for code in [125, 126, 127] {
            let mut scene = Scene::new();
            scene.warm_up();
            let session = || Rule::on(&["run"]).containing("ocx.session=").exit(code);
            scene.docker.rule(events.clone()).rule(session());
            // The check starts, so the engine can start containers: the code is the program's.
            let output = scene.sandbox.ocx(["o", "run"]).run().exits(i32::from(code));
            assert_eq!(output.stderr(), "", "with {code}");

            scene
                .docker
                .rule(Rule::on(&["run"]).stderr("broken\n").exit(125));
            let output = scene.sandbox.ocx(["o", "run"]).run().exits(76);
            output.says("docker could not start the container").done();
        }
    }
}

#[test]
fn nothing_is_run_twice_on_the_warm_path() {
    let mut scene = Scene::new();
    scene.warm_up();
    for (code, runs) in [(0, 1), (1, 1), (125, 1), (128, 1), (255, 1)] {
        scene.docker.clear_rules();
        scene.docker.forget_calls();
        scene.docker.rule(Rule::on(&["run"]).starts().exit(code));
        let program = ["exec", "--new", "make"];
        scene
            .sandbox
            .ocx(program)
            .run()
            .exits(i32::from(code))
            .done();
        assert_eq!(scene.docker.calls_of(&["run"]).len(), runs, "with {code}");
    }
}

#[test]
fn an_init_process_that_is_not_installed_is_done_without() {
    let mut scene = Scene::new();
    scene.warm_up();
    let no_init = || {
        Rule::on(&["run"])
            .containing("--init")
            .creates_only()
            .stderr("exec: \"docker-init\": executable file not found\n")
            .exit(127)
    };
    scene.docker.rule(no_init());
    scene.docker.rule(
        Rule::on(&["run"])
            .containing("ocx.session=")
            .starts()
            .exit(3),
    );
    let output = scene.sandbox.ocx(["o", "run"]).run().exits(3);
    output
        .says("docker starts no container with its init process")
        .done();

    // It is remembered.
    scene.docker.forget_calls();
    scene.sandbox.ocx(["o", "run"]).run().exits(3).done();
    assert_eq!(scene.asked(), ["image inspect", "run"]);
    assert!(!scene.session_call().has("--init"));

    // In the trial of a build, too, and the session that follows on it knows.
    let mut scene = Scene::new();
    scene.docker.rule(no_init());
    let output = scene.sandbox.ocx(["o", "run"]).run().success();
    output.says("starts no container with its init").done();
    assert!(!scene.session_call().has("--init"));
    scene.docker.clear_rules();
    scene
        .sandbox
        .ocx(["build", "--force"])
        .run()
        .success()
        .done();
    // By now there is one.
    assert!(scene.session(&["o", "run"]).has("--init"));
}

#[test]
fn a_program_that_is_not_there() {
    let mut scene = Scene::new();
    scene.warm_up();
    let check = r#"{"kind":"missing","search":"/ocx/bin:/bin"}"#;
    scene
        .docker
        .rule(
            Rule::on(&["run"])
                .containing("BUN_BE_BUN")
                .stdout(check)
                .starts(),
        )
        .rule(Rule::on(&["run"]).stderr("tini: no\n").starts().exit(127));
    let output = scene.sandbox.ocx(["exec", "--new", "tool"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx exec --new tool
    [exit code 127]
    --- stderr
    tini: no
    error: there is no program `tool` in the container
    hint: it was looked for in /ocx/bin:/bin
    hint: install it in the Dockerfile of the base image, or name it by its path
    ");
}

#[test]
fn a_long_search_path_is_shown_when_it_is_asked_for() {
    let mut scene = Scene::new();
    scene.warm_up();
    let path = format!(
        "/ocx/bin:{}",
        ["/usr/local/some/directory/bin"; 20].join(":")
    );
    let check = format!(r#"{{"kind":"missing","search":"{path}"}}"#);
    scene
        .docker
        .rule(
            Rule::on(&["run"])
                .containing("BUN_BE_BUN")
                .stdout(&check)
                .starts(),
        )
        .rule(Rule::on(&["run"]).stderr("tini: no\n").starts().exit(127));
    let output = scene
        .sandbox
        .ocx(["exec", "--new", "tool"])
        .run()
        .exits(127);
    output
        .says("it was looked for in /ocx/bin and 20 more directories of the container's PATH")
        .never_says(&path)
        .done();
    let verbose = ["--verbose", "exec", "--new", "tool"];
    let output = scene.sandbox.ocx(verbose).run().exits(127);
    output.says(&format!("the container's PATH: {path}")).done();
}

#[test]
fn a_page_of_help_has_no_password() {
    let scene = Scene::new();
    scene.warm_up();
    for (args, is_told) in [
        (&["opencode", "serve"][..], true),
        (&["opencode", "serve", "--help"], false),
        (&["opencode", "web", "-h"], false),
        (&["serve", "--help"], false),
    ] {
        let output = scene.sandbox.ocx(args.iter().copied()).run();
        assert_eq!(output.stderr().contains("password"), is_told, "{output}");
    }
}

#[test]
fn a_client_that_is_killed_is_an_engine_failure() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene
        .docker
        .rule(Rule::on(&["run"]).shell("kill -9 $$; sleep 5"));
    let output = scene.sandbox.ocx(["o", "run"]).run().exits(76);
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
    let output = scene
        .sandbox
        .ocx(["o", "run"])
        .stdin("read this")
        .run()
        .success();
    output.prints("read this").says("said").done();
}
