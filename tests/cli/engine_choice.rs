//! Which engine ocx uses, where there are two, and when it is another one than it looks.

use ocx_tests::{
    fake_engine::{FakeEngine, Rule},
    sandbox::Sandbox,
};

use crate::scene::{GLIBC, Scene, is_session, kind};

const NO_DAEMON: &str = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. \
                         Is the docker daemon running?\n";

/// A scene with a Podman beside its Docker; both have the base.
struct Both {
    scene: Scene,
    podman: FakeEngine,
}

impl Both {
    fn new() -> Self {
        let scene = Scene::new();
        let podman = podman(&scene.sandbox);
        Self { scene, podman }
    }

    /// The engine that a session runs on, and how many calls each engine got for it.
    #[track_caller]
    fn session(&self) -> (&'static str, usize, usize) {
        self.scene.docker.forget_calls();
        self.podman.forget_calls();
        self.scene.sandbox.ocx(["o", "run"]).run().success().done();
        let sessions = |engine: &FakeEngine| {
            let calls = engine.calls_of(&["run"]);
            calls.iter().filter(|call| is_session(call)).count()
        };
        let engine = match (sessions(&self.scene.docker), sessions(&self.podman)) {
            (1, 0) => "docker",
            (0, 1) => "podman",
            other => panic!("{other:?}"),
        };
        let calls = (self.scene.docker.calls().len(), self.podman.calls().len());
        (engine, calls.0, calls.1)
    }
}

fn podman(sandbox: &Sandbox) -> FakeEngine {
    let podman = FakeEngine::podman(sandbox);
    podman.add_image("team", &[]);
    for (path, content) in [(GLIBC, ""), ("/bin/sh", "")] {
        podman.add_file(path, content.as_bytes());
    }
    podman
}

#[test]
fn docker_if_both_answer_and_the_choice_is_remembered() {
    let both = Both::new();
    assert_eq!(both.session().0, "docker");
    // One `image inspect` and the `run`, and Podman is not even asked.
    assert_eq!(both.session(), ("docker", 2, 0));
}

#[test]
fn the_one_that_has_the_projects_image() {
    let both = Both::new();
    both.scene
        .sandbox
        .ocx(["--runtime", "podman", "build"])
        .run()
        .success()
        .done();
    assert_eq!(both.session().0, "podman");
    assert_eq!(both.session(), ("podman", 0, 2));
}

#[test]
fn the_one_that_answers() {
    let mut both = Both::new();
    both.scene
        .docker
        .rule(Rule::on(&[]).stderr(NO_DAEMON).exit(1));
    assert_eq!(both.session().0, "podman");
    assert_eq!(both.session(), ("podman", 0, 2));
}

#[test]
fn one_that_has_gone_is_replaced() {
    let mut both = Both::new();
    assert_eq!(both.session().0, "docker");
    both.scene
        .docker
        .rule(Rule::on(&[]).stderr(NO_DAEMON).exit(1));
    assert_eq!(both.session().0, "podman");
    // It stays with that, also when the other one is back.
    both.scene.docker.clear_rules();
    assert_eq!(both.session(), ("podman", 0, 2));
}

#[test]
fn if_none_answers_dockers_reason_is_told() {
    let mut both = Both::new();
    both.scene
        .docker
        .rule(Rule::on(&[]).stderr(NO_DAEMON).exit(1));
    both.podman.rule(
        Rule::on(&[])
            .stderr("Cannot connect to Podman.\n")
            .exit(125),
    );
    both.scene
        .sandbox
        .ocx(["o", "run"])
        .run()
        .exits(69)
        .says("docker does not answer")
        .done();
}

#[test]
fn a_choice_by_setting_variable_or_flag() {
    let both = Both::new();
    let sandbox = &both.scene.sandbox;
    both.scene
        .set_global("custom_base_image = \"team\"\nruntime = \"podman\"\n");
    assert_eq!(both.session().0, "podman");
    let on_docker = || !both.scene.docker.calls_of(&["run"]).is_empty();
    both.scene.docker.forget_calls();
    sandbox
        .ocx(["o", "run"])
        .env("OCX_RUNTIME", "docker")
        .run()
        .success()
        .done();
    assert!(on_docker());
    both.scene.docker.forget_calls();
    sandbox
        .ocx(["--runtime", "podman", "o", "run"])
        .env("OCX_RUNTIME", "docker")
        .run()
        .success()
        .done();
    assert!(!on_docker());
}

#[test]
fn a_docker_that_is_podman() {
    let scene = Scene::new();
    let sandbox = &scene.sandbox;
    // As the package podman-docker has it, with the other engine out of sight.
    let podman = podman(sandbox);
    let docker = sandbox.bin().join("docker");
    std::fs::remove_file(&docker).unwrap();
    sandbox.write(
        &docker,
        "#!/bin/sh\necho 'Emulate Docker CLI using podman.' >&2\nexec podman \"$@\"\n",
    );
    std::fs::set_permissions(&docker, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for runtime in ["auto", "docker", "podman"] {
        podman.forget_calls();
        sandbox
            .ocx(["--runtime", runtime, "o", "run"])
            .run()
            .success()
            .done();
        let calls = podman.calls_of(&["run"]);
        let session = calls.iter().find(|call| is_session(call));
        let session = session.unwrap_or_else(|| panic!("{runtime}: {calls:#?}"));
        assert_eq!(session.values("--userns"), ["keep-id"], "{runtime}");
    }
}

#[test]
fn a_docker_client_on_podmans_socket() {
    let mut scene = Scene::new();
    scene.docker.rule(Rule::on(&["version"]).stdout(
        r#"{"Client":{"Version":"28.2.2","Os":"linux"},"Server":{"Version":"4.3.1","Components":[{"Name":"Podman Engine","Version":"4.3.1"}]}}"#,
    ));
    scene
        .sandbox
        .ocx(["o", "run"])
        .run()
        .exits(78)
        .says("Podman's socket")
        .says("--runtime podman")
        .done();
    assert!(scene.docker.calls_of(&["run"]).is_empty());
}

#[test]
fn an_engine_on_another_machine_builds_but_runs_no_session() {
    let mut scene = Scene::new();
    scene
        .sandbox
        .set_env("DOCKER_HOST", "ssh://me@build.example.org");
    scene.sandbox.ocx(["build"]).run().success().done();
    scene
        .sandbox
        .ocx(["o", "run"])
        .run()
        .exits(78)
        .says("another machine")
        .says("`ocx build` works there")
        .done();
    let runs = scene.docker.calls_of(&["run"]);
    // The trial of the build.
    assert_eq!(runs.len(), 1);
    assert!(!is_session(&runs[0]));
}

#[test]
fn a_context_is_asked_for_its_address() {
    let mut scene = Scene::new();
    scene.sandbox.set_env("DOCKER_HOST", "");
    scene.sandbox.set_env("DOCKER_CONTEXT", "work");
    scene
        .docker
        .rule(Rule::on(&["context", "inspect"]).stdout("ssh://me@build.example.org\n"));
    scene
        .sandbox
        .ocx(["o", "run"])
        .run()
        .exits(78)
        .says("another machine")
        .done();
    let asked = scene.docker.calls();
    assert!(
        asked.iter().any(|call| kind(call) == "context"),
        "{asked:#?}"
    );
}

#[test]
fn remapped_users_and_missing_subordinate_ids() {
    let mut scene = Scene::new();
    scene.docker.rule(Rule::on(&["info"]).stdout(
        r#"{"SecurityOptions":["name=seccomp,profile=default","name=userns"],"Architecture":"x86_64","CgroupDriver":"cgroupfs","InitBinary":"docker-init","Name":"x"}"#,
    ));
    scene
        .sandbox
        .ocx(["o", "run"])
        .run()
        .exits(78)
        .says("userns-remap")
        .done();

    let mut podman = podman(&scene.sandbox);
    let info = include_str!("../src/fake_engine/captured/podman-info.json")
        .replace("\"size\": 65536", "\"size\": 1");
    podman.rule(Rule::on(&["info"]).stdout(&info));
    let output = scene
        .sandbox
        .ocx(["--runtime", "podman", "o", "run"])
        .run()
        .exits(78);
    output
        .says("/etc/subuid")
        .says(":65536` to both files")
        .says("podman system migrate")
        .done();
}

#[test]
fn podman_is_asked_again_if_an_image_of_somebody_elses_went_away() {
    let scene = Scene::new();
    let mut podman = podman(&scene.sandbox);
    let message =
        "Error: reading image \"a9e5\": locating image with ID \"a9e5\": image not known\n";
    let inspect = || Rule::on(&["image", "inspect"]).stderr(message).exit(125);
    podman.rule(inspect().times(2));
    let build = || scene.sandbox.ocx(["--runtime", "podman", "build"]).run();
    build().success().done();
    podman.clear_rules();
    podman.rule(inspect());
    build().exits(76).says("locating image").done();
}

#[test]
fn limits_that_cannot_be_enforced_are_left_out_and_told() {
    let scene = Scene::new();
    let podman = podman(&scene.sandbox);
    scene.set_global("custom_base_image = \"team\"\nruntime = \"podman\"\nmemory = \"1g\"\n");
    scene
        .sandbox
        .ocx(["build"])
        .run()
        .success()
        .says("cannot enforce memory, pids_limit here")
        .done();
    podman.forget_calls();
    scene
        .sandbox
        .ocx(["o", "run"])
        .run()
        .success()
        .never_says("cannot enforce")
        .done();
    let session = &podman.calls_of(&["run"])[0];
    assert!(!session.has("--memory") && !session.has("--pids-limit"));
}
