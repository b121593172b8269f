//! The jobs in `examples/ci`: their shell steps are run, with the real ocx and a fake engine, as a runner would.

use std::{collections::BTreeMap, fs};

use camino::Utf8PathBuf;
use ocx_tests::{output::Output, sandbox::find_program};
use regex::Regex;
use serde_json::Value;

use crate::{
    clone,
    scene::{Scene, make_executable},
    yaml,
};

/// What a shell would make something of.
const PROMPT: &str = "fix \"it\", $HOME `id` $(id) '; exit 3";

fn example(name: &str) -> Value {
    let path = format!("{}/../examples/ci/{name}", env!("CARGO_MANIFEST_DIR"));
    yaml::parse(&fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
}

fn table(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

/// A machine of a runner: a project with a repository, an engine, and no ocx in the search path.
struct Runner {
    scene: Scene,
    path: String,
    temporary: Utf8PathBuf,
}

impl Runner {
    fn new() -> Self {
        let scene = clone::repository();
        scene.set_global("custom_base_image = \"team\"\n");
        let programs = scene.sandbox.root().join("programs");
        let temporary = scene.sandbox.root().join("runner");
        for directory in [&programs, &temporary] {
            scene.sandbox.make_directory(directory);
        }
        let runner = Self {
            path: format!("{programs}:/usr/bin:/bin"),
            temporary,
            scene,
        };
        runner.copy("docker", &programs.join("docker"));
        runner
    }

    fn copy(&self, program: &str, to: &Utf8PathBuf) {
        let bytes = fs::read(self.scene.sandbox.bin().join(program)).expect("it is there");
        self.scene.sandbox.write(to, bytes);
        make_executable(to);
    }

    /// A binary that somebody has put there.
    fn binary(&self) -> String {
        let path = self.scene.sandbox.root().join("given/ocx");
        self.copy("ocx", &path);
        path.into_string()
    }

    /// A repository with a tag, its commit, and a `cargo` that takes the ocx of this test for what it built.
    fn source(&self) -> (String, String) {
        let source = self.scene.sandbox.root().join("source");
        self.scene.sandbox.make_directory(&source);
        let script = "git init --quiet && git -c user.name=T -c user.email=t@x commit --quiet --allow-empty \
                      --message first && git tag v1 && git rev-parse HEAD";
        let made = self.scene.sandbox.command("sh", ["-c", script]);
        let made = made.in_dir(&source).run().success();
        let cargo = self.scene.sandbox.root().join("programs/cargo");
        let ocx = self.binary();
        let script = format!(
            "#!/bin/sh\necho \"cargo $*\"\nwhile [ \"$1\" != --root ]; do shift; done\n\
             mkdir -p \"$2/bin\" && cp {ocx} \"$2/bin/ocx\"\n"
        );
        self.scene.sandbox.write(&cargo, script);
        make_executable(&cargo);
        (format!("file://{source}"), made.stdout().trim().to_owned())
    }

    /// A script as runners have bash run it.
    fn script(&self, script: &str, environment: &BTreeMap<String, String>, path: &str) -> Output {
        let args = [
            "--noprofile",
            "--norc",
            "-e",
            "-o",
            "pipefail",
            "-c",
            script,
        ];
        let mut command = self.scene.sandbox.command("bash", args).env("PATH", path);
        for (name, value) in environment {
            command = command.env(name, value);
        }
        command.run()
    }

    /// The steps of the action with these inputs, up to the first that fails; what all of them printed is in
    /// the last.
    fn action(&self, inputs: &[(&str, &str)]) -> Vec<Output> {
        let action = example("github-action/action.yml");
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().expect("it has inputs") {
            values.insert(
                name.clone(),
                table(input).remove("default").unwrap_or_default(),
            );
        }
        for (name, value) in inputs {
            let known = values.insert((*name).to_owned(), (*value).to_owned());
            assert!(known.is_some(), "there is no input {name}");
        }
        let additions = self.temporary.join("path");
        self.scene.sandbox.write(&additions, "");
        let mut outputs: Vec<Output> = Vec::new();
        for step in action["runs"]["steps"].as_array().expect("it has steps") {
            let mut environment: BTreeMap<String, String> = table(&step["env"])
                .into_iter()
                .map(|(name, value)| (name, filled(&value, &values)))
                .collect();
            environment.insert("RUNNER_TEMP".to_owned(), self.temporary.to_string());
            environment.insert("GITHUB_PATH".to_owned(), additions.to_string());
            let added = self.scene.sandbox.read(&additions);
            let path: String = added.lines().rev().map(|line| format!("{line}:")).collect();
            let run = step["run"].as_str().expect("it is a script");
            let output = self.script(run, &environment, &format!("{path}{}", self.path));
            let went_well = output.code() == Some(0);
            outputs.push(output);
            if !went_well {
                break;
            }
        }
        outputs
    }

    /// The job for GitLab with these variables of the project.
    fn gitlab(&self, variables: &[(&str, &str)]) -> Output {
        let job = example("gitlab.yml")["agent"].clone();
        let mut environment = table(&job["variables"]);
        let given = variables.iter();
        environment.extend(given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let lines = ["before_script", "script"].map(|part| {
            let lines = job[part].as_array().expect("it is a list").iter();
            lines.map(|line| line.as_str().expect("it is a text").to_owned())
        });
        let script: Vec<String> = lines.into_iter().flatten().collect();
        self.script(&script.join("\n"), &environment, &self.path)
    }

    fn assert_task_ran(&self) {
        let call = self.scene.session_call();
        assert_eq!(call.args[call.args.len() - 2..], ["run", PROMPT]);
    }
}

/// A value with the inputs of an action in it.
fn filled(value: &str, inputs: &BTreeMap<String, String>) -> String {
    let expression = Regex::new(r"\$\{\{ inputs\.([a-z-]+) \}\}").expect("it is valid");
    let input = |found: &regex::Captures<'_>| inputs[&found[1]].clone();
    expression.replace_all(value, input).into_owned()
}

#[test]
fn the_action_runs_a_task_with_a_binary() {
    let runner = Runner::new();
    let binary = runner.binary();
    let outputs = runner.action(&[
        ("prompt", PROMPT),
        ("binary", &binary),
        ("engine", "docker"),
    ]);
    assert_eq!(outputs.len(), 3, "{outputs:#?}");
    for output in outputs {
        output.success().never_says("warning: OCX_").done();
    }
    runner.assert_task_ran();
}

#[test]
fn the_action_builds_the_commit_that_a_ref_names() {
    let runner = Runner::new();
    let (source, commit) = runner.source();
    let inputs = [
        ("prompt", PROMPT),
        ("source", &*source),
        ("ref", "v1"),
        ("engine", "docker"),
    ];
    let outputs = runner.action(&inputs);
    assert_eq!(outputs.len(), 3, "{outputs:#?}");
    let built = format!("install --locked --git {source} --rev {commit} --root ");
    assert!(outputs[0].stdout().contains(&built), "{}", outputs[0]);
    runner.assert_task_ran();
}

#[test]
fn the_action_takes_another_base_and_ends_with_what_ocx_ends_with() {
    let runner = Runner::new();
    let binary = runner.binary();
    runner.scene.docker.add_image("other", &[]);
    let inputs = [
        ("prompt", PROMPT),
        ("binary", &*binary),
        ("engine", "docker"),
        ("base-image", "other"),
    ];
    let last = runner.action(&inputs).pop().expect("it has steps");
    last.success().done();
    let images = runner.scene.docker.images();
    assert!(
        images.iter().any(|image| image.starts_with("ocx-other:")),
        "{images:?}"
    );

    let mut inputs = inputs;
    inputs[3].1 = "no such name";
    let outputs = runner.action(&inputs);
    assert_eq!(outputs.len(), 2);
    assert_eq!(outputs[1].code(), Some(78), "{}", outputs[1]);
}

#[test]
fn without_an_ocx_it_is_said_what_is_missing() {
    let runner = Runner::new();
    for inputs in [
        &[("prompt", PROMPT)][..],
        &[("prompt", PROMPT), ("source", "x")],
    ] {
        let outputs = runner.action(inputs);
        assert_eq!(outputs.len(), 1);
        assert_eq!(outputs[0].code(), Some(64), "{}", outputs[0]);
        assert!(outputs[0].stdout().contains("::error::name a binary"));
    }
    let output = runner.gitlab(&[]);
    output.exits(64).prints("name a binary").done();
}

#[test]
fn the_job_for_gitlab_runs_a_task() {
    let runner = Runner::new();
    let binary = runner.binary();
    let variables = [
        ("PROMPT", PROMPT),
        ("AGENT_BINARY", &*binary),
        ("OCX_RUNTIME", "docker"),
    ];
    runner
        .gitlab(&variables)
        .success()
        .never_says("warning: OCX_")
        .done();
    runner.assert_task_ran();

    let runner = Runner::new();
    let (source, commit) = runner.source();
    let variables = [
        ("PROMPT", PROMPT),
        ("AGENT_SOURCE", &*source),
        ("AGENT_REF", "v1"),
        ("OCX_RUNTIME", "docker"),
    ];
    let output = runner.gitlab(&variables).success();
    output.prints(&format!("--rev {commit} ")).done();
    runner.assert_task_ran();
}

/// What somebody types into a form must not become a part of a script.
#[test]
fn no_script_has_an_expression_in_it() {
    let steps = [
        example("github-action/action.yml")["runs"]["steps"].clone(),
        example("github.yml")["jobs"]["agent"]["steps"].clone(),
    ];
    let mut scripts = 0;
    for step in steps
        .iter()
        .flat_map(|steps| steps.as_array().expect("it is a list"))
    {
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "{script}");
        scripts += usize::from(!script.is_empty());
    }
    assert_eq!(scripts, 4);
}

#[test]
fn the_workflow_uses_the_action_as_it_is() {
    let action = example("github-action/action.yml");
    let inputs = action["inputs"].as_object().expect("it has inputs");
    let workflow = example("github.yml");
    let steps = workflow["jobs"]["agent"]["steps"]
        .as_array()
        .expect("it has steps");
    let uses: Vec<&Value> = steps
        .iter()
        .filter(|step| step["uses"] == "./.github/actions/ocx")
        .collect();
    assert_eq!(uses.len(), 1);
    let given = table(&uses[0]["with"]);
    for name in given.keys() {
        assert!(inputs.contains_key(name), "{name}");
    }
    for (name, input) in inputs {
        assert!(
            input["required"] != "true" || given.contains_key(name),
            "{name}"
        );
        assert!(input["description"].is_string(), "{name}");
    }
}

#[test]
fn shellcheck_has_nothing_to_say() {
    let Some(shellcheck) = find_program("shellcheck") else {
        ocx_tests::skip::skip("there is no shellcheck");
        return;
    };
    let runner = Runner::new();
    let action = example("github-action/action.yml");
    let steps = action["runs"]["steps"].as_array().expect("it has steps");
    let job = &example("gitlab.yml")["agent"];
    let all = steps.iter().map(|step| &step["run"]);
    let all = all.chain(
        ["before_script", "script"]
            .into_iter()
            .flat_map(|part| job[part].as_array().unwrap()),
    );
    for script in all.map(|script| script.as_str().expect("it is a text")) {
        let checked = runner
            .scene
            .sandbox
            .command(shellcheck.as_str(), ["--shell=bash", "-"]);
        checked.stdin(script).run().success().done();
    }
}
