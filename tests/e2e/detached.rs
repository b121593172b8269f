//! Sessions that outlast the terminal.

use std::time::Duration;

use ocx_tests::{
    engine::Engine,
    on_each_engine,
    pty::{Terminal, key},
    stub_model::CLOSING,
};

use crate::session_setup::{END, Project, START};

on_each_engine!(
    a_screen_is_left_and_shown_again,
    a_task_goes_on_without_a_terminal,
    a_detached_session_is_stopped,
);

const DRAW: Duration = Duration::from_secs(20);

/// Leaves a session that goes on.
const CTRL_RIGHT_BRACKET: &str = "\x1d";

/// Begins a session that outlasts the command, and returns its ID.
fn detached(project: &Project, args: &[&str]) -> String {
    project.ensure_image();
    let output = project.sandbox.ocx(args.iter().copied()).run().success();
    let id = output.stdout().trim().to_owned();
    assert_eq!(id.len(), 8, "{output}");
    id
}

fn attach(project: &Project, id: &str) -> Terminal {
    project.sandbox.ocx(["attach", &id[..6]]).in_terminal()
}

fn a_screen_is_left_and_shown_again(engine: &Engine) {
    let project = Project::new(engine);
    let Some(_model) = project.start_model() else {
        return;
    };
    let id = detached(&project, &["opencode", "--detach"]);
    let listed = project.sandbox.ocx(["ps"]).run().success();
    assert!(listed.stdout().contains(&id), "{listed}");
    assert!(listed.stdout().contains("detached"), "{listed}");

    let mut terminal = attach(&project, &id);
    terminal.wait_for("Ask anything", START);
    assert!(terminal.is_full_screen());
    terminal.send("typed before");
    terminal.wait_for("typed before", DRAW);
    terminal.send(CTRL_RIGHT_BRACKET);
    let status = terminal.wait(END);
    assert_eq!(status.exit_code(), 0, "{status:?}");
    terminal.assert_restored();
    terminal.wait_for(&format!("session {id} goes on"), DRAW);

    // On a terminal of the same size, so that nothing but ocx has it drawn anew. That one is closed.
    let terminal = attach(&project, &id);
    terminal.wait_for("typed before", START);
    drop(terminal);

    let mut terminal = attach(&project, &id);
    terminal.wait_for("typed before", START);
    terminal.send(key::CTRL_C);
    terminal.wait_for("Ask anything", DRAW);
    terminal.send(key::CTRL_C);
    let status = terminal.wait(END);
    assert_eq!(status.exit_code(), 0, "{status:?}");
    terminal.wait_for(&format!("session {id} has ended"), DRAW);
    project.sandbox.ocx(["wait", &id]).run().success().done();
    project.assert_no_containers();
}

fn a_task_goes_on_without_a_terminal(engine: &Engine) {
    let project = Project::new(engine);
    let Some(_model) = project.start_model() else {
        return;
    };
    let id = detached(&project, &["run", "--detach", "write detached.txt: hello"]);
    let waited = project.sandbox.ocx(["wait", "--json"]).timeout(START).run();
    let waited = waited.success().promised("wait");
    assert_eq!(waited["session"], id);
    assert_eq!(waited["exit_code"], 0);
    assert!(project.sandbox.project().join("detached.txt").is_file());
    let logs = project.sandbox.ocx(["logs", &id]).run().success();
    assert!(logs.stdout().contains(CLOSING), "{logs}");
    let attached = project.sandbox.ocx(["attach", &id]).run().success();
    assert_eq!(attached.stdout(), logs.stdout());
    let log = project.sandbox.ocx(["logs", "--opencode"]).run().success();
    assert!(log.stdout().lines().count() > 3, "{log}");
    project.assert_no_containers();
}

fn a_detached_session_is_stopped(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let id = detached(&project, &["opencode", "--detach", "wait"]);
    let stopped = project.sandbox.ocx(["stop", &id]).run().success();
    assert!(stopped.stderr().contains(&id), "{stopped}");
    let waited = project.sandbox.ocx(["wait", &id]).timeout(END).run();
    waited.exits(143).done();
    project
        .sandbox
        .ocx(["logs", &id])
        .run()
        .success()
        .prints("was stopped from elsewhere")
        .done();
    project.assert_no_containers();
}
