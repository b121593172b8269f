//! ocx from another program: the example builds an image and runs a command in it.

use std::time::Duration;

use ocx_tests::{account::owner, bases, binaries::Binary, engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(
    the_example_builds_an_image_and_runs_a_command,
    a_program_that_links_ocx_can_rely_on_it,
);

fn the_example_builds_an_image_and_runs_a_command(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let sandbox = &project.sandbox;
    let directory = sandbox.project();
    let script = "echo x > by-library; opencode show it; exit 42";
    let args = [
        engine.kind().program(),
        directory.as_str(),
        "sh",
        "-c",
        script,
    ];
    let program = Binary::Library.reachable();
    sandbox
        .command(program.as_str(), args)
        .timeout(Duration::from_secs(180))
        .run()
        .exits(42)
        .prints("ocx-")
        .prints("[it]")
        .done();
    assert_eq!(owner(&directory.join("by-library")), *sandbox.account());
    project.assert_no_containers();
}

fn a_program_that_links_ocx_can_rely_on_it(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let sandbox = &project.sandbox;
    let directory = sandbox.project();
    let base = bases::debian(engine);
    std::fs::write(directory.join("base-name"), format!("{base}\n")).unwrap();
    let args = [engine.kind().program(), directory.as_str()];
    let program = Binary::Embedding.reachable();
    let output = sandbox
        .command(program.as_str(), args)
        .timeout(Duration::from_secs(300))
        .run()
        .success();
    // Nothing is printed by the libraries, nor by what they start.
    assert_eq!(output.stderr(), "");
    let lines: Vec<&str> = output.stdout().lines().collect();
    let expected = [
        "output is captured",
        "lines are told",
        "an empty command is an error",
        "ten sessions at once",
        "a session has a time limit",
        "a session can be cancelled",
        "a dropped session ends",
        "a failed build tells why",
        "children have the host's environment",
        "another engine is one more backend",
        "no signal is handled",
    ];
    assert!(lines[0].starts_with("built ocx-"), "{output}");
    assert_eq!(lines[1..], expected, "{output}");
    project.assert_no_containers();
}
