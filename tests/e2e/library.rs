//! ocx from another program: the example builds an image and runs a command in it.

use std::time::Duration;

use ocx_tests::{account::owner, binaries::Binary, engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(the_example_builds_an_image_and_runs_a_command);

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
