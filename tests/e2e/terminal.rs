//! opencode's terminal interface.

use std::time::Duration;

use ocx_tests::{
    engine::Engine,
    on_each_engine,
    pty::{Terminal, key},
};

use crate::session_setup::{END, Project, START};

on_each_engine!(
    draws_follows_a_resize_and_restores_the_terminal,
    a_terminal_that_is_closed_leaves_no_container,
    the_programs_exit_code_comes_through_a_terminal,
);

const DRAW: Duration = Duration::from_secs(20);

fn shows_prompt(screen: &str) -> bool {
    screen.contains("Ask anything")
}

fn open(project: &Project) -> Terminal {
    // A build takes its time where others build, too, and is not what is looked at.
    project.ensure_image();
    let terminal = project.opencode(&[]).in_terminal();
    terminal.wait_until("opencode's prompt", START, shows_prompt);
    terminal
}

fn draws_follows_a_resize_and_restores_the_terminal(engine: &Engine) {
    let project = Project::new(engine);
    let Some(_model) = project.start_model() else {
        return;
    };
    assert_terminal_is_opencodes(&project);
}

/// opencode draws, hears keys and a change of size, and leaves the terminal as it was.
pub(crate) fn assert_terminal_is_opencodes(project: &Project) {
    let mut terminal = open(project);
    assert!(terminal.is_full_screen());

    terminal.resize(24, 80);
    // The version stands at the right edge, wherever that is.
    let version = &project.sandbox.environment()["OCX_OPENCODE_VERSION"];
    terminal.wait_until("a screen of 80 columns", DRAW, |screen| {
        let mut rows = terminal.rows().into_iter();
        shows_prompt(screen) && rows.any(|row| row.trim_end().ends_with(version))
    });

    // Docker's client swallows it if it is the first of its detach keys.
    terminal.send(key::CTRL_P);
    terminal.wait_for("Commands", DRAW);
    terminal.send(key::ESCAPE);
    terminal.wait_until("the palette to close", DRAW, |screen| {
        shows_prompt(screen) && !screen.contains("Commands")
    });

    // A container cannot be suspended from inside; opencode must not try.
    terminal.send(key::CTRL_Z);
    terminal.send("still here");
    terminal.wait_for("still here", DRAW);
    assert!(terminal.is_full_screen());

    // The first one clears what was typed.
    terminal.send(key::CTRL_C);
    terminal.wait_until("the prompt to be empty", DRAW, shows_prompt);
    terminal.send(key::CTRL_C);
    let status = terminal.wait(END);
    assert_eq!(status.exit_code(), 0, "{status:?}");
    terminal.assert_restored();
    project.assert_no_containers();
}

fn a_terminal_that_is_closed_leaves_no_container(engine: &Engine) {
    let project = Project::new(engine);
    let terminal = open(&project);
    assert_eq!(project.engine.running(&project.label()).len(), 1);
    // The terminal goes away, and with it comes SIGHUP.
    drop(terminal);
    project.assert_no_containers();
}

fn the_programs_exit_code_comes_through_a_terminal(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let mut terminal = project
        .opencode(&["exec", "sh", "-c", "test -t 0 && test -t 1 && exit 42"])
        .in_terminal();
    assert_eq!(terminal.wait(START).exit_code(), 42);
    terminal.assert_restored();
}
