//! Programs that lie in the project are nobody's engine and nobody's Git: a fresh clone, or an agent,
//! may have put them there.

use ocx_tests::fake_engine::Rule;

use crate::scene::{Scene, make_executable};

/// A repository, with programs in `directory` that say that they were run.
fn planted(directory: &str) -> Scene {
    let scene = Scene::new();
    scene
        .sandbox
        .command("git", ["init", "--quiet"])
        .run()
        .success()
        .done();
    let mark = mark(&scene);
    for program in ["docker", "podman", "git", "sh", "bash", "stty", "env"] {
        let path = scene.sandbox.project().join(directory).join(program);
        let script = format!("#!/bin/sh\n/bin/echo {program} >> {mark}\nexit 1\n");
        scene.sandbox.write(&path, script);
        make_executable(&path);
    }
    scene
}

fn mark(scene: &Scene) -> String {
    scene.sandbox.project().join("was-run").into_string()
}

/// Runs what ocx does with this search path, in which `BIN` is the host's programs and `PROJECT` the
/// project.
#[track_caller]
fn run_all(scene: &Scene, path: &str, has_engine: bool) {
    let bin = scene.sandbox.bin();
    let path = path
        .replace("BIN", bin.as_str())
        .replace("PROJECT", scene.sandbox.project().as_str());
    for args in [
        &["status"][..],
        &["build"],
        &["--verbose", "run"],
        &["ps"],
        &["exec", "true"],
        &["changes"],
        &["upgrade", "--check"],
        &["trust"],
    ] {
        let command = scene.sandbox.ocx(args.iter().copied()).env("PATH", &path);
        let output = command.run();
        if !has_engine && args == ["build"] {
            output.exits(69).done();
        }
    }
    let run = std::fs::read_to_string(mark(scene)).unwrap_or_default();
    assert_eq!(run, "", "with PATH={path}");
    for call in scene.docker.calls() {
        let path = call.env.get("PATH").map_or("", String::as_str);
        assert!(path.split(':').all(|entry| entry == bin), "{path}");
    }
}

#[test]
fn what_the_current_directory_holds_is_not_run() {
    for path in [".:BIN", ":BIN", "BIN:", "BIN::", "./:BIN"] {
        run_all(&planted(""), path, true);
    }
    run_all(&planted("bin"), "bin:BIN", true);
}

/// Where an engine is not installed, the last entry is reached.
#[test]
fn nor_is_it_where_there_is_no_engine() {
    for path in ["BIN:", "BIN:.", ".", ""] {
        let scene = planted("");
        std::fs::remove_file(scene.sandbox.bin().join("docker")).unwrap();
        run_all(&scene, path, false);
    }
}

/// As with an activated `.venv`, or in a script of npm's.
#[test]
fn nor_is_what_a_directory_of_the_project_holds() {
    for directory in [".venv/bin", "node_modules/.bin", ""] {
        let path = format!("PROJECT/{directory}:BIN");
        run_all(&planted(directory), &path, true);
    }
    // By another name of it.
    let scene = planted("bin");
    let link = scene.sandbox.root().join("link");
    std::os::unix::fs::symlink(scene.sandbox.project().join("bin"), &link).unwrap();
    run_all(&scene, &format!("{link}:BIN"), true);
}

/// And where a session may write by the user's word.
#[test]
fn nor_is_what_a_mounted_directory_holds() {
    let scene = planted("bin");
    let tools = scene.sandbox.home().join("tools");
    scene.sandbox.make_directory(&tools);
    let there = tools.join("docker");
    std::fs::copy(scene.sandbox.project().join("bin/docker"), &there).unwrap();
    make_executable(&there);
    scene.set_global(&format!(
        "custom_base_image = \"team\"\nextra_mounts = [\"{tools}:/tools:rw\"]\n"
    ));
    run_all(&scene, &format!("{tools}:BIN"), true);
}

/// A session leaves one, and the user goes on in the same shell.
#[test]
fn what_a_session_made_is_not_run_by_the_next() {
    let mut scene = planted("bin");
    let venv = scene.sandbox.project().join(".venv/bin");
    let rule = Rule::on(&["run"]).containing("ocx.session=");
    let script = format!("/bin/mkdir -p {venv} && /bin/cp bin/* {venv}");
    scene.docker.rule(rule.times(1).starts().shell(&script));
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert!(venv.join("docker").exists());
    scene.docker.forget_calls();
    run_all(&scene, "PROJECT/.venv/bin:BIN", true);
}
