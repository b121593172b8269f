//! What `--json` prints has the form that is promised in `docs/json`.

use std::fs;

use ocx_tests::{fake_engine::Rule, output::Output};
use serde_json::Value;

use crate::scene::Scene;

/// Fails unless the answer of `ocx NAME --json` has the promised form; a space in the name is a hyphen.
#[track_caller]
pub(crate) fn assert_promised(name: &str, output: &Output) -> Value {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/json");
    let schema = fs::read_to_string(format!("{directory}/{name}.json")).expect(name);
    let schema: Value = serde_json::from_str(&schema).expect(name);
    let answer: Value = serde_json::from_str(output.stdout()).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let errors: Vec<String> = validator
        .iter_errors(&answer)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{answer:#}");
    answer
}

#[test]
fn of_a_project_with_an_image_and_a_session() {
    let mut scene = Scene::new();
    scene.warm_up();
    let project = scene.sandbox.project();
    let session = format!(
        "{{\"ID\":\"c0ffee\",\"Names\":\"ocx-app-aaaa1111\",\"Image\":\"ocx-team:1.2.3\",\
         \"Command\":\"\\\"opencode\\\"\",\"CreatedAt\":\"2026-01-02 03:04:00 +0000 UTC\",\
         \"Labels\":\"ocx.session=aaaa1111,ocx.project={project},ocx.project-id=x,ocx.user=7\"}}\n"
    );
    scene.docker.rule(Rule::on(&["ps"]).stdout(&session));
    for (name, args, is_empty) in [
        ("version", &["version"][..], false),
        ("doctor", &["doctor"], false),
        ("status", &["status"], false),
        ("ps", &["ps", "--all-users"], false),
        ("stop", &["stop"], true),
        ("explain", &["explain"], false),
        ("compat", &["compat", "team"], false),
        ("du", &["du"], false),
        ("prune", &["prune", "--dry-run"], false),
        ("prune", &["prune", "--yes"], false),
        ("logins", &["logins"], true),
        ("config-path", &["config", "path"], false),
        ("network-sets", &["network", "sets"], false),
    ] {
        let args = args.iter().copied().chain(["--json"]);
        let output = scene.sandbox.ocx(args).run().success();
        let answer = assert_promised(name, &output);
        assert_eq!(
            answer.as_array().is_some_and(Vec::is_empty),
            is_empty,
            "{name}: {answer:#}"
        );
    }
}

#[test]
fn of_a_project_of_which_nothing_is_known() {
    let scene = Scene::with_dockerfile();
    for name in ["status", "doctor", "version"] {
        let output = scene.sandbox.ocx([name, "--json"]).run().success();
        assert_promised(name, &output);
    }
    scene
        .sandbox
        .write("ocx.toml", "custom_base_image = \"none-such\"\n");
    let output = scene.sandbox.ocx(["status", "--json"]).run().success();
    let status = assert_promised("status", &output);
    assert!(status["problem"].is_object(), "{status:#}");
}
