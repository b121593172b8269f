//! `ocx bug-report`.

use ocx_tests::fake_engine::Rule;

use crate::scene::Scene;

#[test]
fn it_has_what_is_needed_and_no_name_of_the_users() {
    let scene = Scene::new();
    scene.warm_up();
    let sandbox = &scene.sandbox;
    let settings = "memory = \"3g\"\nenv = { NAME = \"hunter2\" }\n";
    sandbox.write("ocx.toml", settings);
    let output = sandbox.ocx(["bug-report"]).run().success();
    assert_eq!(output.stderr(), "");
    for word in [
        "## What happened",
        env!("CARGO_PKG_VERSION"),
        "Linux ",
        "ok       engine",
        "state     ",
        "memory = \"3g\"",
        "# PROJECT/ocx.toml",
        "env = { NAME = \"…\" }",
    ] {
        assert!(output.stdout().contains(word), "{word}: {output}");
    }
    for name in [
        sandbox.home().as_str(),
        sandbox.project().as_str(),
        "hunter2",
    ] {
        assert!(!output.stdout().contains(name), "{name}: {output}");
    }
    assert!(!output.stdout().contains("pids_limit"), "{output}");
    scene.assert_nothing_changed();
}

#[test]
fn it_works_where_all_else_does_not() {
    let scene = Scene::new();
    scene.sandbox.write("ocx.toml", "memroy = 1\n");
    let output = scene.sandbox.ocx(["bug-report"]).run().success();
    assert_eq!(output.stdout().matches("error: ").count(), 2, "{output}");
    assert!(output.stdout().contains("memroy"), "{output}");
    let output = scene
        .sandbox
        .ocx(["bug-report"])
        .in_dir("/")
        .run()
        .success();
    assert!(output.stdout().contains("ocx status"), "{output}");
}

#[test]
fn an_engine_that_does_not_answer_is_in_it() {
    let mut scene = Scene::new();
    let rule = Rule::on(&[])
        .stderr("Cannot connect to the daemon\n")
        .exit(1);
    scene.docker.rule(rule);
    let output = scene.sandbox.ocx(["bug-report"]).run().success();
    for word in ["problem  engine", "error: ", "Linux "] {
        assert!(output.stdout().contains(word), "{word}: {output}");
    }
}
