//! `ocx explain`: each flag of a session has a reason, and settings are named with where they were set.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::net::UnixListener,
};

use serde_json::Value;

use crate::scene::{Scene, assert_secret};

/// The pieces of a session's container, each with its words and the settings that decide it.
type Pieces = BTreeMap<String, (String, BTreeSet<String>)>;

fn explained(scene: &Scene, flags: &[&str], env: &[(&str, &str)]) -> Vec<Value> {
    let line = flags.iter().copied().chain(["explain", "--json"]);
    let mut command = scene.sandbox.ocx(line);
    for (name, value) in env {
        command = command.env(name, value);
    }
    let output = command.run().success();
    serde_json::from_str(output.stdout()).unwrap()
}

/// The words of all, one after the other.
fn line(explained: &[Value]) -> String {
    let words = explained.iter().flat_map(words);
    words.collect::<Vec<_>>().join(" ")
}

fn words(one: &Value) -> Vec<String> {
    serde_json::from_value(one["words"].clone()).unwrap()
}

fn pieces(explained: &[Value]) -> Pieces {
    let session = explained
        .iter()
        .find(|one| one["piece"] == "label ocx.session")
        .map(words)
        .unwrap();
    let id = session[1].strip_prefix("ocx.session=").unwrap();
    let mut pieces = Pieces::new();
    for one in explained {
        let piece = one["piece"].as_str().unwrap().to_owned();
        let (all, settings) = pieces.entry(piece).or_default();
        // Each session has another.
        all.push_str(&words(one).join(" ").replace(id, "[SESSION]"));
        let keys = one["settings"].as_array().unwrap();
        settings.extend(keys.iter().map(|of| of["key"].as_str().unwrap().to_owned()));
    }
    pieces
}

#[test]
fn flags_settings_and_where_they_were_set() {
    let scene = Scene::new();
    scene.set_global(
        "custom_base_image = \"team\"\nforbidden_paths = [\".env\"]\nenv = { TOKEN = \"hunter2\" }\n",
    );
    scene.sandbox.write(".env", "hunter3");
    scene.sandbox.write("key.pem", "hunter3");
    scene.sandbox.write(
        "ocx.toml",
        "memory = \"64m\"\nforbidden_paths = [\"*.pem\"]\n",
    );
    scene.warm_up();
    let flags = ["--set", "tmp_size=1m", "--runtime", "docker"];
    let output = scene
        .sandbox
        .ocx(flags.iter().copied().chain(["explain"]))
        .env("OCX_TIMEZONE", "UTC")
        // Its file is called after its content, in which there are paths.
        .env("OCX_AGENT_NOTES", "false")
        .run()
        .success();
    let shown = output.snapshot();
    let of_settings: Vec<String> = shown
        .lines()
        .map(columns)
        .filter(|line| !line.ends_with(" | -"))
        .collect();
    insta::assert_snapshot!(of_settings.join("\n"), @r"
    $ ocx --set tmp_size=1m --runtime docker explain
    [exit code 0]
    --- stdout
    FLAG | BECAUSE OF | SET IN
    docker run | runtime | --runtime
    --pids-limit 4096 | pids_limit | default
    --memory 67108864 | memory | [PROJECT]/ocx.toml
    --network ocx-[UID] | network | default
    --mount 'type=volume,source=[PROJECT ID]target=/ocx/home' | data_volumes_mode | default
    --tmpfs '/tmp:rw,exec,nosuid,nodev,mode=1777,uid=[UID],gid=[GID],size=1048576' | tmp_size | --set tmp_size
    --mount 'type=bind,source=[STATE]/ocx/projects/[PROJECT ID]opencode-data,target=/ocx/home/.local/share/opencode' | data_volumes_mode | default
    --mount 'type=bind,source=[STATE]/ocx/projects/[PROJECT ID]credentials/auth.json,target=/ocx/home/.local/share/opencode/auth.json' | providers | default
    --mount 'type=bind,source=[STATE]/ocx/projects/[PROJECT ID]credentials/mcp-auth.json,target=/ocx/home/.local/share/opencode/mcp-auth.json' | providers | default
    --mount 'type=bind,source=[PROJECT],target=[PROJECT]' | workspace | default
    --mount 'type=bind,source=[CACHE]/ocx/files/empty-file,target=[PROJECT]/.env,readonly' | forbidden_paths | [CONFIG]/ocx/ocx.toml, [PROJECT]/ocx.toml
    --mount 'type=bind,source=[CACHE]/ocx/files/empty-file,target=[PROJECT]/key.pem,readonly' | forbidden_paths | [CONFIG]/ocx/ocx.toml, [PROJECT]/ocx.toml
    --env TOKEN | env | [CONFIG]/ocx/ocx.toml
    --env 'TZ=UTC' | timezone | $OCX_TIMEZONE
    ocx-team:[LOCAL VERSION] | custom_base_image | [CONFIG]/ocx/ocx.toml
    ocx-team:[LOCAL VERSION] | opencode_binary | [CONFIG]/ocx/ocx.toml
    ");
    assert_secret(&output, "hunter");
    // Each begins where its heading does.
    let lines: Vec<&str> = output.stdout().lines().collect();
    let cause = lines[0].find("BECAUSE OF").unwrap();
    assert!(lines[1].starts_with("docker run "), "{}", lines[1]);
    assert!(lines[1][cause..].starts_with("runtime "), "{}", lines[1]);
    // No line needs the one above it.
    assert!(lines.iter().all(|line| !line.starts_with(' ')), "{output}");
    let of_init = |line: &&&str| line.starts_with("--init ");
    assert_eq!(lines.iter().filter(of_init).count(), 2, "{output}");
    output.prints("what the engine can do").done();
}

/// A line without what is another on each machine, or in each run.
fn columns(line: &str) -> String {
    let columns = line.split("  ").map(str::trim);
    let columns: Vec<&str> = columns.filter(|column| !column.is_empty()).collect();
    let line = columns.join(" | ");
    let words = line.split_inclusive(['/', ',', '=', ' ']);
    words
        .map(|word| match word.strip_prefix("ocx-") {
            Some(uid) if uid.bytes().all(|byte| byte.is_ascii_digit()) => "ocx-[UID]",
            Some(uid) if uid.trim_end().bytes().all(|byte| byte.is_ascii_digit()) => "ocx-[UID] ",
            _ if word.starts_with("project-") => "[PROJECT ID]",
            Some(rest) if rest.starts_with("project-") => "[PROJECT ID]",
            _ => word,
        })
        .collect()
}

#[test]
fn what_is_explained_is_what_is_run() {
    let scene = Scene::new();
    scene.warm_up();
    let explained = explained(&scene, &[], &[]);
    scene.assert_nothing_changed();
    let planned = scene.sandbox.ocx(["--dry-run", "opencode"]).run().success();
    let planned = shell_words(planned.stdout().trim());
    let run = line(&explained);
    assert_eq!(run.split(' ').count(), planned.len(), "{run}\n{planned:?}");
    for (one, other) in run.split(' ').zip(&planned) {
        // The ID of the session is in some of them.
        let same = |text: &str| text.chars().count();
        assert_eq!(same(one), same(other), "{one} {other}");
    }
}

/// No word of these sessions has a space in it.
fn shell_words(line: &str) -> Vec<String> {
    line.split(' ')
        .map(|word| word.trim_matches('\'').to_owned())
        .collect()
}

#[test]
fn each_flag_has_a_reason() {
    let scene = Scene::new();
    scene
        .sandbox
        .write("opencode.json", "{ \"plugin\": [\"x\"] }");
    for set in [
        &["--set", "read_only=true"][..],
        &["--set", "pids_limit=0"],
        &[],
    ] {
        let explained = explained(&scene, set, &[("OPENAI_API_KEY", "hunter2")]);
        assert!(explained.len() > 30, "{explained:#?}");
        for one in &explained {
            let count = |of: &str| one[of].as_array().unwrap().len();
            assert!(count("settings") + count("reasons") > 0, "{one:#}");
            let text = one.to_string();
            assert!(!text.contains("hunter"), "{text}");
        }
    }
}

/// A change of a setting, on top of others.
struct Change {
    key: &'static str,
    value: String,
    with: &'static [&'static str],
}

/// What each setting changes in a session's flags says that this setting decides it. For a new setting
/// this list grows, or the one of those that no flag tells of.
#[test]
fn what_a_setting_changes_names_it() {
    let scene = Scene::new();
    scene.docker.add_image("other", &[]);
    scene.sandbox.write("tmp/x", "");
    scene.sandbox.write(".env", "");
    scene
        .sandbox
        .write(scene.sandbox.root().join("vars"), "OF_FILE=1\n");
    for file in ["rgignore", "data"] {
        scene.sandbox.write(scene.sandbox.root().join(file), "");
    }
    let agent = scene.sandbox.root().join("agent.sock");
    let _agent = UnixListener::bind(&agent).unwrap();
    git(&scene);
    let path = |name: &str| scene.sandbox.root().join(name).into_string();
    let change = |key, value: &str| Change {
        key,
        value: value.to_owned(),
        with: &[],
    };
    let changes = [
        change("custom_base_image", "other"),
        change("container_name", "mine"),
        change("memory", "64m"),
        change("memory", "0"),
        change("cpus", "0.5"),
        change("pids_limit", "77"),
        change("pids_limit", "0"),
        change("tmp_size", "1m"),
        change("tmp_size", "0"),
        change("workspace_tmp_size", "1m"),
        change("shm_size", "1m"),
        change("ulimits", "{ nofile = 1024 }"),
        change("network", "none"),
        change("network", "host"),
        change("network", "team"),
        change("network", "filtered"),
        change("network", "ask"),
        change("host_ports", "[11434]"),
        Change {
            with: &["--set", "network=filtered"],
            ..change("host_ports", "[11434, 3128]")
        },
        change("add_host_docker_internal", "true"),
        change("add_hosts", "{ db = \"10.0.0.5\" }"),
        change("dns", "10.0.0.2"),
        change("dns_search", "corp.example"),
        change("devices", "/dev/zero:r"),
        change("gpus", "all"),
        change("username", "somebody"),
        change("uid", "4321"),
        change("gid", "4321"),
        change("rgignore_file", &path("rgignore")),
        change("env", "{ A = \"b\" }"),
        change("env", "{ TMPDIR = \"/var/tmp\" }"),
        change("env_passthrough", "[\"MINE\"]"),
        change("env_file", &path("vars")),
        change("ssh_agent", "true"),
        change("providers", "[]"),
        change("keys", "outside"),
        change("data_volumes_mode", "never"),
        change("data_volumes_name", "mine"),
        change("agent_notes", "false"),
        change("path_prepend", "[\"/opt/bin\"]"),
        change("private_paths", "[\"node_modules\"]"),
        change("cache_paths", "common"),
        change("read_only", "true"),
        change("workspace", "clone"),
        change("forbidden_paths", "[\".env\"]"),
        change("extra_mounts", &format!("[\"{}:/data\"]", path("data"))),
        change("timezone", "Europe/Berlin"),
    ];
    // In this scene; what they decide where they do is tested beside the plan.
    let told_by_no_flag = [
        "base_build_network",
        "base_pull",
        "clone_include",
        "custom_base_build_args",
        "custom_base_context",
        "custom_base_devcontainer",
        "custom_base_dockerfile",
        "custom_base_target",
        "entrypoint",
        "keep_groups",
        "keep_versions",
        "network_allow",
        "network_deny",
        "opencode_binary",
        "opencode_config_dir",
        "opencode_registry",
        "opencode_version",
        "port",
        "ports",
        "publish_port",
        "runtime",
    ];
    // What is shorter than a key counts as none.
    let env = [
        ("OPENAI_API_KEY", "hunter2-hunter2"),
        ("MINE", "hunter2"),
        ("SSH_AUTH_SOCK", agent.as_str()),
    ];
    let mut seen: BTreeSet<&str> = told_by_no_flag.into();
    let mut without: BTreeMap<&[&str], Pieces> = BTreeMap::new();
    for Change { key, value, with } in &changes {
        let before = without
            .entry(with)
            .or_insert_with(|| pieces(&explained(&scene, with, &env)));
        let set = format!("{key}={value}");
        let flags: Vec<&str> = with.iter().copied().chain(["--set", &set]).collect();
        let after = pieces(&explained(&scene, &flags, &env));
        let differs = |piece: &&String| {
            let words = |of: &Pieces| of.get(*piece).map(|(words, _)| words.clone());
            words(before) != words(&after)
        };
        let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed: Vec<&String> = all.into_iter().filter(differs).collect();
        assert!(!changed.is_empty(), "{set} changes nothing");
        for piece in changed {
            let names = |of: &Pieces| of.get(piece).is_some_and(|(_, keys)| keys.contains(*key));
            assert!(
                names(before) || names(&after),
                "{set} changes {piece}: {:?} {:?}",
                before.get(piece),
                after.get(piece)
            );
        }
        seen.insert(key);
    }
    let config = scene.sandbox.ocx(["config", "--json"]).run().success();
    let keys: BTreeMap<String, Value> = serde_json::from_str(config.stdout()).unwrap();
    let keys: BTreeSet<&str> = keys.keys().map(String::as_str).collect();
    assert_eq!(seen, keys);
}

fn git(scene: &Scene) {
    for args in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["config", "user.name", "T"],
        &["config", "user.email", "t@example.org"],
        &["add", "tmp"],
        &["commit", "--quiet", "--message", "first"],
    ] {
        let args = args.iter().copied();
        scene.sandbox.command("git", args).run().success().done();
    }
}

#[test]
fn without_a_base_it_says_how_far_it_got() {
    let scene = Scene::with_dockerfile();
    let output = scene.sandbox.ocx(["explain"]).run().success();
    assert_eq!(output.stdout(), "");
    output.says("depends on a base image").done();
    scene.assert_nothing_changed();
}
