//! `ocx config`, and settings that are wrong.

use ocx_tests::sandbox::Sandbox;
use serde_json::Value;

use crate::scene::assert_secret;

/// What `ocx config --json` shows for a key.
fn value(sandbox: &Sandbox, key: &str, before: &[&str], env: &[(&str, &str)]) -> Value {
    let args = before.iter().copied().chain(["config", "--json"]);
    let mut command = sandbox.ocx(args);
    for (name, text) in env {
        command = command.env(name, text);
    }
    let output = command.run().success();
    let settings: Value = serde_json::from_str(output.stdout()).unwrap();
    settings[key].clone()
}

fn global(sandbox: &Sandbox, toml: &str) {
    sandbox.write(sandbox.config().join("ocx/ocx.toml"), toml);
}

#[test]
fn defaults() {
    let output = Sandbox::new().ocx(["config"]).run();
    // These depend on the machine.
    let line = |line: &str| match line.split_once(" = \"") {
        Some((key, _)) if ["memory", "tmp_size"].contains(&key) => format!("{key} = [SIZE]\n"),
        _ => format!("{line}\n"),
    };
    let text: String = output.snapshot().lines().map(line).collect();
    insta::assert_snapshot!(text, @r#"
    $ ocx config
    [exit code 0]
    --- stdout
    # custom_base_image is not set
    # custom_base_dockerfile is not set
    custom_base_build_args = {}
    # custom_base_target is not set
    # custom_base_context is not set
    custom_base_devcontainer = false
    base_pull = "ask"
    base_build_network = "default"
    opencode_version = "latest"
    opencode_registry = "https://registry.npmjs.org/"
    # opencode_binary is not set
    keep_versions = 2
    runtime = "auto"
    # container_name is not set
    memory = [SIZE]
    # cpus is not set
    pids_limit = 4096
    tmp_size = [SIZE]
    # workspace_tmp_size is not set
    # shm_size is not set
    ulimits = {}
    network = "default"
    network_allow = ["@models"]
    network_deny = []
    host_ports = []
    ports = []
    publish_port = false
    # port is not set
    add_host_docker_internal = false
    add_hosts = {}
    dns = []
    dns_search = []
    devices = []
    # gpus is not set
    # username is not set
    # uid is not set
    # gid is not set
    keep_groups = false
    # opencode_config_dir is not set
    # rgignore_file is not set
    env = {}
    env_passthrough = []
    env_file = []
    ssh_agent = false
    providers = "configured"
    # keys is not set
    agent_notes = true
    data_volumes_mode = "always"
    # data_volumes_name is not set
    entrypoint = "none"
    path_prepend = []
    read_only = false
    workspace = "shared"
    clone_include = []
    forbidden_paths = []
    private_paths = []
    cache_paths = []
    extra_mounts = []
    # timezone is not set
    "#);
}

#[test]
fn sources() {
    let sandbox = Sandbox::new();
    global(&sandbox, "cpus = 2\nforbidden_paths = [\"a\"]\n");
    sandbox.write("ocx.toml", "memory = \"2g\"\nforbidden_paths = [\"b\"]\n");
    let output = sandbox
        .ocx([
            "--set",
            "container_name=x",
            "--runtime",
            "docker",
            "config",
            "--sources",
        ])
        .env("OCX_TIMEZONE", "UTC")
        .run()
        .success();
    let shown = output.snapshot();
    let set: Vec<&str> = shown
        .lines()
        .filter(|line| line.contains("  # ") && !line.ends_with("# default"))
        .collect();
    insta::assert_snapshot!(set.join("\n"), @r#"
    runtime = "docker"                                 # --runtime
    container_name = "x"                               # --set container_name
    memory = "2g"                                      # [PROJECT]/ocx.toml
    cpus = 2.0                                         # [CONFIG]/ocx/ocx.toml
    forbidden_paths = ["a", "b"]                       # [CONFIG]/ocx/ocx.toml, [PROJECT]/ocx.toml
    timezone = "UTC"                                   # $OCX_TIMEZONE
    "#);
}

#[test]
fn sources_as_json() {
    let sandbox = Sandbox::new();
    global(&sandbox, "cpus = 2\n");
    let output = sandbox
        .ocx(["config", "--json", "--sources"])
        .run()
        .success();
    let settings: Value = serde_json::from_str(output.stdout()).unwrap();
    let file = sandbox.config().join("ocx/ocx.toml");
    assert_eq!(
        settings["cpus"],
        serde_json::json!({ "value": 2.0, "sources": [file] })
    );
    assert_eq!(
        settings["pids_limit"],
        serde_json::json!({ "value": 4096, "sources": ["default"] })
    );
}

#[test]
fn what_config_prints_is_a_settings_file() {
    let sandbox = Sandbox::new();
    global(
        &sandbox,
        "cpus = 2\nextra_mounts = [\"/usr:/mnt\"]\nmemory = \"2g\"\n",
    );
    let printed = sandbox.ocx(["config"]).run().success().stdout().to_owned();
    global(&sandbox, &printed);
    let again = sandbox.ocx(["config"]).run().success();
    assert_eq!(again.stdout(), printed);
}

#[test]
fn a_later_layer_wins() {
    let sandbox = Sandbox::new();
    let memory = |before: &[&str], env: &[(&str, &str)]| value(&sandbox, "memory", before, env);
    // Of the size of the machine.
    assert!(memory(&[], &[]).is_string());
    global(&sandbox, "memory = \"8g\"\n");
    assert_eq!(memory(&[], &[]), "8g");
    sandbox.write("ocx.toml", "memory = \"4g\"\n");
    assert_eq!(memory(&[], &[]), "4g");
    let env = [("OCX_MEMORY", "3g")];
    assert_eq!(memory(&[], &env), "3g");
    assert_eq!(memory(&["--set", "memory=2g"], &env), "2g");
    assert_eq!(
        memory(&["--set", "memory=2g", "--set", "memory=1g"], &env),
        "1g"
    );
    assert_eq!(
        value(
            &sandbox,
            "runtime",
            &["--set", "runtime=podman", "--runtime", "docker"],
            &[]
        ),
        "docker"
    );
}

#[test]
fn forbidden_paths_of_all_layers_count() {
    let sandbox = Sandbox::new();
    global(&sandbox, "forbidden_paths = [\"a\"]\n");
    sandbox.write("ocx.toml", "forbidden_paths = [\"b\"]\n");
    let paths = value(
        &sandbox,
        "forbidden_paths",
        &["--set", "forbidden_paths=[\"d\"]"],
        &[("OCX_FORBIDDEN_PATHS", "[\"c\"]")],
    );
    assert_eq!(paths, serde_json::json!(["a", "b", "c", "d"]));
}

#[test]
fn json_files_are_read_too() {
    let sandbox = Sandbox::new();
    sandbox.write(
        sandbox.config().join("ocx/ocx.json"),
        "{\"memory\": \"2g\", \"$schema\": \"x\"}",
    );
    sandbox.write("ocx.json", "{\"cpus\": 1.5}");
    assert_eq!(value(&sandbox, "memory", &[], &[]), "2g");
    assert_eq!(value(&sandbox, "cpus", &[], &[]), 1.5);
}

#[test]
fn the_project_is_the_directory_with_the_settings() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "memory = \"2g\"\n");
    sandbox.write("deep/down/file", "");
    let output = sandbox.ocx(["config"]).in_dir("deep/down").run().success();
    output.prints("memory = \"2g\"").done();
    let output = sandbox
        .ocx([
            "--workspace",
            sandbox.project().join("deep").as_str(),
            "config",
        ])
        .run()
        .success();
    assert!(!output.stdout().contains("memory = \"2g\""), "{output}");
}

#[test]
fn an_unknown_key() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "memroy = \"2g\"\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx config get memory
    [exit code 78]
    --- stderr
    error: unknown setting `memroy`, did you mean `memory`?
     --> [PROJECT]/ocx.toml:1:1
    1 | memroy = …
      | ^^^^^^
    hint: `ocx config` lists all settings, `ocx help settings` explains them
    ");
    let output = sandbox
        .ocx(["--set", "memroy=2g", "config"])
        .in_dir("..")
        .run();
    output.exits(78).done();
}

#[test]
fn a_value_of_the_wrong_type() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "memory = true\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run();
    insta::assert_snapshot!(output.snapshot(), @r#"
    $ ocx config get memory
    [exit code 78]
    --- stderr
    error: setting `memory`: found `true`, expected a size such as `512m` or `2g`, or 0 for no limit
     --> [PROJECT]/ocx.toml:1:10
    1 | memory = true
      |          ^^^^
    hint: for example `memory = "4g"`; `ocx help settings` has more
    "#);
}

#[test]
fn a_file_that_is_no_toml() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "memory = \"2g\"\ncpus = = 2\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run().exits(78);
    output.says("ocx.toml:2:8\n").done();
}

#[test]
fn a_text_without_quotes() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "\n\ncustom_base_image = tools # ours\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run();
    insta::assert_snapshot!(output.snapshot(), @r#"
    $ ocx config get memory
    [exit code 78]
    --- stderr
    error: a text needs quotes
     --> [PROJECT]/ocx.toml:3:21
    3 | custom_base_image = tools # ours
      |                     ^^^^^
    hint: `custom_base_image = "tools"`; `ocx config set` gets the quotes right by itself
    "#);
}

#[test]
fn a_section_that_there_is_none_of() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "[base]\nimage = \"ruby\"\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx config get memory
    [exit code 78]
    --- stderr
    error: unknown table `base`
     --> [PROJECT]/ocx.toml:1:2
    1 | [base]
      |  ^^^^
    hint: settings stand at the top of the file, in no table; `ocx help settings` has an example of each
    ");
}

#[test]
fn a_mistake_in_json() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.json", "{\n  \"memory\": true,\n  \"cpus\": 2\n}\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run().exits(78);
    output
        .says("ocx.json:2:13\n2 |   \"memory\": true,\n  |             ^^^^\n")
        .done();
    sandbox.write("ocx.json", "{\n  \"cpus\": 2\n  \"memory\": \"2g\"\n}\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run().exits(78);
    output
        .says("ocx.json:3:3\n3 |   \"memory\": \"2g\"\n  |   ^\nhint: JSON has a comma")
        .done();
}

#[test]
fn a_line_that_is_shown_holds_no_secret_and_no_colours() {
    let sandbox = Sandbox::new();
    for text in [
        "env = { TOKEN = hunter2 }",
        "env = { TOKEN = [\"hunter2\"] }",
        "[env]\nTOKEN = hunter2",
        "[evn]\nTOKEN = \"hunter2\"",
        "opencode_registry = \"https://me:hunter2@example.org\"",
    ] {
        sandbox.write("ocx.toml", text);
        let output = sandbox.ocx(["config", "get", "memory"]).run().exits(78);
        assert!(!output.stderr().contains("hunter2"), "{output}");
        output.says("ocx.toml:").done();
    }
    sandbox.write("ocx.toml", "timezone = \"\u{9b}31m\" # \u{202e}\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run().exits(78);
    output
        .says("1 | timezone = \"\\u{9b}31m\" # \\u{202e}\n  |            ^^^^^^^^^^^\n")
        .done();
}

#[test]
fn two_files_in_one_place() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "");
    sandbox.write("ocx.json", "{}");
    let output = sandbox.ocx(["config", "get", "memory"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx config get memory
    [exit code 78]
    --- stderr
    error: both [PROJECT]/ocx.toml and [PROJECT]/ocx.json exist; ocx reads one of them only
    hint: keep [PROJECT]/ocx.toml: take over what only the other one sets, and then `rm [PROJECT]/ocx.json`
    ");
}

#[test]
fn a_project_that_loosens_the_sandbox() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "extra_mounts = [\"/etc:/mnt\"]\n");
    let output = sandbox.ocx(["config", "get", "memory"]).run();
    insta::assert_snapshot!(output.snapshot(), @r#"
    $ ocx config get memory
    [exit code 78]
    --- stderr
    error: setting `extra_mounts` in the project's file [PROJECT]/ocx.toml is `/etc:/mnt:ro`: it belongs to the system, and a project may not decide that
     --> [PROJECT]/ocx.toml:1:16
    1 | extra_mounts = ["/etc:/mnt"]
      |                ^^^^^^^^^^^^^
    hint: if you want that, set it yourself: `extra_mounts` in [CONFIG]/ocx/ocx.toml, the variable OCX_EXTRA_MOUNTS, or `--set extra_mounts=…`
    "#);
}

#[test]
fn what_a_project_may_not_do_a_user_may() {
    let sandbox = Sandbox::new();
    for (key, text) in [
        ("network", "\"host\""),
        ("extra_mounts", "[\"/usr:/mnt\"]"),
        ("env_passthrough", "[\"GITHUB_TOKEN\"]"),
        ("env_file", "[\"/dev/null\"]"),
        ("publish_port", "true"),
        ("add_host_docker_internal", "true"),
        ("opencode_registry", "\"http://127.0.0.1:9/\""),
        ("keep_versions", "1"),
        ("opencode_binary", "\"/bin/true\""),
        ("data_volumes_name", "\"shared\""),
        ("username", "\"root\""),
        ("uid", "0"),
        ("gid", "0"),
        ("opencode_config_dir", "\"/etc\""),
        ("pids_limit", "0"),
        ("shm_size", "\"100m\""),
        ("ulimits", "{ nofile = 65536 }"),
        ("add_hosts", "{ db = \"10.0.0.5\" }"),
        ("dns", "[\"10.0.0.2\"]"),
        ("dns_search", "[\"corp.example\"]"),
        ("devices", "[\"/dev/zero\"]"),
        ("gpus", "\"all\""),
        ("base_build_network", "\"host\""),
        ("path_prepend", "[\"/opt/evil\"]"),
        ("custom_base_dockerfile", "\"../Dockerfile\""),
        ("rgignore_file", "\"/etc/passwd\""),
        ("env", "{ OPENAI_BASE_URL = \"http://x\" }"),
    ] {
        let line = format!("{key} = {text}\n");
        sandbox.write("ocx.toml", &line);
        let output = sandbox.ocx(["build"]).run().exits(78);
        output
            .says(&format!("`{key}` in the project's file"))
            .says("hint: ")
            .done();
        sandbox.write("ocx.toml", "");
        global(&sandbox, &line);
        sandbox.ocx(["config"]).run().success().done();
        global(&sandbox, "");
    }
}

#[test]
fn a_version_stays_a_text() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .ocx(["config", "get", "memory"])
        .env("OCX_OPENCODE_VERSION", "1.20")
        .run();
    insta::assert_snapshot!(output.snapshot(), @r#"
    $ ocx config get memory
    [exit code 78]
    --- stderr
    error: setting `opencode_version` from the variable `OCX_OPENCODE_VERSION`: found `1.20`, expected `latest` or a version of the form `x.y.z`
    hint: for example `opencode_version = "[VERSION]"`; `ocx help settings` has more
    "#);
    let version = value(
        &sandbox,
        "opencode_version",
        &[],
        &[("OCX_OPENCODE_VERSION", "1.18.33")],
    );
    assert_eq!(version, "1.18.33");
}

#[test]
fn an_unknown_variable_is_told() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .ocx(["config"])
        .env("OCX_MEMROY", "2g")
        .run()
        .success();
    output
        .says("warning: the variable `OCX_MEMROY`")
        .says("did you mean `OCX_MEMORY`?")
        .done();
    let output = sandbox
        .ocx(["-q", "config"])
        .env("OCX_MEMROY", "2g")
        .run()
        .success();
    assert_eq!(output.stderr(), "");
}

#[test]
fn secrets_are_not_shown() {
    let sandbox = Sandbox::new();
    global(
        &sandbox,
        "custom_base_dockerfile = \"D\"\ncustom_base_build_args = { ARG = \"hunter2\" }\n[env]\nTOKEN = \"hunter2\"\n",
    );
    for args in [
        &["config"][..],
        &["config", "--json"],
        &["config", "--sources"],
        &["config", "--json", "--sources"],
    ] {
        let output = sandbox.ocx(args.iter().copied()).run().success();
        assert_secret(&output, "hunter2");
        output.prints("TOKEN").done();
    }
    global(&sandbox, "[env]\nTOKEN = [\"hunter2\"]\n");
    let output = sandbox.ocx(["config"]).run().exits(78);
    assert_secret(&output, "hunter2");
    global(&sandbox, "[env]\n\"HO ME\" = \"hunter2\"\n");
    let output = sandbox.ocx(["config"]).run().exits(78);
    assert_secret(&output, "hunter2");
}

#[test]
fn places_that_are_no_project() {
    let sandbox = Sandbox::new();
    for place in [sandbox.home(), "/".into(), "/etc".into()] {
        sandbox
            .ocx(["--workspace", place.as_str(), "status"])
            .run()
            .exits(78)
            .done();
    }
    sandbox
        .ocx(["--workspace", "/nonexistent", "config"])
        .run()
        .exits(78)
        .done();
}

#[test]
fn config_asks_no_engine() {
    let scene = crate::scene::Scene::new();
    scene.sandbox.ocx(["config"]).run().success().done();
    assert!(scene.docker.calls().is_empty());
}

#[test]
fn an_engine_that_there_is_none_of_is_told_where_it_is_read() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "runtime = \"lxc\"\n");
    let output = sandbox.ocx(["config"]).run();
    insta::assert_snapshot!(output.snapshot(), @r#"
    $ ocx config
    [exit code 78]
    --- stderr
    error: setting `runtime`: there is no engine called `lxc`, expected `auto` or one of `docker`, `podman`
     --> [PROJECT]/ocx.toml:1:11
    1 | runtime = "lxc"
      |           ^^^^^
    hint: `auto` takes an engine that is installed, and `ocx doctor` says which are; `--runtime auto` does so once
    "#);
    let once = sandbox.ocx(["--runtime", "docker", "config"]).run();
    once.success().done();
    sandbox.write("ocx.toml", "");
    let flag = sandbox.ocx(["--set", "runtime=lxc", "config"]).run();
    flag.exits(78).says("from the flag `--set runtime`").done();
    let set = sandbox.ocx(["config", "set", "runtime", "lxc"]).run();
    set.exits(78).says("no engine called `lxc`").done();
    assert!(!sandbox.config().join("ocx/ocx.toml").exists());
}

#[test]
fn values_that_nobody_can_mean_are_refused() {
    let sandbox = Sandbox::new();
    for (line, says) in [
        (
            "pids_limit = 1",
            "found `1`, with which no session runs, expected `32` or more, such as `4096`",
        ),
        (
            "memory = \"7m\"",
            "found `7m`, in which no session runs, expected `64m` or more, such as `2g`",
        ),
        (
            "env = { TZ = \"Mars/x\" }",
            "found a time zone for `TZ` that does not exist, expected one such as `Europe/Berlin`",
        ),
    ] {
        sandbox.write("ocx.toml", line);
        let output = sandbox.ocx(["config"]).run().exits(78);
        output.says(says).done();
    }
}

#[test]
fn values_that_are_probably_slips_are_told() {
    let sandbox = Sandbox::new();
    global(&sandbox, "network = \"filterd\"\n");
    let output = sandbox.ocx(["config"]).run().success();
    output
        .says("is `filterd`, which means a network of the engine's; did you mean `filtered`?")
        .done();
    global(&sandbox, "cpus = 60000\n");
    let output = sandbox.ocx(["config"]).run().success();
    output
        .says("setting `cpus` in ")
        .says("processors of this machine")
        .done();
}
