//! Trying opencode out in a new image.

use ocx_tests::{bases, engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(
    variables_of_the_base_do_not_keep_opencode_from_starting,
    what_follows_does_not_hide_why_opencode_does_not_run,
);

fn variables_of_the_base_do_not_keep_opencode_from_starting(engine: &Engine) {
    // As images for Jupyter have them, pointing where only their own user may write.
    let variables = "ENV XDG_CONFIG_HOME=/some/where XDG_DATA_HOME=/some/where \
                     XDG_CACHE_HOME=/some/where XDG_STATE_HOME=/some/where \
                     XDG_RUNTIME_DIR=/run/user/0 TMPDIR=/some/where";
    let base = bases::from_debian(engine, "variables", variables);
    let project = Project::on(engine, &base);
    project.opencode(&["--version"]).run().success().done();
    let output = project
        .sandbox
        .ocx(["exec", "sh", "-c", "echo $TMPDIR $XDG_CONFIG_HOME"])
        .run()
        .success();
    assert_eq!(output.stdout(), "/tmp /ocx/home/.config\n");
}

fn what_follows_does_not_hide_why_opencode_does_not_run(engine: &Engine) {
    let broken = "RUN for file in /lib/*/libm.so.6; do echo > $(readlink -f $file); done";
    let base = bases::from_debian(engine, "broken", broken);
    // Another build of opencode is not at hand, and its registry cannot be reached.
    let project = Project::on(engine, &base);
    let output = project.sandbox.ocx(["build"]).run().exits(65);
    let message = output.stderr().to_owned();
    let (_, error) = message.split_once("error: ").expect("there is an error");
    let place = |text: &str| {
        error
            .find(text)
            .unwrap_or_else(|| panic!("`{text}` is not in: {error}"))
    };
    assert!(place("does not run in base image") < place("libm.so.6"));
    if std::env::consts::ARCH == "x86_64" {
        assert!(place("libm.so.6") < place("-baseline: "), "{error}");
    }
}
