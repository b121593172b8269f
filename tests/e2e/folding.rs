//! How a real builder's output looks on a terminal.

use std::time::Duration;

use ocx_tests::{bases, engine::Engine, on_engines, pty::key, sandbox::Sandbox};

use crate::session_setup::{END, Project, START};

on_engines!(
    [docker, podman],
    because "rootless Docker builds as Docker does",
    a_steps_lines_live_while_it_runs
);
on_engines!(
    [docker, podman],
    because "rootless Docker builds as Docker does",
    a_step_that_fails_is_shown_whole
);

on_engines!(
    [docker, podman],
    because "rootless Docker builds as Docker does",
    a_build_that_is_interrupted_gives_the_terminal_back
);

/// A project whose base is built by this instruction on a small image.
fn project(engine: &Engine, instruction: &str) -> Project {
    let sandbox = Sandbox::new();
    let debian = bases::debian(engine);
    let base = format!("{}-folded", sandbox.name());
    sandbox.write(
        "ocx.toml",
        format!("custom_base_image = {base:?}\ncustom_base_dockerfile = \"Dockerfile\"\n"),
    );
    sandbox.write("Dockerfile", format!("FROM {debian}\n{instruction}\n"));
    Project::bare(sandbox, engine)
}

fn a_steps_lines_live_while_it_runs(engine: &Engine) {
    // What it prints is not what it says.
    let project = project(engine, "RUN echo lives-$((6 * 7)) && sleep 5");
    let mut terminal = project.sandbox.ocx(["build", "--base"]).in_terminal();
    terminal.wait_for("lives-42", START);
    assert_eq!(terminal.wait(START).exit_code(), 0, "{}", terminal.screen());
    terminal.wait_until("the step alone", END, |screen| {
        screen.contains("RUN echo lives-$((6 * 7))") && !screen.contains("lives-42")
    });
    terminal.assert_restored();
}

fn a_build_that_is_interrupted_gives_the_terminal_back(engine: &Engine) {
    let project = project(engine, "RUN echo lives-$((6 * 7)) && sleep 100");
    let mut terminal = project.sandbox.ocx(["build", "--base"]).in_terminal();
    terminal.wait_for("lives-42", START);
    terminal.send(key::CTRL_C);
    assert_eq!(terminal.wait(END).exit_code(), 130, "{}", terminal.screen());
    terminal.assert_restored();
    project.assert_no_containers();
}

fn a_step_that_fails_is_shown_whole(engine: &Engine) {
    let project = project(
        engine,
        "RUN for i in 1 2 3 4 5 6 7 8 9; do echo line-$((i * 11)); done; exit 3",
    );
    let mut terminal = project.sandbox.ocx(["build", "--base"]).in_terminal();
    assert_eq!(
        terminal.wait(START).exit_code(),
        76,
        "{}",
        terminal.screen()
    );
    terminal.wait_until("all of it", Duration::from_secs(20), |screen| {
        (1..=9).all(|i| screen.contains(&format!("line-{}", i * 11)))
            && screen.contains("could not build image")
            && !screen.contains("--build-arg")
    });
    terminal.assert_restored();
}
