//! What `--json` prints has the form that is promised in `docs/json`, for each command that has it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use ocx_tests::{fake_engine::Rule, output::Output, sandbox::Sandbox};
use serde_json::{Value, json};

use crate::{clone, inside, network, ports, scene::Scene};

/// What the page promises of a command.
#[derive(Clone, Debug)]
enum Promise {
    /// A schema in `docs/json`, for all that is printed.
    Schema(String),
    /// The same for each line.
    Lines(String),
    /// The schema of the settings.
    Settings,
    /// A value in that.
    OneSetting,
}

/// The table of the page: what is typed without `ocx` and `--json`, and the promise.
fn promises() -> BTreeMap<String, Promise> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/json.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let rows = page.lines().filter_map(|line| {
        let (command, promise) = line.strip_prefix("| `ocx ")?.split_once("` | ")?;
        Some((command, promise.strip_suffix(" |")?))
    });
    rows.map(|(command, promise)| {
        let typed = command.strip_suffix("--json").expect(command).trim_end();
        let name = promise.strip_prefix('[').and_then(|rest| {
            let (name, rest) = rest.split_once("](json/")?;
            Some((name.to_owned(), rest.split_once(')')?.1))
        });
        let promise = match (name, promise) {
            (Some((name, "")), _) => Promise::Schema(name),
            (Some((name, ", an object a line")), _) => Promise::Lines(name),
            (None, "what `ocx config schema` prints") => Promise::Settings,
            (None, "one value of what `ocx config schema` prints") => Promise::OneSetting,
            other => panic!("{other:?}"),
        };
        (typed.to_owned(), promise)
    })
    .collect()
}

/// Checks answers by what the page promises, and remembers of which commands.
struct Checker {
    promises: BTreeMap<String, Promise>,
    checked: BTreeSet<String>,
}

impl Checker {
    /// Runs a line of ocx, and checks what it prints by the row of the page that it begins with.
    #[track_caller]
    fn check(&mut self, scene: &Scene, args: &[&str]) -> Value {
        let line = args.join(" ");
        let row = self.promises.keys().rfind(|row| {
            let rest = line.strip_prefix(row.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        let row = row.unwrap_or_else(|| panic!("docs/json.md has no row for `ocx {line}`"));
        let typed = args.iter().copied().chain(["--json"]);
        let output = scene.sandbox.ocx(typed).run().success();
        let answer = match &self.promises[row] {
            Promise::Schema(name) => output.promised(name),
            Promise::Lines(name) => lines(&output, name),
            Promise::Settings => {
                let answer = json_of(&output);
                assert_setting(scene, &answer);
                answer
            }
            Promise::OneSetting => {
                let answer = json_of(&output);
                assert_setting(scene, &json!({ args[args.len() - 1]: answer }));
                answer
            }
        };
        // Of nothing everything can be promised.
        assert!(![json!([]), json!({})].contains(&answer), "{line}");
        self.checked.insert(row.clone());
        answer
    }
}

fn json_of(output: &Output) -> Value {
    serde_json::from_str(output.stdout()).expect("it is JSON")
}

#[track_caller]
fn lines(output: &Output, name: &str) -> Value {
    let lines = output.stdout().lines();
    lines.map(|line| output.line(line).promised(name)).collect()
}

#[track_caller]
fn assert_setting(scene: &Scene, settings: &Value) {
    let schema = scene.sandbox.ocx(["config", "schema"]).run().success();
    let validator = jsonschema::validator_for(&json_of(&schema)).expect("it is a schema");
    let errors: Vec<String> = validator
        .iter_errors(settings)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// The commands that have `--json`, by their manual pages, which are made of the command line itself.
fn commands_with_json() -> BTreeSet<String> {
    let sandbox = Sandbox::new();
    let pages = sandbox.project().join("man");
    let to = ["man", "--dir", pages.as_str()];
    sandbox.ocx(to).run().success().done();
    let mut commands = BTreeSet::new();
    for page in pages.read_dir_utf8().expect("the pages are there") {
        let path = page.expect("it can be read").into_path();
        let text = fs::read_to_string(&path).expect("it is text");
        // The command as it stands in the synopsis, and the flag as an option.
        if text.lines().any(|line| line == "\\fB\\-\\-json\\fR") {
            let synopsis = text.lines().find_map(|line| line.strip_prefix("\\fBocx "));
            let (command, _) = synopsis.and_then(|rest| rest.split_once("\\fR")).unwrap();
            commands.insert(command.replace('\\', ""));
        }
    }
    commands
}

#[test]
fn each_command_prints_what_is_promised() {
    let mut checker = Checker {
        promises: promises(),
        checked: BTreeSet::new(),
    };
    a_project_with_an_image_and_a_session(&mut checker);
    a_session_on_a_clone(&mut checker);
    checker.check(&ports::with_session(ports::LISTENING), &["port"]);
    the_network(&mut checker);
    a_detached_session(&mut checker);

    let promised: BTreeSet<String> = checker.promises.keys().cloned().collect();
    assert_eq!(checker.checked, promised, "rows of docs/json.md");
    // Only with these flags it is a list, or only so it prints the form of another command.
    let with_flags = [
        "trust --list",
        "upgrade --check",
        "config --sources",
        "logs --engine",
    ];
    let commands: BTreeSet<String> = promised
        .into_iter()
        .map(|row| match with_flags.contains(&row.as_str()) {
            true => row.split(' ').next().unwrap_or_default().to_owned(),
            false => row,
        })
        .collect();
    assert_eq!(commands, commands_with_json());
}

fn a_project_with_an_image_and_a_session(checker: &mut Checker) {
    let mut scene = Scene::new();
    scene.warm_up();
    let uid = scene.sandbox.account().uid;
    let session = inside::running(&scene, &[("aaaa1111", 1)])
        .replace("ocx.session=", &format!("ocx.user={uid},ocx.session="));
    scene.docker.rule(Rule::on(&["ps"]).stdout(&session));
    let usage = "{\"ID\":\"c0ffeeaaaa1111\",\"CPUPerc\":\"1.5%\",\"MemUsage\":\"1MiB / 1GiB\",\"PIDs\":\"3\"}\n";
    scene.docker.rule(Rule::on(&["stats"]).stdout(usage));
    let logins = scene.sandbox.data().join("opencode/auth.json");
    let login = "{\"openai\": {\"type\": \"api\", \"key\": \"k\"}}";
    scene.sandbox.write(logins, login);
    for args in [
        &["version"][..],
        &["doctor"],
        &["status"],
        &["ps", "--all-users"],
        &["stats"],
        &["stop"],
        &["explain"],
        &["compat", "team"],
        &["logins"],
        &["config"],
        &["config", "--sources"],
        &["config", "list"],
        &["config", "list", "--all"],
        &["config", "get", "memory"],
        &["config", "get", "pids_limit"],
        &["config", "get", "port"],
        &["config", "path"],
        &["network", "sets"],
        &["trust", "--list"],
        &["logs", "--engine"],
        // The program of the scene is one by its path.
        &["upgrade", "--check"],
        &["du"],
        &["prune", "--dry-run"],
        &["prune", "--yes"],
        &["cache", "list"],
        &["cache", "prune", "--yes"],
    ] {
        checker.check(&scene, args);
    }
    // Nothing that runs uses them any more.
    scene.docker.clear_rules();
    for remove in [&["image", "rm"][..], &["volume", "rm", "--yes"]] {
        let list = checker.check(&scene, &[remove[0], "list"]);
        let name = list["items"][0]["name"].as_str().expect("it has a name");
        let removed = checker.check(&scene, &[remove, &[name]].concat());
        assert_eq!(removed["removed"][0]["name"], name, "{removed:#}");
    }
}

fn a_session_on_a_clone(checker: &mut Checker) {
    let mut scene = clone::repository();
    let work = "echo three > c.txt && git add . && git commit --quiet -m inside";
    clone::session(&mut scene, work).success().done();
    checker.check(&scene, &["changes"]);
}

fn the_network(checker: &mut Checker) {
    let (scene, session, done) = network::running("ask");
    let admitted = network::wait_for_file(&scene, "admitted");
    let pending = admitted.with_extension("pending");
    scene.sandbox.write(pending, network::PENDING);
    checker.check(&scene, &["network", "pending"]);
    scene.sandbox.write(&done, "");
    session.wait(network::PATIENCE).success().done();

    // One of each kind, as the bridge writes them.
    let records: String = [
        json!({ "outcome": "connected" }),
        json!({ "outcome": "refused", "reason": "no rule allows it" }),
        json!({ "outcome": "failed", "reason": "no such host" }),
        json!({ "outcome": "ended", "sent": 1, "received": 2 }),
    ]
    .map(|mut record| {
        record["at"] = "2026-01-02T03:04:05Z".into();
        record["session"] = "1a2b3c4d".into();
        record["destination"] = "docs.rs:443".into();
        format!("{record}\n")
    })
    .concat();
    let projects = scene.sandbox.state().join("ocx/projects");
    let project = projects.read_dir_utf8().unwrap().next().unwrap().unwrap();
    let log = project.path().join("network.jsonl");
    scene.sandbox.write(log, records);
    let log = checker.check(&scene, &["network", "log"]);
    assert_eq!(log.as_array().map(Vec::len), Some(4), "{log:#}");
}

fn a_detached_session(checker: &mut Checker) {
    let scene = Scene::new();
    scene.warm_up();
    let task = ["run", "--detach", "fix it"];
    scene.sandbox.ocx(task).run().success().done();
    let waited = checker.check(&scene, &["wait"]);
    assert_eq!(waited["exit_code"], 0);
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

/// New keys may come with any version, so nobody who reads by a schema may stumble over one.
#[test]
fn no_schema_forbids_a_key_that_is_not_in_it() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/json");
    let page = promises();
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory).expect("the schemas are there") {
        let path = entry.expect("it can be read").path();
        let text = fs::read_to_string(&path).expect("it is text");
        let schema: Value = serde_json::from_str(&text).expect("it is JSON");
        assert!(!forbids_keys(&schema), "{}", path.display());
        let name = path.file_stem().expect("it has a name");
        names.insert(name.to_string_lossy().into_owned());
    }
    let promised = page.into_values().filter_map(|promise| match promise {
        Promise::Schema(name) | Promise::Lines(name) => Some(name),
        Promise::Settings | Promise::OneSetting => None,
    });
    assert_eq!(names, promised.collect());
}

fn forbids_keys(schema: &Value) -> bool {
    match schema {
        Value::Object(keys) => {
            keys.get("additionalProperties") == Some(&Value::Bool(false))
                || keys.values().any(forbids_keys)
        }
        Value::Array(values) => values.iter().any(forbids_keys),
        _ => false,
    }
}
