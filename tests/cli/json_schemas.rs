//! What `--json` prints has the form that is promised in `docs/json`.

use ocx_tests::fake_engine::Rule;

use crate::{inside::running, scene::Scene};

#[test]
fn of_a_project_with_an_image_and_a_session() {
    let mut scene = Scene::new();
    scene.warm_up();
    let uid = scene.sandbox.account().uid;
    let session = running(&scene, &[("aaaa1111", 1)])
        .replace("ocx.session=", &format!("ocx.user={uid},ocx.session="));
    scene.docker.rule(Rule::on(&["ps"]).stdout(&session));
    let usage = "{\"ID\":\"c0ffeeaaaa1111\",\"CPUPerc\":\"1.5%\",\"MemUsage\":\"1MiB / 1GiB\",\"PIDs\":\"3\"}\n";
    scene.docker.rule(Rule::on(&["stats"]).stdout(usage));
    let logins = scene.sandbox.data().join("opencode/auth.json");
    let login = "{\"openai\": {\"type\": \"api\", \"key\": \"k\"}}";
    scene.sandbox.write(logins, login);
    for (name, args) in [
        ("version", &["version"][..]),
        ("doctor", &["doctor"]),
        ("status", &["status"]),
        ("ps", &["ps", "--all-users"]),
        ("stats", &["stats"]),
        ("stop", &["stop"]),
        ("explain", &["explain"]),
        ("compat", &["compat", "team"]),
        ("du", &["du"]),
        ("prune", &["prune", "--dry-run"]),
        ("prune", &["prune", "--yes"]),
        ("du", &["image", "list"]),
        ("du", &["volume", "ls"]),
        ("du", &["cache", "list"]),
        ("prune", &["cache", "prune", "--yes"]),
        ("logins", &["logins"]),
        ("config-path", &["config", "path"]),
        ("network-sets", &["network", "sets"]),
        ("trust", &["trust", "--list"]),
        // The program of the scene is one by its path.
        ("upgrade", &["upgrade", "--check"]),
    ] {
        let args = args.iter().copied().chain(["--json"]);
        let output = scene.sandbox.ocx(args).run().success();
        let answer = output.promised(name);
        // Of nothing everything can be promised.
        assert_ne!(answer, serde_json::json!([]), "{name}");
    }
}

#[test]
fn of_a_project_of_which_nothing_is_known() {
    let scene = Scene::with_dockerfile();
    for name in ["status", "doctor", "version"] {
        let output = scene.sandbox.ocx([name, "--json"]).run().success();
        let _ = output.promised(name);
    }
    scene
        .sandbox
        .write("ocx.toml", "custom_base_image = \"none-such\"\n");
    let output = scene.sandbox.ocx(["status", "--json"]).run().success();
    let status = output.promised("status");
    assert!(status["problem"].is_object(), "{status:#}");
}
