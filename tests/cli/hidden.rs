//! Hidden paths, as far as a fake engine can tell.

use std::{fs, time::Duration};

use ocx_tests::{fake_engine::Rule, running::Running};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(30);

/// What is covered in the session of `call`, relative to the project.
fn covered(scene: &Scene) -> Vec<String> {
    let call = scene.session_call();
    let project = format!("target={}/", scene.sandbox.project());
    let mounts = call.values("--mount").into_iter();
    let covers = mounts.filter(|mount| mount.contains("/empty-"));
    let mut found: Vec<String> = covers
        .map(|mount| {
            let (_, target) = mount.split_once(&project).expect("it is in the project");
            target.trim_end_matches(",readonly").to_owned()
        })
        .collect();
    found.sort();
    found
}

#[test]
fn patterns_mean_what_they_mean_in_gitignore() {
    let scene = Scene::new();
    for file in [
        ".env",
        "a/.env",
        "examples/.env",
        "key.pem",
        "deep/er/KEY.PEM",
        "open",
    ] {
        scene.sandbox.write(file, "x");
    }
    scene.set_global("custom_base_image = \"team\"\nforbidden_paths = [\"*.pem\"]\n");
    // What one list takes out, another hides all the same.
    let project = "forbidden_paths = [\"**/.env\", \"!examples/.env\", \"!key.pem\"]\n";
    scene.sandbox.write("ocx.toml", project);
    scene.warm_up();
    scene.sandbox.ocx(["o"]).run().success().done();
    assert_eq!(
        covered(&scene),
        [".env", "a/.env", "deep/er/KEY.PEM", "key.pem"]
    );
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

#[test]
fn what_covers_goes_with_the_session() {
    let scene = Scene::new();
    scene.sandbox.write(".env", "x");
    scene.set_global("custom_base_image = \"team\"\nforbidden_paths = [\".env\"]\n");
    scene.warm_up();
    let projects = scene.sandbox.state().join("ocx/projects");
    for project in projects.read_dir_utf8().unwrap() {
        let sessions = project.unwrap().into_path().join("sessions");
        let left: Vec<_> = sessions.read_dir_utf8().unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn mounts_that_contradict_are_errors_with_both_paths() {
    let scene = Scene::new();
    scene.sandbox.write("secrets/public/x", "x");
    let project = scene.sandbox.project();
    for (mount, expected) in [
        (
            format!("{project}/secrets/public:/public"),
            "a mount shows it at `/public`",
        ),
        (
            format!("/usr/share:{project}/secrets/share"),
            "a mount lies in it",
        ),
    ] {
        scene.set_global(&format!(
            "custom_base_image = \"team\"\nforbidden_paths = [\"secrets\"]\nextra_mounts = [\"{mount}\"]\n"
        ));
        let output = scene.sandbox.ocx(["o"]).run().exits(78);
        output.says(expected).says("take one of them out").done();
    }
}

/// A session with these hidden paths that runs until it is stopped.
fn session(scene: &mut Scene, forbidden: &str) -> Running {
    scene.set_global(&format!(
        "custom_base_image = \"team\"\nforbidden_paths = {forbidden}\n"
    ));
    scene.warm_up();
    // Its client ends when the container is stopped.
    let ended = scene.sandbox.root().join("ended");
    let run = format!("echo started; while [ ! -e {ended} ]; do sleep 0.05; done");
    let stop = format!(": > {ended}");
    scene
        .docker
        .rule(Rule::on(&["run"]).starts().shell(&run))
        .rule(Rule::on(&["stop"]).shell(&stop));
    let mut running = scene.sandbox.ocx(["o"]).start();
    running.wait_for("started", PATIENCE);
    running
}

#[test]
fn a_session_is_stopped_when_the_host_lifts_a_cover() {
    let mut scene = Scene::new();
    scene.sandbox.write(".env", "x");
    let running = session(&mut scene, "[\".env\"]");
    let project = scene.sandbox.project();
    scene.sandbox.write(".env.new", "y");
    fs::rename(project.join(".env.new"), project.join(".env")).unwrap();
    let stopped = running.wait(PATIENCE).exits(77);
    stopped
        .says("the session was stopped")
        .says("was replaced while it was hidden")
        .says("start again")
        .done();
    let stop = scene.docker.calls_of(&["stop"]).remove(0);
    assert!(stop.line().contains("0"), "{}", stop.line());
}

#[test]
fn a_session_is_stopped_when_something_appears() {
    let mut scene = Scene::new();
    let running = session(&mut scene, "[\"*.pem\"]");
    scene.sandbox.write("new/directory/key.pem", "y");
    let stopped = running.wait(PATIENCE).exits(77);
    stopped
        .says("key.pem` is to be hidden, and was not there when the session began")
        .says("a pattern with `!`")
        .done();
}
