//! Servers of the host that opencode's configuration names, with a fake engine.

use std::time::Duration;

use camino::Utf8PathBuf;
use ocx_tests::pty::key;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(30);
const QUESTION: &str = "http://127.0.0.1:8931 in opencode.json is this machine's";

/// A scene whose user has an MCP server on the host's loopback.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.warm_up();
    let config = scene.sandbox.config().join("opencode/opencode.json");
    let text = r#"{"mcp": {"docs": {"type": "remote", "url": "http://127.0.0.1:8931/mcp"}}}"#;
    scene.sandbox.write(config, text);
    scene
}

fn own_settings(scene: &Scene) -> Utf8PathBuf {
    scene.sandbox.config().join("ocx/ocx.toml")
}

#[test]
fn what_is_wanted_is_written_into_the_users_own_settings() {
    let scene = scene();
    let mut terminal = scene.sandbox.ocx(["opencode", "run"]).in_terminal();
    terminal.wait_for(QUESTION, PATIENCE);
    terminal.send("y\r");
    terminal.wait_for("wrote `host_ports`", PATIENCE);
    terminal.wait(PATIENCE);
    let text = scene.sandbox.read(own_settings(&scene));
    assert!(text.contains("host_ports = [8931]"), "{text}");
    // This session has it already, and the next one is not asked about.
    let has_bridge = |scene: &Scene| {
        let runs = scene.docker.calls_of(&["run"]);
        let last = format!("{:?}", runs.last());
        assert!(last.contains("target=/ocx/bridge"), "{last}");
    };
    has_bridge(&scene);
    let mut terminal = scene.sandbox.ocx(["opencode", "run"]).in_terminal();
    terminal.wait(PATIENCE);
    assert!(
        !terminal.screen().contains("this machine's"),
        "{}",
        terminal.screen()
    );
    has_bridge(&scene);
}

#[test]
fn what_is_not_wanted_is_asked_once() {
    let scene = scene();
    let before = scene.sandbox.read(own_settings(&scene));
    let mut terminal = scene.sandbox.ocx(["run", "task"]).in_terminal();
    terminal.wait_for(QUESTION, PATIENCE);
    terminal.send("\r");
    terminal.wait(PATIENCE);
    assert_eq!(scene.docker.calls_of(&["run"]).len(), 1);
    assert_eq!(scene.sandbox.read(own_settings(&scene)), before);
    let mut terminal = scene.sandbox.ocx(["run", "task"]).in_terminal();
    terminal.wait(PATIENCE);
    let screen = terminal.screen();
    assert!(!screen.contains("this machine's"), "{screen}");
    // It is named all the same, with the line to write.
    assert!(screen.contains("host_ports"), "{screen}");
}

#[test]
fn an_interrupted_question_changes_nothing() {
    let scene = scene();
    let before = scene.sandbox.read(own_settings(&scene));
    let mut terminal = scene.sandbox.ocx(["opencode", "run"]).in_terminal();
    terminal.wait_for(QUESTION, PATIENCE);
    terminal.send(key::CTRL_C);
    assert_eq!(terminal.wait(PATIENCE).exit_code(), 130);
    terminal.assert_restored();
    assert_eq!(scene.sandbox.read(own_settings(&scene)), before);
    assert!(scene.docker.calls_of(&["run"]).is_empty());
    // Nobody has said no.
    let terminal = scene.sandbox.ocx(["opencode", "run"]).in_terminal();
    terminal.wait_for(QUESTION, PATIENCE);
}

#[test]
fn where_nobody_can_answer_it_is_named() {
    let scene = scene();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .says("opencode.json uses http://127.0.0.1:8931")
        .says("`host_ports = [8931]` in your own settings")
        .done();
    // What is no session with opencode is none that asks for its servers.
    let mut terminal = scene.sandbox.ocx(["exec", "true"]).in_terminal();
    terminal.wait(PATIENCE);
    assert!(!terminal.screen().contains("this machine's"));
}

#[test]
fn a_project_names_no_server_of_the_host() {
    let scene = Scene::new();
    scene.warm_up();
    let text = r#"{"provider": {"x": {"options": {"baseURL": "http://localhost:8931"}}}}"#;
    scene.sandbox.write("opencode.json", text);
    let mut terminal = scene.sandbox.ocx(["opencode", "run"]).in_terminal();
    terminal.wait(PATIENCE);
    let screen = terminal.screen();
    assert!(!screen.contains("this machine's"), "{screen}");
    assert!(!screen.contains("host_ports"), "{screen}");
}
