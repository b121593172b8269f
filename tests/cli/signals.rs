//! Signals to ocx while a session runs.

use std::time::{Duration, Instant};

use ocx_tests::{fake_engine::Rule, running::Running};
use rustix::process::Signal;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(30);

/// A session whose container runs until it is stopped.
fn start(scene: &mut Scene) -> Running {
    scene.warm_up();
    let stopped = scene.docker.directory().join("stopped");
    let wait = format!("echo started; while [ ! -e {stopped} ]; do sleep 0.05; done; exit 143");
    scene
        .docker
        .rule(Rule::on(&["run"]).starts().shell(&wait))
        .rule(Rule::on(&["stop"]).shell(&format!("echo > {stopped}")));
    let mut running = scene.sandbox.ocx(["o", "run"]).start();
    running.wait_for("started", PATIENCE);
    running
}

#[test]
fn signals_stop_the_container() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut scene = Scene::new();
        let running = start(&mut scene);
        let container = scene.session_call().values("--name")[0].to_owned();
        running.signal(signal);
        running.wait(PATIENCE).exits(code).done();
        let stops = scene.docker.calls_of(&["stop"]);
        assert_eq!(stops.len(), 1);
        assert_eq!(stops[0].args.last().unwrap(), &container);
    }
}

/// Through `su -` and `sudo -i` no signal comes when a terminal is closed, as with `setsid`.
#[test]
fn a_terminal_that_is_closed_without_a_signal_ends_the_session() {
    let mut scene = Scene::new();
    scene.warm_up();
    let stopped = scene.docker.directory().join("stopped");
    let wait = format!("echo started; while [ ! -e {stopped} ]; do sleep 0.05; done; exit 143");
    scene
        .docker
        .rule(Rule::on(&["run"]).starts().shell(&wait))
        .rule(Rule::on(&["stop"]).shell(&format!("echo > {stopped}")));
    let line = format!("/usr/bin/setsid --wait {}/ocx o", scene.sandbox.bin());
    let mut terminal = scene
        .sandbox
        .command(
            "/usr/bin/script",
            ["--quiet", "--command", &line, "/dev/null"],
        )
        .start();
    terminal.wait_for("started", PATIENCE);
    terminal.signal(Signal::KILL);
    let end = Instant::now() + PATIENCE;
    while !stopped.exists() {
        assert!(Instant::now() < end, "the session goes on");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_container_that_is_only_being_made_is_stopped_too() {
    let mut scene = Scene::new();
    scene.warm_up();
    let stopped = scene.docker.directory().join("stopped");
    // There is no container when it is to be stopped for the first time.
    let missing = "Error response from daemon: No such container: x\n";
    let stop = || Rule::on(&["stop"]);
    scene
        .docker
        .rule(Rule::on(&["run"]).waits_for(&stopped).starts().exit(143))
        .rule(stop().times(1).stderr(missing).exit(1))
        .rule(stop().shell(&format!("echo > {stopped}")));
    let mut running = scene.sandbox.ocx(["o", "run"]).start();
    running.wait_until("the engine to be called", PATIENCE, |_| {
        !scene.docker.calls_of(&["run"]).is_empty()
    });
    running.signal(Signal::TERM);
    running.wait(PATIENCE).exits(143).done();
    assert_eq!(scene.docker.calls_of(&["stop"]).len(), 2);
}

#[test]
fn an_interrupt_stops_the_container_where_there_is_no_init_process() {
    let mut scene = Scene::new();
    scene.docker.rule(Rule::on(&["info"]).stdout(
        r#"{"SecurityOptions":[],"Architecture":"x86_64","CgroupDriver":"cgroupfs","InitBinary":"","Name":"x"}"#,
    ));
    let running = start(&mut scene);
    assert!(!scene.session_call().has("--init"));
    running.signal(Signal::INT);
    let output = running.wait(PATIENCE).exits(130);
    output.says("no init process").done();
    let stops = scene.docker.calls_of(&["stop"]);
    assert_eq!(stops.len(), 1);
    // opencode ignores every signal as process 1, so there is nothing to wait for.
    assert_eq!(stops[0].values("-t"), ["1"]);
}

#[test]
fn an_interrupt_is_left_to_the_engines_client() {
    let mut scene = Scene::new();
    let mut running = start(&mut scene);
    running.signal(Signal::INT);
    running.signal(Signal::QUIT);
    std::thread::sleep(Duration::from_millis(300));
    assert!(!running.has_ended());
    assert!(scene.docker.calls_of(&["stop"]).is_empty());
    scene
        .sandbox
        .write(scene.docker.directory().join("stopped"), "");
    running.wait(PATIENCE).exits(143).done();
    assert!(scene.docker.calls_of(&["stop"]).is_empty());
}

#[test]
fn an_interrupt_from_the_keyboard_ends_with_the_clients_code() {
    let mut scene = Scene::new();
    scene.warm_up();
    // The script outlives the interrupt, as a client does.
    scene.docker.rule(
        Rule::on(&["run"])
            .starts()
            .shell("trap 'exit 77' INT; echo started; while :; do sleep 0.05; done"),
    );
    let mut running = scene.sandbox.ocx(["o", "run"]).start();
    running.wait_for("started", PATIENCE);
    running.signal_group(Signal::INT);
    running.wait(PATIENCE).exits(77).done();
    assert!(scene.docker.calls_of(&["stop"]).is_empty());
}

#[test]
fn a_client_that_hangs_after_the_stop_is_killed() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene
        .docker
        .rule(Rule::on(&["run"]).starts().stderr("started").hangs());
    let mut running = scene.sandbox.ocx(["o", "run"]).start();
    running.wait_for("started", PATIENCE);
    running.signal(Signal::TERM);
    running.wait(PATIENCE).exits(143).done();
    assert_eq!(scene.docker.calls_of(&["stop"]).len(), 1);
}

#[test]
fn the_next_session_works() {
    let mut scene = Scene::new();
    let running = start(&mut scene);
    running.signal(Signal::TERM);
    running.wait(PATIENCE).exits(143).done();
    scene.docker.clear_rules();
    let output = scene.sandbox.ocx(["o", "run"]).run().success();
    assert_eq!(output.stderr(), "");
}

#[test]
fn an_interrupted_build_takes_its_temporary_names_back() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut scene = Scene::new();
        scene.docker.rule(Rule::on(&["build"]).hangs());
        let mut running = scene.sandbox.ocx(["build"]).start();
        running.wait_until("the engine to build", PATIENCE, |_| {
            !scene.docker.calls_of(&["build"]).is_empty()
        });
        running.signal(signal);
        running
            .wait(PATIENCE)
            .exits(code)
            .says("interrupted")
            .done();
        assert_eq!(scene.docker.images(), ["team:latest"]);
    }
}
