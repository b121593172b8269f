//! What an ocx leaves that is killed, and who puts it in order.

use std::{fs, time::Duration};

use ocx_tests::fake_engine::{FakeEngine, Rule};
use rustix::process::Signal;
use serde_json::json;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a command, waits until the engine gets a call that begins with `words`, and kills ocx.
fn kill_at(scene: &mut Scene, command: &str, words: &[&str]) {
    scene.docker.rule(Rule::on(words).hangs());
    let mut running = scene.sandbox.ocx([command]).start();
    running.wait_until("the engine to be called", PATIENCE, |_| {
        !scene.docker.calls_of(words).is_empty()
    });
    running.signal(Signal::KILL);
    let _ = running.wait(PATIENCE);
    scene.docker.clear_rules();
}

fn removed(docker: &FakeEngine) -> Vec<String> {
    let calls = docker.calls_of(&["rm"]);
    calls
        .iter()
        .map(|call| call.args[call.args.len() - 1].clone())
        .collect()
}

#[test]
fn a_container_that_was_only_looked_into() {
    let mut scene = Scene::new();
    // The container is made, and being read.
    kill_at(&mut scene, "build", &["cp"]);
    let made = scene.docker.calls_of(&["create"]);
    assert_eq!(made.len(), 1);
    let id = fs::read_to_string(made[0].values("--cidfile")[0]).unwrap();
    assert!(removed(&scene.docker).is_empty());

    // The build of another project's image removes it, and then its own.
    scene.docker.add_image("other", &[]);
    scene.docker.forget_calls();
    let build = ["--set", "custom_base_image=other", "build"];
    scene.sandbox.ocx(build).run().success().done();
    assert_eq!(removed(&scene.docker)[0], id);
    scene.docker.forget_calls();
    scene.sandbox.ocx(["build"]).run().success().done();
    assert!(!removed(&scene.docker).contains(&id), "it is forgotten");
    let left = scene.sandbox.cache().join("ocx/made/docker");
    assert_eq!(left.read_dir_utf8().unwrap().count(), 0);
}

#[test]
fn temporary_names() {
    let mut scene = Scene::new();
    kill_at(&mut scene, "build", &["build"]);
    let temporary = || {
        let mut images = scene.docker.images();
        images.retain(|image| image.starts_with("ocx-tmp"));
        images
    };
    assert_eq!(temporary().len(), 1, "{:?}", temporary());
    scene.docker.add_image("other", &[]);
    let build = ["--set", "custom_base_image=other", "build"];
    scene.sandbox.ocx(build).run().success().done();
    assert_eq!(temporary(), [""; 0]);
    let left = scene.sandbox.cache().join("ocx/unfinished");
    assert_eq!(left.read_dir_utf8().unwrap().count(), 0);
}

#[test]
fn names_of_a_build_that_still_runs_are_kept() {
    let mut scene = Scene::new();
    scene.docker.rule(Rule::on(&["build"]).times(1).hangs());
    let mut running = scene.sandbox.ocx(["build"]).start();
    running.wait_until("the engine to be called", PATIENCE, |_| {
        !scene.docker.calls_of(&["build"]).is_empty()
    });
    scene.docker.add_image("other", &[]);
    let build = ["--set", "custom_base_image=other", "build"];
    scene.sandbox.ocx(build).run().success().done();
    let images = scene.docker.images();
    assert!(
        images.iter().any(|image| image.starts_with("ocx-tmp")),
        "{images:?}"
    );
    running.signal(Signal::KILL);
    let _ = running.wait(PATIENCE);
}

/// A scene in which two sessions run, `aaaa1111` of an ocx that is gone, and `bbbb2222` of another
/// user's, of which nothing is known here.
fn with_an_abandoned_session() -> Scene {
    let mut scene = Scene::new();
    scene.warm_up();
    let projects = scene.sandbox.state().join("ocx/projects");
    let project = projects.read_dir_utf8().unwrap().next().unwrap().unwrap();
    let lock = project.path().join("sessions/aaaa1111.lock");
    scene.sandbox.write(lock, "");
    let line = |id: &str| {
        let root = scene.sandbox.project();
        let project = project.file_name();
        let line = json!({
            "ID": format!("c0ffee{id}"),
            "Names": format!("ocx-app-{id}"),
            "Image": "ocx-team:1.2.3",
            "Command": "\"opencode\"",
            "CreatedAt": "2026-01-02 03:04:00 +0000 UTC",
            "Labels": format!("ocx.session={id},ocx.project={root},ocx.project-id={project}"),
        });
        format!("{line}\n")
    };
    let list = line("aaaa1111") + &line("bbbb2222");
    scene
        .docker
        .rule(Rule::on(&["ps"]).stdout(&list))
        .rule(Rule::on(&["exec"]).exit(7));
    scene
}

#[test]
fn a_session_whose_ocx_was_killed_is_marked_and_stopped() {
    let scene = with_an_abandoned_session();
    let output = scene.sandbox.ocx(["ps"]).run().success();
    output
        .says("ocx: the ocx of session aaaa1111 is gone; stopping it\n")
        .prints("aaaa1111  stopped: its ocx is gone")
        .prints("bbbb2222  ")
        .done();
    let stops = scene.docker.calls_of(&["stop"]);
    assert_eq!(stops.len(), 1, "{stops:?}");
    assert_eq!(stops[0].args.last().unwrap(), "c0ffeeaaaa1111");
    let output = scene.sandbox.ocx(["ps", "--json"]).run().success();
    let sessions: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(sessions[0]["abandoned"], true);
    assert_eq!(sessions[1]["abandoned"], false);
}

#[test]
fn nothing_is_run_in_it() {
    let scene = with_an_abandoned_session();
    scene.sandbox.ocx(["exec", "x"]).run().exits(7).done();
    let exec = scene.docker.calls_of(&["exec"]).remove(0);
    assert!(exec.has("c0ffeebbbb2222"), "{exec:?}");
    assert_eq!(scene.docker.calls_of(&["stop"]).len(), 1);
    scene
        .sandbox
        .ocx(["exec", "--session", "aaaa", "x"])
        .run()
        .exits(64)
        .done();
}
