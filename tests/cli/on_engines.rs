//! Sessions of a project on two engines.

use std::fs;

use ocx_tests::{
    fake_engine::{FakeEngine, Rule},
    output::Output,
};

use crate::scene::{GLIBC, Scene};

struct Both {
    scene: Scene,
    podman: FakeEngine,
}

impl Both {
    /// With a session on each, the one on Podman the newer one.
    fn new() -> Self {
        let mut scene = Scene::new();
        let mut podman = FakeEngine::podman(&scene.sandbox);
        podman.add_image("team", &[]);
        podman.add_file(GLIBC, b"");
        podman.add_file("/bin/sh", b"");
        podman.add_file("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n");
        podman.add_file("/etc/group", b"root:x:0:\n");
        scene.warm_up();
        let project = scene.sandbox.project();
        let list = format!(
            "{{\"ID\":\"c0ffee\",\"Names\":\"ocx-app-aaaa1111\",\"Image\":\"ocx-team:1.2.3\",\
             \"Command\":\"opencode\",\"CreatedAt\":\"2026-01-02 03:04:00 +0000 UTC\",\
             \"Labels\":\"ocx.session=aaaa1111,ocx.project={project},ocx.project-id=x\"}}\n"
        );
        scene.docker.rule(Rule::on(&["ps"]).stdout(&list));
        let list = serde_json::json!([{
            "Id": "f00d",
            "Names": ["ocx-app-bbbb2222"],
            "Image": "localhost/ocx-team:1.2.3",
            "Command": ["opencode"],
            "Created": 1_800_000_000,
            "Labels": {"ocx.session": "bbbb2222", "ocx.project": project, "ocx.project-id": "x"},
        }]);
        podman.rule(Rule::on(&["ps"]).stdout(&list.to_string()));
        Self { scene, podman }
    }

    fn ocx(&self, args: &[&str]) -> Output {
        self.scene.docker.forget_calls();
        self.podman.forget_calls();
        self.scene.sandbox.ocx(args.iter().copied()).run()
    }

    /// Which containers were stopped on Docker and on Podman.
    fn stopped(&self) -> [Vec<String>; 2] {
        [&self.scene.docker, &self.podman].map(|engine| {
            let calls = engine.calls_of(&["stop"]).into_iter();
            calls
                .map(|call| call.args.last().unwrap().clone())
                .collect()
        })
    }
}

#[test]
fn the_sessions_of_all_engines_are_listed() {
    let both = Both::new();
    let output = both.ocx(&["ps"]).success();
    let lines: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(lines.len(), 3, "{output}");
    assert!(lines[0].ends_with("ENGINE"), "{output}");
    assert!(
        lines[1].starts_with("bbbb2222") && lines[1].ends_with("podman"),
        "{output}"
    );
    assert!(
        lines[2].starts_with("aaaa1111") && lines[2].ends_with("docker"),
        "{output}"
    );
    let json: serde_json::Value =
        serde_json::from_str(both.ocx(&["ps", "--json"]).success().stdout()).unwrap();
    assert_eq!(json[0]["engine"], "podman");
    assert_eq!(json[1]["engine"], "docker");
    // Unless one is named.
    let output = both.ocx(&["--runtime", "docker", "ps"]).success();
    assert!(!output.stdout().contains("bbbb2222"), "{output}");
    assert!(both.podman.calls().is_empty(), "{:?}", both.podman.calls());
}

#[test]
fn an_engine_that_does_not_answer_has_none() {
    let mut both = Both::new();
    both.podman.clear_rules();
    both.podman.rule(
        Rule::on(&[])
            .stderr("Cannot connect to Podman.\n")
            .exit(125),
    );
    let output = both.ocx(&["ps"]).success();
    assert!(output.stdout().contains("aaaa1111"), "{output}");
    assert!(!output.stdout().contains("ENGINE"), "{output}");
    assert_eq!(output.stderr(), "");
}

#[test]
fn a_session_is_stopped_where_it_is() {
    let both = Both::new();
    both.ocx(&["stop", "bbbb"])
        .success()
        .says("stopped session bbbb2222")
        .done();
    assert_eq!(both.stopped(), [vec![], vec!["f00d".to_owned()]]);
    both.ocx(&["stop", "aaaa"]).success().done();
    assert_eq!(both.stopped(), [vec!["c0ffee".to_owned()], vec![]]);
    both.ocx(&["stop", "bbbb", "zz"]).exits(64).done();
    assert!(both.stopped().concat().is_empty());
    let output = both.ocx(&["--dry-run", "stop"]).success();
    output.prints("docker stop").prints("podman stop").done();
    assert!(both.stopped().concat().is_empty());
    both.ocx(&["stop"]).success().done();
    assert_eq!(
        both.stopped(),
        [vec!["c0ffee".to_owned()], vec!["f00d".to_owned()]]
    );
}

#[test]
fn a_program_runs_in_a_session_on_the_other_engine() {
    let mut both = Both::new();
    both.scene.docker.rule(Rule::on(&["exec"]).stdout(""));
    both.podman.rule(Rule::on(&["exec"]).stdout(""));
    let state = both.scene.sandbox.home().join(".local/state/ocx/projects");
    let project = state.read_dir_utf8().unwrap().next().unwrap().unwrap();
    let sessions = project.path().join("sessions");
    // Nobody's session runs as far as ocx knows, so no other engine is asked.
    both.ocx(&["exec", "true"]).success().done();
    assert!(both.podman.calls().is_empty(), "{:?}", both.podman.calls());

    let lock = fs::File::create(sessions.join("bbbb2222.lock")).unwrap();
    lock.lock().unwrap();
    for args in [
        &["exec", "true"][..],
        &["exec", "--session", "bbbb", "true"],
    ] {
        both.ocx(args).success().done();
        let containers = both.podman.calls_of(&["exec"]).into_iter();
        let containers: Vec<String> = containers.flat_map(|call| call.args).collect();
        assert!(containers.contains(&"f00d".to_owned()), "{containers:?}");
        assert!(both.scene.docker.calls_of(&["exec"]).is_empty());
    }
    both.ocx(&["exec", "--session", "aaaa", "true"])
        .success()
        .done();
    assert!(both.podman.calls_of(&["exec"]).is_empty());
    assert_eq!(both.scene.docker.calls_of(&["exec"]).len(), 1);
    // Where one engine is named, it is meant.
    both.ocx(&["--runtime", "docker", "exec", "--session", "bbbb", "true"])
        .exits(64)
        .done();
}

#[test]
fn what_was_kept_of_sessions_is_shown_without_an_engine() {
    let scene = Scene::new();
    let ocx = |args: &[&str]| scene.sandbox.ocx(args.iter().copied()).run();
    for command in ["logs", "wait"] {
        ocx(&[command])
            .exits(64)
            .says("this project has had no detached session")
            .done();
        ocx(&[command, "1a2b"])
            .exits(64)
            .says("no session has an ID that begins with `1a2b`")
            .done();
    }
    ocx(&["logs", "--opencode"])
        .success()
        .says("opencode has no log in this project yet")
        .done();
    // There is no terminal to show it on.
    ocx(&["attach"]).exits(64).says("needs a terminal").done();
    assert!(
        scene.docker.calls().is_empty(),
        "{:?}",
        scene.docker.calls()
    );
}
