//! Whose exit code it is.

use std::net::TcpListener;

use ocx_tests::{engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(
    exit_codes_of_the_program_come_back,
    failures_of_the_engine_are_told_apart,
);

/// What ocx ends with if the engine could not do what it was asked.
const ENGINE_FAILED: i32 = 76;

fn exit_codes_of_the_program_come_back(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    for code in [0, 1, 42, 125, 126, 127] {
        let output = project.opencode(&["exit", &code.to_string()]).run();
        let output = output.exits(code);
        // A program's failure is not ocx's to explain.
        assert_eq!(output.stderr(), "", "{output}");
    }
    // 128 and the signal's number, as shells have it.
    project.inside("kill -9 $$").exits(137).done();
    project.assert_no_containers();
}

fn failures_of_the_engine_are_told_apart(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.ensure_image();
    let ocx = |args: &[&'static str]| project.sandbox.ocx(args.to_vec());
    ocx(&["--set", "network=nosuchnet", "opencode", "exit", "0"])
        .run()
        .exits(ENGINE_FAILED)
        .says("nosuchnet")
        .done();

    // A port that is taken on the host is no failure: the session gets another, which is said.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    project
        .opencode(&["exit", "42"])
        .env("OCX_NETWORK", "default")
        .env("OCX_PUBLISH_PORT", "true")
        .env("OCX_PORT", &port)
        .run()
        .exits(42)
        .says(&format!("since {port} is taken"))
        .done();

    // The program's own 125 in the same project, right after.
    ocx(&["opencode", "exit", "125"]).run().exits(125).done();
    project.assert_no_containers();
}
