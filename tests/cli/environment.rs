//! What of the host and the settings reaches the container.

use camino::Utf8Path;
use ocx_tests::fake_engine::{Call, Rule};

use crate::scene::{Scene, assert_secret};

/// A value in the container's environment, as the command line gives it.
fn plain<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    call.values("--env")
        .into_iter()
        .find_map(|given| given.strip_prefix(name)?.strip_prefix('='))
}

/// A value that reaches the container, and that the command line does not show.
#[track_caller]
fn assert_hidden(call: &Call, name: &str, value: &str) {
    let found = call.variables.get(name).map(String::as_str);
    assert_eq!(found, Some(value), "{name}: {}", call.line());
    assert!(!call.line().contains(value), "{}", call.line());
    // What the client obeys is the user's own.
    if let Some(of_client) = call.env.get(name)
        && of_client == value
    {
        assert!(call.values("--env").contains(&name), "{}", call.line());
    }
}

fn session(scene: &Scene, env: &[(&str, &str)]) -> Call {
    scene.docker.forget_calls();
    let mut command = scene.sandbox.ocx(["o", "run"]);
    for (name, value) in env {
        command = command.env(name, value);
    }
    command.run().success().done();
    scene.session_call()
}

#[test]
fn keys_of_models_pass_by_name_and_others_do_not() {
    let scene = Scene::new();
    let call = session(
        &scene,
        &[
            ("ANTHROPIC_API_KEY", "hunter2"),
            ("OPENAI_API_KEY", "hunter3"),
            ("GITHUB_TOKEN", "hunter4"),
            ("AWS_SECRET_ACCESS_KEY", "hunter5"),
            ("SSH_AUTH_SOCK", "/run/agent"),
        ],
    );
    assert_hidden(&call, "ANTHROPIC_API_KEY", "hunter2");
    assert_hidden(&call, "OPENAI_API_KEY", "hunter3");
    for absent in ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK"] {
        assert!(!call.line().contains(absent), "{}", call.line());
    }
}

#[test]
fn keys_are_those_of_the_providers_that_the_users_configuration_chooses() {
    let keys = [
        ("ANTHROPIC_API_KEY", "hunter2"),
        ("OPENAI_API_KEY", "hunter3"),
    ];
    let scene = Scene::new();
    let path = scene.sandbox.config().join("opencode/opencode.jsonc");
    let text = "{ \"model\": \"openai/gpt\", // of the user\n}";
    scene.sandbox.write(path, text);
    // A project chooses for itself, which gives it nothing.
    let text = "{ \"model\": \"anthropic/claude\" }";
    scene.sandbox.write("opencode.json", text);
    let call = session(&scene, &keys);
    assert_hidden(&call, "OPENAI_API_KEY", "hunter3");
    assert!(!call.line().contains("ANTHROPIC"), "{}", call.line());

    scene.set_global("custom_base_image = \"team\"\nproviders = \"all\"\n");
    let call = session(&scene, &keys);
    assert_hidden(&call, "ANTHROPIC_API_KEY", "hunter2");
    scene.set_global("custom_base_image = \"team\"\nproviders = [\"anthropic\"]\n");
    let call = session(&scene, &keys);
    assert_hidden(&call, "ANTHROPIC_API_KEY", "hunter2");
    assert!(!call.line().contains("OPENAI"), "{}", call.line());
}

#[test]
fn logins_of_other_providers_stay_outside_and_that_is_told_once() {
    let scene = Scene::new();
    let path = scene.sandbox.config().join("opencode/opencode.json");
    let text = "{ \"model\": \"openai/gpt\", \"mcp\": { \"linear\": {} } }";
    scene.sandbox.write(path, text);
    let data = scene.sandbox.data().join("opencode");
    let text = r#"{"openai": {"type": "api", "key": "hunter2"}, "xai": {"type": "api", "key": "hunter3"}}"#;
    scene.sandbox.write(data.join("auth.json"), text);
    let text = r#"{"linear": {"tokens": {"accessToken": "t"}}, "jira": {"tokens": {"accessToken": "hunter4"}}}"#;
    scene.sandbox.write(data.join("mcp-auth.json"), text);
    let told = "ocx: sessions of this project do not get your logins for xai, jira, which your opencode configuration does not choose; the setting `providers` decides\n";
    let first = scene.sandbox.ocx(["o", "run"]).run().success();
    first.says(told).done();
    scene.docker.forget_calls();
    let second = scene.sandbox.ocx(["o", "run"]).run().success();
    assert!(!second.stderr().contains("logins"), "{second}");
    let mounts = scene.session_call();
    let mounts = mounts.values("--mount");
    let mounted = |name: &str| {
        let target = format!("target=/ocx/home/.local/share/opencode/{name}");
        let mount = mounts.iter().find(|mount| mount.ends_with(&target));
        let mount = mount.unwrap_or_else(|| panic!("{name}: {mounts:?}"));
        let source = mount.split_once("source=").expect("it is a bind mount").1;
        scene
            .sandbox
            .read(source.split(',').next().expect("a path"))
    };
    assert!(mounted("auth.json").contains("hunter2") && !mounted("auth.json").contains("hunter3"));
    assert!(
        mounted("mcp-auth.json").contains("linear") && !mounted("mcp-auth.json").contains("jira")
    );
}

#[test]
fn more_pass_on_request() {
    let scene = Scene::new();
    scene.set_global(
        "custom_base_image = \"team\"\nenv_passthrough = [\"GITHUB_TOKEN\", \"UNSET\"]\n",
    );
    let call = session(&scene, &[("GITHUB_TOKEN", "hunter2")]);
    assert_hidden(&call, "GITHUB_TOKEN", "hunter2");
    assert!(!call.values("--env").contains(&"UNSET"));
}

#[test]
fn proxies_and_the_terminal_pass() {
    let scene = Scene::new();
    let call = session(
        &scene,
        &[
            ("HTTPS_PROXY", "http://me:hunter2@proxy:3128"),
            ("no_proxy", "internal"),
            ("COLORTERM", "truecolor"),
            ("NO_COLOR", "1"),
        ],
    );
    assert_hidden(&call, "HTTPS_PROXY", "http://me:hunter2@proxy:3128");
    assert_hidden(&call, "no_proxy", "internal");
    assert_eq!(plain(&call, "TERM"), Some("xterm-256color"));
    assert_eq!(plain(&call, "COLORTERM"), Some("truecolor"));
    assert_eq!(plain(&call, "NO_COLOR"), Some("1"));
}

#[test]
fn what_the_users_git_does_and_a_sessions_cannot_is_told_once() {
    let scene = Scene::new();
    scene.sandbox.write(
        scene.sandbox.home().join(".gitconfig"),
        "[commit]\ngpgSign = true\n[core]\nhooksPath = ~/hooks\n\
         [filter \"nbstripout\"]\nclean = nbstripout\n[fetch]\nprune = true\n\
         [url \"https://ann:hunter2@mirror.example/\"]\ninsteadOf = https://x.example/\n",
    );
    let init = ["init", "--quiet"];
    scene.sandbox.command("git", init).run().success().done();
    let unsigned = "warning: what is committed in sessions of this project is not signed, since your key stays outside; `git rebase --exec 'git commit --amend --no-edit --gpg-sign' BRANCH` signs what follows BRANCH afterwards\n";
    let programs = "warning: Git in sessions of this project does without programs that your own Git runs: `core.hooksPath`, `filter.nbstripout`\n";
    let first = scene.sandbox.ocx(["o", "run"]).run().success();
    assert_secret(&first, "hunter2");
    first.says(unsigned).says(programs).done();
    let second = scene.sandbox.ocx(["o", "run"]).run().success();
    assert!(!second.stderr().contains("your"), "{second}");
    let call = session(&scene, &[]);
    assert!(!call.line().contains("hunter2"), "{}", call.line());
    let settings = call.values("--env").into_iter();
    let settings: Vec<&str> = settings
        .filter(|given| given.starts_with("GIT_CONFIG_"))
        .collect();
    for given in [
        "GIT_CONFIG_COUNT=3",
        "GIT_CONFIG_KEY_1=fetch.prune",
        "GIT_CONFIG_VALUE_1=true",
        "GIT_CONFIG_KEY_2=commit.gpgSign",
        "GIT_CONFIG_VALUE_2=false",
    ] {
        assert!(settings.contains(&given), "{settings:?}");
    }
}

#[test]
fn what_ocx_sets_itself() {
    let scene = Scene::new();
    scene.sandbox.write(
        scene.sandbox.home().join(".gitconfig"),
        "[user]\nname = Ada Lovelace\nemail = ada@example.org\n",
    );
    let call = session(&scene, &[]);
    assert_eq!(plain(&call, "HOME"), Some("/ocx/home"));
    assert_eq!(plain(&call, "XDG_CONFIG_HOME"), Some("/ocx/home/.config"));
    assert_eq!(plain(&call, "OPENCODE_DISABLE_AUTOUPDATE"), Some("1"));
    let count: usize = plain(&call, "GIT_CONFIG_COUNT").unwrap().parse().unwrap();
    let git: Vec<(&str, &str)> = (0..count)
        .map(|number| {
            (
                plain(&call, &format!("GIT_CONFIG_KEY_{number}")).unwrap(),
                plain(&call, &format!("GIT_CONFIG_VALUE_{number}")).unwrap(),
            )
        })
        .collect();
    assert_eq!(
        git,
        [
            ("safe.directory", scene.sandbox.project().as_str()),
            ("user.name", "Ada Lovelace"),
            ("user.email", "ada@example.org"),
        ]
    );
}

#[test]
fn the_time_zone() {
    let scene = Scene::new();
    scene.set_global("custom_base_image = \"team\"\ntimezone = \"Europe/Berlin\"\n");
    assert_eq!(plain(&session(&scene, &[]), "TZ"), Some("Europe/Berlin"));
}

#[test]
fn a_file_of_variables() {
    let scene = Scene::new();
    let file = scene.sandbox.root().join("vars");
    scene.set_global(&format!(
        "custom_base_image = \"team\"\nenv_file = \"{file}\"\n"
    ));
    scene.sandbox.write(
        &file,
        "# a comment\nexport A='one two'\nB=\"x\\ny\"\nA_HOST=$HOME\n",
    );
    let call = session(&scene, &[]);
    assert_hidden(&call, "A", "one two");
    assert_hidden(&call, "B", "x\ny");
    // Engines take no line break from a file.
    assert!(call.env.contains_key("B") && !call.env.contains_key("A"));
    assert_hidden(&call, "A_HOST", "$HOME");

    for bad in [
        "hunter2",
        "*",
        "A=1\nB='hunter2",
        "A=1\n\n1B=hunter2",
        "A=\"hunter2\" more",
    ] {
        scene.sandbox.write(&file, bad);
        scene.docker.forget_calls();
        let output = scene.sandbox.ocx(["o", "run"]).run().exits(78);
        assert_secret(&output, "hunter2");
        let line = if bad.starts_with("A=1\n\n") {
            3
        } else if bad.starts_with("A=1") {
            2
        } else {
            1
        };
        output
            .says(file.as_str())
            .says(&format!("line {line}"))
            .done();
        assert!(scene.docker.calls_of(&["run"]).is_empty());
    }
    std::fs::remove_file(&file).unwrap();
    scene
        .sandbox
        .ocx(["o", "run"])
        .run()
        .exits(78)
        .says(file.as_str())
        .done();
}

#[test]
fn values_of_env_are_hidden() {
    let scene = Scene::new();
    scene.set_global(
        "custom_base_image = \"team\"\n[env]\nTOKEN = \"hunter2\"\nQUOTED = \" it's \\\"$X\\\" # \"\nEMPTY = \"\"\n",
    );
    let call = session(&scene, &[]);
    assert_hidden(&call, "TOKEN", "hunter2");
    assert_hidden(&call, "QUOTED", " it's \"$X\" # ");
    assert_eq!(call.variables["EMPTY"], "");
    // In the trial of a new image as well.
    for call in scene.docker.calls() {
        assert!(!call.line().contains("hunter2"), "{}", call.line());
    }
    // The file is the user's own, and goes with the session.
    let file = Utf8Path::new(call.values("--env-file")[0]);
    assert!(file.starts_with(scene.sandbox.cache()), "{file}");
    assert!(!file.exists());
    // An engine that fails prints no value either.
    scene.docker.forget_calls();
    for args in [
        &["--dry-run", "o", "run"][..],
        &["--verbose", "o", "run"],
        &["--verbose", "build", "--force"],
        &["config"],
    ] {
        let output = scene.sandbox.ocx(args.iter().copied()).run();
        assert_secret(&output, "hunter2");
        output.success().done();
    }
}

#[test]
fn an_engine_that_fails_shows_no_value() {
    let mut scene = Scene::new();
    scene.set_global("custom_base_image = \"team\"\nenv = { TOKEN = \"hunter2\" }\n");
    scene.warm_up();
    scene
        .docker
        .rule(Rule::on(&["run"]).stderr("no such thing\n").exit(125));
    let output = scene.sandbox.ocx(["o", "run"]).run().exits(76);
    assert_secret(&output, "hunter2");
    output.says("no such thing").done();
}

/// A project may set what harms nobody in its own container, and it must not reach the client.
#[test]
fn no_variable_of_a_project_steers_the_engines_client() {
    let names = [
        "DOCKER_HOST",
        "DOCKER_CONFIG",
        "DOCKER_CONTEXT",
        "CONTAINERS_CONF",
        "CONTAINER_HOST",
        "BASH_ENV",
        "ENV",
        "GODEBUG",
        "TMPDIR",
        "GCONV_PATH",
        "SSH_AUTH_SOCK",
    ];
    let scene = Scene::new();
    let lines: Vec<String> = names
        .iter()
        .map(|name| format!("{name} = \"/of/the/project\"\n"))
        .collect();
    scene
        .sandbox
        .write("ocx.toml", format!("[env]\n{}", lines.concat()));
    scene.set_global("custom_base_image = \"team\"\n");
    let file = scene.sandbox.root().join("vars");
    let call = session(&scene, &[("DOCKER_HOST", "unix:///run/other.sock")]);
    for name in names {
        assert_hidden(&call, name, "/of/the/project");
        let of_client = call.env.get(name).map(String::as_str);
        assert_ne!(of_client, Some("/of/the/project"), "{name}");
    }
    assert_eq!(call.env["DOCKER_HOST"], "unix:///run/other.sock");

    // Nor does one of the user's own, whatever the way.
    scene.sandbox.write("ocx.toml", "");
    scene.set_global(&format!(
        "custom_base_image = \"team\"\nenv_file = \"{file}\"\nenv = {{ HTTPS_PROXY = \"http://me:hunter2@proxy\" }}\n"
    ));
    scene
        .sandbox
        .write(&file, "LD_PRELOAD=/evil.so\nDOCKER_HOST=tcp://elsewhere\n");
    let call = session(&scene, &[("HTTPS_PROXY", "http://of-the-host")]);
    assert_hidden(&call, "LD_PRELOAD", "/evil.so");
    assert_hidden(&call, "DOCKER_HOST", "tcp://elsewhere");
    assert_hidden(&call, "HTTPS_PROXY", "http://me:hunter2@proxy");
    assert!(!call.env.contains_key("LD_PRELOAD"));
    assert_ne!(call.env["DOCKER_HOST"], "tcp://elsewhere");
    assert_eq!(call.env["HTTPS_PROXY"], "http://of-the-host");

    // What no line holds would have to go through the client's environment.
    scene.sandbox.write(&file, "LD_PRELOAD='/evil.so\n'\n");
    let output = scene.sandbox.ocx(["o", "run"]).run().exits(78);
    output.says("LD_PRELOAD").done();
}

#[test]
fn reserved_names_are_refused() {
    let scene = Scene::new();
    for name in [
        "HOME",
        "USER",
        "PATH",
        "XDG_DATA_HOME",
        "GIT_CONFIG_COUNT",
        "OCX_X",
        "OPENCODE_SERVER_PASSWORD",
    ] {
        scene.set_global(&format!("[env]\n{name} = \"hunter2\"\n"));
        let output = scene.sandbox.ocx(["config"]).run().exits(78);
        assert_secret(&output, "hunter2");
        output.says(name).done();
    }
}

#[test]
fn a_file_of_variables_cannot_replace_what_ocx_sets() {
    let scene = Scene::new();
    let file = scene.sandbox.root().join("vars");
    scene.set_global(&format!(
        "custom_base_image = \"team\"\nenv_file = \"{file}\"\n"
    ));
    scene.sandbox.write(&file, "HOME=/elsewhere\n");
    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["o", "run"]).run();
    if output.code() == Some(0) {
        assert_eq!(plain(&scene.session_call(), "HOME"), Some("/ocx/home"));
    } else {
        output.exits(78).says("HOME").done();
    }
}

/// A setting and what it puts into the engine's `run`.
#[test]
fn settings_as_flags() {
    let scene = Scene::new();
    let mounted = scene.sandbox.root().join("more");
    scene.sandbox.make_directory(&mounted);
    scene.sandbox.write(".env", "A=1\n");
    scene.sandbox.write("secret/key", "x");
    scene.sandbox.write("tmp/x", "x");
    scene.sandbox.write("ignore", "*.log\n");
    let project = scene.sandbox.project();
    let mount = |text: String| vec!["--mount".to_owned(), text];
    let pair = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
    let account = scene.sandbox.account();
    let (uid, gid) = (account.uid, account.gid);
    let tmpfs = format!("rw,exec,nosuid,nodev,mode=1777,uid={uid},gid={gid}");
    for (setting, expected) in [
        ("read_only = true", vec!["--read-only".to_owned()]),
        (
            "read_only = true\ntmp_size = \"1g\"",
            pair("--tmpfs", &format!("/run:{tmpfs},size=1073741824")),
        ),
        ("memory = \"2g\"", pair("--memory", "2147483648")),
        ("cpus = 1.5", pair("--cpus", "1.5")),
        ("pids_limit = 100", pair("--pids-limit", "100")),
        ("", pair("--pids-limit", "4096")),
        ("network = \"none\"", pair("--network", "none")),
        ("network = \"host\"", pair("--network", "host")),
        ("network = \"mine\"", pair("--network", "mine")),
        (
            "add_host_docker_internal = true",
            pair("--add-host", "host.docker.internal:host-gateway"),
        ),
        (
            "tmp_size = \"1g\"",
            pair("--tmpfs", &format!("/tmp:{tmpfs},size=1073741824")),
        ),
        (
            "workspace_tmp_size = \"1m\"",
            pair("--tmpfs", &format!("{project}/tmp:{tmpfs},size=1048576")),
        ),
        ("shm_size = \"1m\"", pair("--shm-size", "1048576")),
        (
            "ulimits = { nofile = 1024, core = \"0:unlimited\" }",
            [
                pair("--ulimit", "core=0:-1"),
                pair("--ulimit", "nofile=1024:1024"),
            ]
            .concat(),
        ),
        (
            "add_hosts = { \"DB.local\" = \"10.0.0.5\", here = \"host-gateway\" }",
            [
                pair("--add-host", "db.local:10.0.0.5"),
                pair("--add-host", "here:host-gateway"),
            ]
            .concat(),
        ),
        (
            "dns = [\"10.0.0.2\"]\ndns_search = [\"corp.example\"]",
            [
                pair("--dns", "10.0.0.2"),
                pair("--dns-search", "corp.example"),
            ]
            .concat(),
        ),
        (
            "devices = [\"/dev/zero\", \"/dev/zero:/dev/other:r\"]",
            [
                pair("--device", "/dev/zero:/dev/zero:rw"),
                pair("--device", "/dev/zero:/dev/other:r"),
            ]
            .concat(),
        ),
        ("gpus = \"all\"", pair("--gpus", "all")),
        ("username = \"dev\"", pair("--env", "USER=dev")),
        ("timezone = \"UTC\"", pair("--env", "TZ=UTC")),
        ("uid = 0\ngid = 0", pair("--user", "0:0")),
        (
            &format!("extra_mounts = [\"{mounted}:/mnt/more\"]"),
            mount(format!(
                "type=bind,source={mounted},target=/mnt/more,readonly"
            )),
        ),
        (
            &format!("extra_mounts = [\"{mounted}:/mnt/more:rw\"]"),
            mount(format!("type=bind,source={mounted},target=/mnt/more")),
        ),
        (
            &format!("rgignore_file = \"{project}/ignore\""),
            mount(format!(
                "type=bind,source={project}/ignore,target={}/.rgignore,readonly",
                scene.sandbox.root()
            )),
        ),
        (
            "data_volumes_name = \"shared\"",
            mount("type=volume,source=shared-1,target=/ocx/home".to_owned()),
        ),
        (
            "data_volumes_mode = \"never\"",
            mount("type=volume,target=/ocx/home".to_owned()),
        ),
        ("", pair("--workdir", project.as_str())),
        (
            "",
            mount(format!("type=bind,source={project},target={project}")),
        ),
        ("", pair("--cap-drop", "ALL")),
        ("", pair("--security-opt", "no-new-privileges")),
        ("", vec!["--init".to_owned()]),
        ("", pair("--pull", "never")),
    ] {
        scene.set_global(&format!("custom_base_image = \"team\"\n{setting}\n"));
        let call = session(&scene, &[]);
        assert!(
            call.args
                .windows(expected.len())
                .any(|args| args == expected),
            "{setting}: {expected:?} is not in {:#?}",
            call.args
        );
    }
    scene.set_global("custom_base_image = \"team\"\npids_limit = 0\ncontainer_name = \"mine\"\n");
    let call = session(&scene, &[]);
    assert!(!call.has("--pids-limit"));
    assert!(call.values("--name")[0].starts_with("mine-"));
}

#[test]
fn forbidden_paths_are_covered() {
    let scene = Scene::new();
    scene.sandbox.write(".env", "A=1\n");
    scene.sandbox.write("secret/key", "x");
    scene.set_global(
        "custom_base_image = \"team\"\nforbidden_paths = [\".env\", \"secret\", \"none\"]\n",
    );
    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["o", "run"]).run().success();
    output.says("forbidden but not there").done();
    let call = scene.session_call();
    let project = scene.sandbox.project();
    for path in [".env", "secret"] {
        let cover = call
            .values("--mount")
            .into_iter()
            .find(|mount| mount.ends_with(&format!(",target={project}/{path},readonly")));
        let cover = cover.unwrap_or_else(|| panic!("{path}: {:#?}", call.args));
        assert!(cover.contains(".covers/files/empty-"), "{cover}");
    }
    assert!(!project.join("none").exists());
}

/// A mount over a file keeps Git from checking out another branch.
#[test]
fn nothing_is_mounted_over_the_projects_settings_and_dockerfile() {
    let scene = Scene::with_dockerfile();
    let call = session(&scene, &[]);
    let project = scene.sandbox.project();
    let within = format!("target={project}/");
    let mounts = call.values("--mount");
    assert!(mounts.iter().any(|mount| mount.contains(project.as_str())));
    let covered = mounts.iter().find(|mount| mount.contains(&within));
    assert_eq!(covered, None, "{:#?}", call.args);
}

#[test]
fn a_home_for_repositories_only() {
    let scene = Scene::new();
    scene.set_global("custom_base_image = \"team\"\ndata_volumes_mode = \"git\"\n");
    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["o", "run"]).run().success();
    output.says("nothing of this session is kept").done();
    let ephemeral = "type=volume,target=/ocx/home";
    assert!(scene.session_call().values("--mount").contains(&ephemeral));
    assert!(scene.docker.calls_of(&["volume"]).is_empty());

    git(&scene, &["init", "--quiet"]);
    let call = session(&scene, &[]);
    assert!(!call.values("--mount").contains(&ephemeral));
    assert_eq!(scene.docker.calls_of(&["volume", "create"]).len(), 1);
}

#[test]
fn a_linked_worktree_brings_its_repository() {
    let scene = Scene::new();
    git(&scene, &["init", "--quiet"]);
    git(
        &scene,
        &[
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@x",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "x",
        ],
    );
    let tree = scene.sandbox.root().join("tree");
    scene.sandbox.make_directory(&tree);
    git(&scene, &["worktree", "add", "--quiet", tree.as_str()]);
    scene.docker.forget_calls();
    scene
        .sandbox
        .ocx(["o", "run"])
        .in_dir(&tree)
        .run()
        .success()
        .done();
    let call = scene.session_call();
    let common = scene.sandbox.project().join(".git");
    for path in [&tree, &common] {
        let mount = format!("type=bind,source={path},target={path}");
        assert!(
            call.values("--mount").contains(&mount.as_str()),
            "{:#?}",
            call.args
        );
    }
    assert_eq!(call.values("--workdir"), [tree.as_str()]);
}

#[test]
fn a_session_below_the_project_starts_there() {
    let scene = Scene::new();
    scene.sandbox.write("ocx.toml", "");
    scene.sandbox.write("deep/down/file", "");
    scene.docker.forget_calls();
    scene
        .sandbox
        .ocx(["o", "run"])
        .in_dir("deep/down")
        .run()
        .success()
        .done();
    let call = scene.session_call();
    let project = scene.sandbox.project();
    assert_eq!(
        call.values("--workdir"),
        [project.join("deep/down").as_str()]
    );
    let mount = format!("type=bind,source={project},target={project}");
    assert!(call.values("--mount").contains(&mount.as_str()));
}

#[test]
fn a_server_gets_a_password() {
    let scene = Scene::new();
    scene.warm_up();
    let call = scene.session(&["o", "serve"]);
    let password = call.variables["OPENCODE_SERVER_PASSWORD"].clone();
    assert_hidden(&call, "OPENCODE_SERVER_PASSWORD", &password);
    assert!(password.len() >= 32);
    let again = scene.session(&["o", "web"]);
    assert_eq!(again.variables["OPENCODE_SERVER_PASSWORD"], password);
    let other = scene.session(&["o", "run", "serve"]);
    assert!(!other.line().contains("OPENCODE_SERVER_PASSWORD"));
}

#[test]
fn a_terminal_and_an_input_only_if_there_are_such() {
    let scene = Scene::new();
    scene.warm_up();
    // An input that ends before the container has begun may never end in there.
    let call = scene.session(&["o", "run"]);
    assert!(!call.has("--interactive") && !call.has("--tty"));
    scene.docker.forget_calls();
    let piped = scene.sandbox.ocx(["o", "run"]).stdin("a task");
    piped.run().success().done();
    let call = scene.session_call();
    assert!(call.has("--interactive") && !call.has("--tty"));
    scene.docker.forget_calls();
    let mut terminal = scene.sandbox.ocx(["o", "run"]).in_terminal();
    assert!(terminal.wait(std::time::Duration::from_secs(20)).success());
    let call = scene.session_call();
    assert!(call.has("--interactive") && call.has("--tty"));
    assert_eq!(call.values("--detach-keys"), ["ctrl-@,ctrl-@"]);
}

#[track_caller]
fn git(scene: &Scene, args: &[&str]) {
    scene
        .sandbox
        .command("git", args.iter().copied())
        .run()
        .success()
        .done();
}
