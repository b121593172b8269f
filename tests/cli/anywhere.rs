//! What works without a project, with settings that are wrong, and without an engine.

use camino::Utf8PathBuf;
use ocx_tests::sandbox::Sandbox;

use crate::scene::Scene;

fn places(sandbox: &Sandbox) -> [Utf8PathBuf; 3] {
    [sandbox.home(), "/".into(), "/etc".into()]
}

#[test]
fn what_looks_beyond_a_project_needs_none() {
    let scene = Scene::new();
    scene.sandbox.ocx(["build"]).run().success().done();
    let image = "team";
    for place in places(&scene.sandbox) {
        for args in [
            &["ps"][..],
            &["ps", "--all"],
            &["ps", "--json"],
            &["stop", "--all"],
            &["stats"],
            &["config"],
            &["config", "list"],
            &["config", "get", "memory"],
            &["config", "path"],
            &["upgrade", "--check"],
            &["compat", image],
            &["du"],
            &["prune", "--dry-run"],
            &["version"],
            &["completions", "bash"],
        ] {
            let output = scene.sandbox.ocx(args.iter().copied()).in_dir(&place).run();
            assert_eq!(output.code(), Some(0), "{place}: {output}");
        }
        // What is meant is none of this project's, not of another one's.
        for args in [&["stop"][..], &["build"], &["opencode", "run"], &["status"]] {
            let output = scene.sandbox.ocx(args.iter().copied()).in_dir(&place).run();
            output.exits(78).says("cannot be a project").done();
        }
        for args in [&["logs"][..], &["wait"]] {
            let output = scene.sandbox.ocx(args.iter().copied()).in_dir(&place).run();
            output.exits(64).done();
        }
    }
    assert!(scene.docker.calls_of(&["stop"]).is_empty());
}

#[test]
fn the_users_own_settings_count_where_there_is_no_project() {
    let sandbox = Sandbox::new();
    let file = sandbox.config().join("ocx/ocx.toml");
    sandbox.write(file, "memory = \"3g\"\n");
    let get = sandbox.ocx(["config", "get", "memory"]);
    get.in_dir(sandbox.home())
        .run()
        .success()
        .prints("3g")
        .done();
}

/// Nobody has to mend them before a session can be stopped.
#[test]
fn settings_that_are_wrong_are_told_and_left_out() {
    let scene = Scene::new();
    for (global, project) in [
        (Some("memroy = \"4g\"\n"), None),
        (Some("memory = [\n"), None),
        (None, Some("memory = 4\n")),
    ] {
        scene.set_global(global.unwrap_or(""));
        scene.sandbox.write("ocx.toml", project.unwrap_or(""));
        for args in [
            &["ps"][..],
            &["ps", "--all", "--json"],
            &["stop"],
            &["stop", "--all"],
            &["stats"],
        ] {
            let output = scene.sandbox.ocx(args.iter().copied()).run().success();
            output
                .says("warning: ")
                .says("it goes on with the defaults")
                .done();
        }
        // What is about settings says it by its code, too.
        let output = scene.sandbox.ocx(["config"]).run().exits(78);
        output.prints("pids_limit = ").done();
        let output = scene.sandbox.ocx(["config", "list", "--all"]).run();
        output.exits(78).prints("pids_limit = ").done();
        let output = scene.sandbox.ocx(["config", "list"]).run().exits(78);
        output.never_says("nothing is set").done();
        let output = scene.sandbox.ocx(["config", "list", "--json"]).run();
        output.exits(78).prints("{}").done();
        for args in [&["opencode", "run"][..], &["build"], &["status"]] {
            let output = scene.sandbox.ocx(args.iter().copied()).run().exits(78);
            output.never_says("goes on").done();
        }
    }
    // A flag is no file.
    scene.set_global("memroy = \"4g\"\n");
    let output = scene.sandbox.ocx(["--set", "x=1", "ps"]).run();
    output.exits(78).never_says("goes on").done();
}

#[test]
fn the_help_of_opencode_needs_no_engine_no_project_and_no_image() {
    let sandbox = Sandbox::new();
    for place in places(&sandbox).iter().chain([&sandbox.project()]) {
        for (args, own) in [
            (["opencode", "--help"], "ocx opencode --continue"),
            (["o", "-h"], "ocx opencode --continue"),
            (["run", "--help"], "ocx run --continue"),
        ] {
            let output = sandbox.ocx(args).in_dir(place).run().success();
            output
                .prints("Usage: ocx [OPTIONS] ")
                .prints(own)
                .says("once `ocx build` has made its image")
                .done();
        }
    }
    // Nothing is built for it.
    let scene = Scene::new();
    let output = scene.sandbox.ocx(["opencode", "--help"]).run().success();
    output.says("once `ocx build`").done();
    assert!(scene.docker.calls_of(&["build"]).is_empty());
    scene.warm_up();
    let output = scene.sandbox.ocx(["opencode", "--help"]).run().success();
    output
        .prints("ocx opencode --continue")
        .prints("opencode's own help:")
        .never_says("once")
        .done();
    assert_eq!(scene.docker.calls_of(&["run"]).len(), 1);
}

#[test]
fn opencodes_own_upgrade_leads_to_ocxs() {
    let scene = Scene::new();
    scene.warm_up();
    let output = scene.sandbox.ocx(["opencode", "upgrade"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx opencode upgrade
    [exit code 64]
    --- stderr
    error: `opencode upgrade` would change a container that is thrown away: opencode is a part of its image
    hint: `ocx upgrade` takes the newest opencode, and `ocx upgrade --check` only looks
    hint: `opencode_version` in the settings names another one
    ");
    let output = scene.sandbox.ocx(["o", "uninstall", "--force"]).run();
    output.exits(64).says("`ocx prune` removes").done();
    assert!(scene.docker.calls_of(&["run"]).is_empty());
    // Behind a task it is a word.
    let output = scene.sandbox.ocx(["run", "upgrade"]).run();
    output.success().done();
}
