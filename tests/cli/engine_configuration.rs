//! What the engine's own configuration gives to every container.

use ocx_tests::{
    fake_engine::{FakeEngine, Rule, container_record},
    output::Output,
};
use serde_json::{Value, json};

use crate::scene::{GLIBC, Scene, kind};

/// A scene with a fake Podman that has what the fake Docker has.
fn podman() -> (Scene, FakeEngine) {
    let scene = Scene::new();
    let podman = FakeEngine::podman(&scene.sandbox);
    podman.add_image("team", &[]);
    podman.add_file(GLIBC, b"");
    for (path, text) in [
        ("/bin/sh", ""),
        ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("/etc/group", "root:x:0:\n"),
    ] {
        podman.add_file(path, text.as_bytes());
    }
    (scene, podman)
}

fn session(scene: &Scene) -> Output {
    scene.sandbox.ocx(["--runtime", "podman", "o", "run"]).run()
}

fn with_mount() -> Value {
    let mut record = container_record();
    record[0]["Mounts"] = json!([
        { "Type": "bind", "Source": "/home/jane", "Destination": "/host", "RW": true }
    ]);
    record
}

#[test]
fn a_mount_that_nobody_asked_for_is_refused_with_the_file_that_has_it() {
    let (scene, mut podman) = podman();
    let file = scene.sandbox.config().join("containers/containers.conf");
    scene
        .sandbox
        .write(&file, "[containers]\nvolumes = [\"/home/jane:/host\"]\n");
    podman.rule(Rule::on(&["container", "inspect"]).stdout(&with_mount().to_string()));
    let output = session(&scene).exits(78);
    let told = output.stderr().lines();
    assert_eq!(
        told.skip_while(|line| !line.starts_with("error: "))
            .collect::<Vec<_>>(),
        [
            "error: podman gives its containers more than a session may have: `/home/jane` at `/host`, writable".to_owned(),
            format!("hint: that comes from the configuration of podman; take it out there: `volumes` in {file}"),
            "hint: or let ocx alone use another one: `CONTAINERS_CONF=FILE ocx …`".to_owned(),
        ],
        "{output}"
    );
    assert!(podman.calls_of(&["run"]).is_empty());
}

#[test]
fn a_changed_configuration_is_looked_at_once() {
    let (scene, podman) = podman();
    session(&scene).success().done();
    let asked = || {
        podman.forget_calls();
        session(&scene).success().done();
        podman.calls().iter().map(kind).collect::<Vec<_>>()
    };
    let warm = ["image inspect", "run"];
    assert_eq!(asked(), warm);
    scene.sandbox.write(
        scene.sandbox.config().join("containers/containers.conf"),
        "[containers]\ntz = \"local\"\n",
    );
    let first = asked();
    assert!(first.contains(&"container inspect".to_owned()), "{first:?}");
    assert!(first.contains(&"info".to_owned()), "{first:?}");
    assert_eq!(asked(), warm);
}

#[test]
fn no_secret_is_told_for_the_comparison() {
    let scene = Scene::new();
    scene
        .sandbox
        .ocx(["o", "run"])
        .env("OPENAI_API_KEY", "hunter2")
        .run()
        .success()
        .done();
    let create = scene.docker.calls_of(&["create"]);
    let rehearsed = create.iter().find(|call| call.has("--cap-drop")).unwrap();
    assert!(!rehearsed.has("--env") && !rehearsed.has("--label"));
}

#[test]
fn a_container_that_cannot_even_be_made_with_an_init_process() {
    // As Podman's `init_path` may have it (4.3 and 5.8); it keeps the trial from starting, too.
    let (scene, mut podman) = podman();
    for command in ["create", "run"] {
        podman.rule(
            Rule::on(&[command])
                .containing("--init")
                .stderr("Error: container-init binary not found on the host\n")
                .exit(125),
        );
    }
    session(&scene)
        .success()
        .says("podman starts no container with its init process")
        .done();

    // One that cannot be made either way is told with what was said first.
    let (scene, mut podman) = self::podman();
    podman.rule(
        Rule::on(&["create"])
            .containing("--init")
            .stderr("Error: no room\n")
            .exit(125),
    );
    podman.rule(
        Rule::on(&["create"])
            .containing("--cap-drop")
            .stderr("Error: another one\n")
            .exit(125),
    );
    session(&scene)
        .exits(76)
        .says("no room")
        .never_says("another one")
        .done();
}
