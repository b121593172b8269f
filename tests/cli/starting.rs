//! What is said while a session takes long to begin.

use std::{fs, thread, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{fake_engine::Rule, pty::Terminal};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than people wait without wondering.
const LONG: Duration = Duration::from_millis(1500);

/// An engine that answers once there is a file, and a session that draws something.
fn slow() -> (Scene, Utf8PathBuf) {
    let mut scene = Scene::new();
    scene.warm_up();
    let ready = scene.docker.directory().join("ready");
    scene
        .docker
        .rule(Rule::on(&["image", "inspect"]).waits_for(&ready))
        .rule(Rule::on(&["run"]).starts().shell("echo drawn; sleep 1"));
    (scene, ready)
}

/// A session in a terminal that shows the word.
fn waiting(scene: &Scene) -> Terminal {
    let terminal = scene.sandbox.ocx(["opencode"]).in_terminal();
    terminal.wait_for("starting…", PATIENCE);
    terminal
}

/// Fails the test unless the word is gone when the program draws, once there is the file that is waited for.
fn draws(mut terminal: Terminal, ready: &Utf8Path) {
    fs::write(ready, "").unwrap();
    terminal.wait_for("drawn", PATIENCE);
    let rows = terminal.rows();
    assert!(!rows.iter().any(|row| row.contains("starting")), "{rows:?}");
    assert!(terminal.wait(PATIENCE).success());
}

#[test]
fn it_is_said_and_gone_before_the_program_draws() {
    let (scene, ready) = slow();
    draws(waiting(&scene), &ready);
}

#[test]
fn it_is_said_while_the_engine_makes_the_container() {
    let mut scene = Scene::new();
    scene.warm_up();
    let ready = scene.docker.directory().join("ready");
    // As clients do: raw mode, and then the container's program.
    let client = "stty raw -echo; sleep 0.3; printf 'drawn\r\n'; sleep 1; stty sane";
    let run = Rule::on(&["run"]).waits_for(&ready).starts().shell(client);
    scene.docker.rule(run);
    let terminal = waiting(&scene);
    assert_eq!(scene.docker.calls_of(&["run"]).len(), 1);
    draws(terminal, &ready);
}

#[test]
fn what_the_engine_says_goes_over_it() {
    let mut scene = Scene::new();
    scene.warm_up();
    let ready = scene.docker.directory().join("ready");
    let run = Rule::on(&["run"]).waits_for(&ready).exit(125);
    let run = run.stderr("the engine's words are longer\n");
    scene.docker.rule(run);
    let mut terminal = scene.sandbox.ocx(["opencode"]).in_terminal();
    terminal.wait_for("starting…", PATIENCE);
    fs::write(ready, "").unwrap();
    assert!(!terminal.wait(PATIENCE).success());
    let screen = terminal.screen();
    assert!(screen.contains("the engine's words are longer"), "{screen}");
    assert!(!screen.contains("starting"), "{screen}");
}

#[test]
fn it_is_gone_before_an_error() {
    let (mut scene, ready) = slow();
    scene.docker.clear_rules();
    let rule = Rule::on(&["image", "inspect"]).waits_for(&ready);
    let rule = rule.stderr("odd words\n").exit(1);
    scene.docker.rule(rule);
    let mut terminal = scene.sandbox.ocx(["opencode"]).in_terminal();
    terminal.wait_for("starting…", PATIENCE);
    fs::write(ready, "").unwrap();
    terminal.wait_for("odd words", PATIENCE);
    assert!(!terminal.wait(PATIENCE).success());
    assert!(!terminal.screen().contains("starting"));
}

#[test]
fn it_is_for_terminals_that_can_take_it_back() {
    let (mut scene, ready) = slow();
    for (variable, flag) in [
        (("TERM", "dumb"), None),
        (("NO_COLOR", "1"), None),
        (("LANG", "C"), Some("--quiet")),
        (("LANG", "C"), Some("--verbose")),
    ] {
        let _ = fs::remove_file(&ready);
        let words = flag.into_iter().chain(["opencode"]);
        let command = scene.sandbox.ocx(words).env(variable.0, variable.1);
        let mut terminal = command.in_terminal();
        thread::sleep(LONG);
        assert!(!terminal.screen().contains("starting"), "{variable:?}");
        fs::write(&ready, "").unwrap();
        terminal.wait_for("drawn", PATIENCE);
        assert!(terminal.wait(PATIENCE).success());
    }
    let _ = fs::remove_file(&ready);
    scene.sandbox.set_env("LANG", "C");
    let mut session = scene.sandbox.ocx(["opencode", "run"]).start();
    thread::sleep(LONG);
    fs::write(&ready, "").unwrap();
    session.wait_for("drawn", PATIENCE);
    session.wait(PATIENCE).never_says("starting").done();
}
