//! Standard streams and signals, without a terminal.

use std::{process::Stdio, time::Duration};

use ocx_tests::{
    engine::Engine,
    on_each_engine,
    stub_model::{CLOSING, Options},
};
use rustix::process::Signal;

use crate::session_setup::{END, Project, START};

on_each_engine!(
    a_prompt_comes_through_a_pipe,
    streams_are_passed_on_byte_by_byte,
    arguments_are_passed_on_untouched,
    termination_and_hang_up_end_the_container,
    an_interrupt_ends_opencode,
    an_opencode_that_serves_is_stopped,
);

fn a_prompt_comes_through_a_pipe(engine: &Engine) {
    let project = Project::new(engine);
    let Some(model) = project.start_model() else {
        return;
    };
    let output = project
        .opencode(&["run", "write", "piped.txt:"])
        .stdin("hi from the pipe\n")
        .run()
        .success()
        .prints(CLOSING);
    assert!(!output.stdout().contains('\r'), "{output}");
    let heard = format!("{:?}", model.requests());
    assert!(heard.contains("hi from the pipe"), "{heard}");
    project.assert_no_containers();
}

fn streams_are_passed_on_byte_by_byte(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let all: Vec<u8> = (0..=255).collect();

    let mut command = project.opencode(&["bytes"]).command();
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.stdout, all);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");

    // More than pipes hold, and to the end.
    let much: Vec<u8> = all.iter().copied().cycle().take(300_000).collect();
    let file = project.sandbox.root().join("much");
    std::fs::write(&file, &much).unwrap();
    let mut command = project.opencode(&["copy"]).command();
    let output = command
        .stdin(std::fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    assert!(output.stdout == much, "{} bytes", output.stdout.len());

    let output = project.inside("echo out; echo err >&2");
    assert_eq!((output.stdout(), output.stderr()), ("out\n", "err\n"));
}

fn arguments_are_passed_on_untouched(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let args = ["show", "--help", "-v", "a b", "", "$HOME", "--", "é\n"];
    let output = project.opencode(&args).run().success();
    assert_eq!(
        output.stdout(),
        "[--help]\n[-v]\n[a b]\n[]\n[$HOME]\n[--]\n[é\n]\n"
    );
}

fn termination_and_hang_up_end_the_container(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let session = project.waiting();
        session.signal(signal);
        session.wait(END).exits(code).done();
        project.assert_no_containers();
    }
}

fn an_interrupt_ends_opencode(engine: &Engine) {
    let project = Project::new(engine);
    let Some(model) = project.start_model_with(Options {
        delay: Duration::from_secs(60),
        ..Options::default()
    }) else {
        return;
    };
    let mut session = project.opencode(&["run", "hello"]).start();
    session.wait_until("the model to be asked", START, |_| {
        !model.requests().is_empty()
    });
    // As a terminal does on Ctrl-C.
    session.signal_group(Signal::INT);
    let output = session.wait(END);
    assert_ne!(output.code(), Some(0), "{output}");
    project.assert_no_containers();
}

fn an_opencode_that_serves_is_stopped(engine: &Engine) {
    let project = Project::new(engine);
    let mut session = project.opencode(&["serve", "--port", "0"]).start();
    session.wait_for("listening on", START);
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
    project.assert_no_containers();
}
