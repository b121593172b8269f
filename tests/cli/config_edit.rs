//! `ocx config get`, `set`, `unset`, `list`, `path` and `schema`.

use ocx_tests::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::scene::assert_secret;

fn global(sandbox: &Sandbox) -> camino::Utf8PathBuf {
    sandbox.config().join("ocx/ocx.toml")
}

#[test]
fn what_is_set_is_got_and_can_be_unset() {
    let sandbox = Sandbox::new();
    let get = |key: &str| {
        let output = sandbox.ocx(["config", "get", key]).run().success();
        assert_eq!(output.stderr(), "");
        output.stdout().to_owned()
    };
    assert_eq!(get("cpus"), "");
    let output = sandbox.ocx(["config", "set", "cpus", "2"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx config set cpus 2
    [exit code 0]
    --- stderr
    ocx: set `cpus` in [CONFIG]/ocx/ocx.toml
    ");
    assert_eq!(sandbox.read(global(&sandbox)), "cpus = 2\n");
    assert_eq!(get("cpus"), "2.0\n");
    for (key, list) in [("host_ports", "[11434]"), ("ports", "[3000,\"8080:80\"]")] {
        let set = sandbox.ocx(["config", "set", "--dry-run", key, list]);
        set.run().success().done();
    }
    let list = "[\".env\", \"secrets/\"]";
    sandbox
        .ocx(["config", "set", "--project", "forbidden_paths", list])
        .run()
        .success()
        .done();
    assert_eq!(get("forbidden_paths"), format!("{list}\n"));
    assert_eq!(get("runtime"), "auto\n");
    let output = sandbox.ocx(["config", "get", "--json", "dns"]).run();
    assert_eq!(output.success().stdout(), "[]\n");
    // The home directory is no project, and one's own file has nothing to do with one.
    let unset = sandbox
        .ocx(["config", "unset", "cpus"])
        .in_dir(sandbox.home());
    unset.run().success().says("took `cpus` out of").done();
    assert_eq!(sandbox.read(global(&sandbox)), "");
    let unset = sandbox.ocx(["config", "unset", "cpus"]).run().success();
    unset.says("is not set in").done();
    sandbox.write(global(&sandbox), "[env]\nTOKEN = \"hunter2\"\n");
    let output = sandbox.ocx(["config", "get", "env"]).run().success();
    assert_secret(&output, "hunter2");
}

#[test]
fn comments_stay_and_nothing_wrong_is_written() {
    let sandbox = Sandbox::new();
    let text = "# mine\nmemory = \"1g\" # enough\n\n[env]\nA = \"1\"\n";
    sandbox.write(global(&sandbox), text);
    let set = |args: &[&str]| {
        let args = ["config", "set"].into_iter().chain(args.iter().copied());
        sandbox.ocx(args).run()
    };
    set(&["memory", "2g"]).success().done();
    let changed = text.replace("1g", "2g");
    assert_eq!(sandbox.read(global(&sandbox)), changed);
    set(&["memory", "much"]).exits(78).says("`memory`").done();
    set(&["shm_size", "4g"]).exits(78).says("`shm_size`").done();
    set(&["memroy", "2g"])
        .exits(64)
        .says("did you mean `memory`?")
        .done();
    let args = ["--dry-run", "config", "set", "cpus", "1"];
    sandbox
        .ocx(args)
        .run()
        .success()
        .says("this would set")
        .done();
    assert_eq!(sandbox.read(global(&sandbox)), changed);
    // What only the user may decide.
    let output = set(&["--project", "extra_mounts", "[\"/etc:/mnt\"]"]);
    output
        .exits(78)
        .says("a project may not decide that")
        .says("hint: ")
        .done();
    let output = set(&["--project", "network", "host"]).success();
    output.says("once you agree to it: `ocx trust`").done();
    assert_eq!(sandbox.read("ocx.toml"), "network = \"host\"\n");
}

#[test]
fn json_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.json", "{}");
    let output = sandbox
        .ocx(["config", "set", "--project", "cpus", "1"])
        .run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx config set --project cpus 1
    [exit code 78]
    --- stderr
    error: [PROJECT]/ocx.json is JSON, which is changed by hand
    hint: edit it, or write the same in [PROJECT]/ocx.toml and remove it; `ocx config` prints its settings in that form
    ");
}

#[test]
fn the_files() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.json", "{ this is not read");
    let output = sandbox.ocx(["config", "path"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx config path
    [exit code 0]
    --- stdout
    user     [CONFIG]/ocx/ocx.toml (not there)
    project  [PROJECT]/ocx.json
    ");
    sandbox.write("ocx.toml", "");
    let output = sandbox.ocx(["config", "path", "--json"]).run().success();
    let files: Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(files.as_array().unwrap().len(), 4, "{files}");
    let project = sandbox.project();
    for (index, name) in [(2, "ocx.toml"), (3, "ocx.json")] {
        let path = project.join(name);
        assert_eq!(
            files[index],
            json!({ "whose": "project", "path": path, "exists": true })
        );
    }
    let output = sandbox.ocx(["config", "path"]).in_dir("/").run().success();
    output.prints("project  none: / cannot be a project").done();
}

#[test]
fn the_schema() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .ocx(["config", "schema"])
        .in_dir("/")
        .run()
        .success();
    let schema: Value = serde_json::from_str(output.stdout()).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let output = sandbox.ocx(["config", "--json"]).run().success();
    let settings: Value = serde_json::from_str(output.stdout()).unwrap();
    for key in settings.as_object().unwrap().keys() {
        assert!(properties.contains_key(key), "{key}");
    }
    assert_eq!(properties["memory"]["examples"], json!(["4g"]));
}

#[test]
fn what_is_set_is_listed_with_where() {
    let sandbox = Sandbox::new();
    let output = sandbox.ocx(["config", "list"]).run().success();
    assert_eq!(output.stdout(), "");
    output
        .says("nothing is set; `ocx config list --all`")
        .done();
    sandbox.write(
        global(&sandbox),
        "cpus = 1\nenv = { TOKEN = \"hunter2\" }\n",
    );
    sandbox.write("ocx.toml", "read_only = true\n");
    let list = sandbox.ocx(["--set", "runtime=docker", "config", "list"]);
    let output = list.run();
    insta::assert_snapshot!(output.snapshot(), @r#"
    $ ocx --set runtime=docker config list
    [exit code 0]
    --- stdout
    runtime = "docker"     # --set runtime
    cpus = 1.0             # [CONFIG]/ocx/ocx.toml
    env = { TOKEN = "…" }  # [CONFIG]/ocx/ocx.toml
    read_only = true       # [PROJECT]/ocx.toml
    "#);
    let all = sandbox.ocx(["config", "list", "--all"]).run().success();
    let with_sources = sandbox.ocx(["config", "--sources"]).run().success();
    assert_eq!(all.stdout(), with_sources.stdout());
    let json = sandbox.ocx(["config", "list", "--json"]).run().success();
    let listed: Value = serde_json::from_str(json.stdout()).unwrap();
    assert_eq!(listed["cpus"]["value"], json!(1.0));
    assert_eq!(listed["env"]["value"], json!({ "TOKEN": "…" }));
    assert_eq!(listed.as_object().unwrap().len(), 3);
}

#[test]
fn ones_own_file_is_the_default_also_in_so_many_words() {
    let sandbox = Sandbox::new();
    let set = sandbox
        .ocx(["config", "set", "--global", "cpus", "2"])
        .run();
    set.success().says("your own file is the default").done();
    assert_eq!(sandbox.read(global(&sandbox)), "cpus = 2\n");
    let unset = sandbox.ocx(["config", "unset", "--global", "cpus"]).run();
    unset.success().says("your own file is the default").done();
    assert_eq!(sandbox.read(global(&sandbox)), "");
    let both = ["config", "set", "--global", "--project", "cpus", "2"];
    sandbox.ocx(both).run().exits(64).done();
}

#[test]
fn a_setting_can_have_its_default_for_once() {
    let sandbox = Sandbox::new();
    sandbox.write(global(&sandbox), "cpus = 1\nforbidden_paths = [\".env\"]\n");
    sandbox.write("ocx.toml", "network = \"none\"\n");
    let get = |key: &str, args: &[&str]| {
        let args = args.iter().copied().chain(["config", "get", "--json", key]);
        let output = sandbox.ocx(args).run().success();
        output.stdout().trim().to_owned()
    };
    assert_eq!(get("cpus", &["--unset", "cpus"]), "null");
    assert_eq!(get("network", &["--unset", "network"]), "\"default\"");
    let both = ["--unset", "network", "--set", "network=filtered"];
    assert_eq!(get("network", &both), "\"filtered\"");
    let sources = ["--unset", "network", "config", "--sources"];
    let output = sandbox.ocx(sources).run().success();
    let line = "network = \"default\"";
    let shown = output
        .stdout()
        .lines()
        .find(|shown| shown.starts_with(line));
    assert!(shown.unwrap().ends_with("# --unset network"), "{output}");
    let output = sandbox.ocx(["--unset", "forbidden_paths", "config"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx --unset forbidden_paths config
    [exit code 78]
    --- stderr
    error: setting `forbidden_paths` from the flag `--unset forbidden_paths` cannot be unset: what protects files or hosts counts wherever it is set
    hint: `ocx config --sources` shows where it is set; `ocx config unset forbidden_paths` takes it out of your own file
    ");
    let unknown = sandbox.ocx(["--unset", "memroy", "config"]).run();
    unknown.exits(64).says("did you mean `memory`?").done();
    let init = sandbox.ocx(["--unset", "memory", "init", "--yes"]).run();
    init.exits(64).says("--unset memory").done();
}
