//! Trying opencode out in a new image.

use serde_json::{Value, json};

use ocx_tests::{
    bases,
    engine::{Engine, EngineKind},
    on_each_engine,
};

use crate::session_setup::Project;

on_each_engine!(
    variables_of_the_base_do_not_keep_opencode_from_starting,
    what_follows_does_not_hide_why_opencode_does_not_run,
    programs_that_only_root_can_run_are_told,
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

/// The base has no shell, so that nothing of it is needed for that.
fn programs_that_only_root_can_run_are_told(engine: &Engine) {
    let base = bases::unusual::with_programs_of_root_and_no_shell(engine);
    let project = Project::on(engine, &base);
    let ocx = |args: &[&str]| project.sandbox.ocx(args.iter().copied()).run().success();
    let found = || {
        let output = ocx(&["compat", &base, "--json"]);
        let answer: Value = serde_json::from_str(output.stdout()).unwrap();
        assert_eq!(answer["usable"], true);
        answer["out_of_reach"].clone()
    };
    assert_eq!(found(), Value::Null);
    // There the user is root inside, so all of root's programs are the user's.
    if engine.kind() == EngineKind::DockerRootless {
        ocx(&["build"]).never_says("session's user").done();
        assert_eq!(found(), json!([]));
        return;
    }
    ocx(&["build"])
        .says("PATH has /root/.cargo/bin, /root/.local/bin, and the session's user may not enter /root: what is there cannot run; `RUN chmod a+rx /root` in the Dockerfile")
        .says("PATH has /opt/closed, which the session's user may not enter")
        .says("there are 2 more places")
        .done();
    let found = found();
    let found = found.as_array().unwrap();
    let of = |at: usize| {
        let finding = &found[at];
        (
            &finding["directories"],
            &finding["closed"],
            &finding["programs"],
        )
    };
    assert_eq!(found.len(), 4, "{found:#?}");
    let none = Value::Null;
    let (root, closed, mixed) = (
        json!(["/root/.cargo/bin", "/root/.local/bin"]),
        json!(["/opt/closed"]),
        json!(["/opt/mixed"]),
    );
    assert_eq!(of(0), (&root, &json!("/root"), &none));
    assert_eq!(of(1), (&closed, &json!("/opt/closed"), &none));
    let uv = json!({"count": 1, "names": ["uv"]});
    assert_eq!(of(3), (&mixed, &json!("/root"), &uv));
    // `cat` runs from elsewhere.
    let own = json!({"count": 1, "names": ["own"]});
    assert_eq!(of(2), (&mixed, &none, &own));
    assert_eq!(found[2]["remedies"].as_array().unwrap().len(), 1);
    // An ordinary base has nothing of that kind.
    let project = Project::on(engine, &bases::debian(engine));
    let output = project.sandbox.ocx(["build"]).run().success();
    output.never_says("session's user").done();
}
