//! Temporary file systems are the user's, whatever lies beneath them.

use ocx_tests::{engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(directories_that_are_roots_in_the_image_and_the_projects_own);

fn directories_that_are_roots_in_the_image_and_the_projects_own(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.configure("read_only = true\nworkspace_tmp_size = \"1m\"");
    project.sandbox.write("tmp/of-the-host", "");
    project
        .inside("touch /run/a /tmp/b tmp/c && ls /run/a /tmp/b tmp")
        .success()
        .prints("/run/a\n/tmp/b\n\ntmp:\nc\n")
        .done();
    assert!(!project.sandbox.project().join("tmp/c").exists());
}
