//! The page on errors: each message on it is what ocx says, and ends with what to type next.

use std::{env, fs, os::unix::fs::PermissionsExt as _, os::unix::net::UnixListener, thread};

use ocx_core::project::ProjectId;
use ocx_tests::{
    fake_engine::Rule,
    output::Output,
    registry::{Fault, Part, Registry},
    sandbox::Sandbox,
};
use regex::Regex;

use crate::{
    adopt::Moving,
    clone::{git, repository, session},
    guide::{build, run, with_dockerfile, with_image, with_published_opencode, with_settings},
    scene::Scene,
    trust::changed,
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md");
/// As for snapshots: with the value `always` the messages are written anew.
const UPDATE: &str = "INSTA_UPDATE";
/// How many commands run at the same time.
const AT_ONCE: usize = 4;

/// What ocx said, as the page shows it, and its exit code.
struct Said {
    text: String,
    code: i32,
}

impl Said {
    fn by(sandbox: &Sandbox, output: &Output) -> Self {
        let (_, text) = output
            .stderr()
            .split_once("error: ")
            .unwrap_or_else(|| panic!("no error: {output}"));
        let mut text = format!("error: {}", text.trim_end());
        for (from, to) in [
            (sandbox.project(), "/home/ann/shop"),
            (sandbox.config(), "/home/ann/.config"),
            (sandbox.home(), "/home/ann"),
            (sandbox.root().to_owned(), "/home/ann"),
        ] {
            text = text.replace(from.as_str(), to);
        }
        for (pattern, to) in [
            (r"9999\.0\.0-local\.[0-9a-z]+", "1.18.33"),
            (r"http://127\.0\.0\.1:\d+/", "https://registry.npmjs.org/"),
            (r"opencode-linux-(x64|arm64)", "opencode-linux-x64"),
            (r"\b(session|apply) [0-9a-f]{8}\b", "$1 4f2a91c0"),
            // The directory without any room.
            (r" at /proc\b", " at /var/lib/docker"),
            // Both are asked at once, and either may fail first.
            (r"docker info", "docker version"),
        ] {
            let pattern = Regex::new(pattern).expect("it is valid");
            text = pattern.replace_all(&text, to).into_owned();
        }
        Self {
            text,
            code: output.code().expect("no signal ended it"),
        }
    }
}

impl From<(Scene, Output)> for Said {
    fn from((scene, output): (Scene, Output)) -> Self {
        Self::by(&scene.sandbox, &output)
    }
}

/// A message of the page.
#[derive(Debug)]
struct Entry<'a> {
    heading: &'a str,
    message: &'a str,
    text: &'a str,
}

fn entries(page: &str) -> Vec<Entry<'_>> {
    page.split("\n### ")
        .skip(1)
        .map(|entry| {
            let (heading, rest) = entry.split_once('\n').expect("there is more");
            let (_, rest) = rest
                .split_once("\n```text\n")
                .unwrap_or_else(|| panic!("{heading}: there is no message"));
            let (message, text) = rest.split_once("\n```\n").expect("the message ends");
            Entry {
                heading,
                message,
                text: text.trim(),
            }
        })
        .collect()
}

/// Whether the last line says what to do. (What the parser of the command line says ends in words of its own.)
fn has_next_step(message: &str) -> bool {
    let last = message.lines().next_back().unwrap_or_default();
    last.starts_with("hint: ") || last == "For more information, try '--help'."
}

#[test]
fn its_messages_are_what_ocx_says() {
    let mut page = fs::read_to_string(PAGE).expect("the page can be read");
    let said = all_said();
    if env::var(UPDATE).is_ok_and(|value| value == "always") {
        for (heading, said) in &said {
            let known = entries(&page);
            let Some(entry) = known.iter().find(|entry| entry.heading == *heading) else {
                continue;
            };
            let old = format!("### {heading}\n\n```text\n{}\n```\n", entry.message);
            let new = format!("### {heading}\n\n```text\n{}\n```\n", said.text);
            page = page.replace(&old, &new);
        }
        fs::write(PAGE, &page).expect("the page can be written");
    }
    let entries = entries(&page);
    let headings: Vec<&str> = entries.iter().map(|entry| entry.heading).collect();
    let caused: Vec<&str> = CAUSES.iter().map(|(heading, _)| *heading).collect();
    for (heading, said) in &said {
        assert!(
            has_next_step(&said.text),
            "{heading}: no next step:\n{}",
            said.text
        );
    }
    assert_eq!(headings, caused, "the page and CAUSES have other entries");
    for (entry, (heading, said)) in entries.iter().zip(&said) {
        assert_eq!(
            entry.message, said.text,
            "{heading}: {UPDATE}=always writes it anew"
        );
        let code = format!("Exit code {}. ", said.code);
        assert!(
            entry.text.starts_with(&code),
            "{heading}: not `{code}`: {}",
            entry.text
        );
    }
}

/// What ocx says for each cause, several at once.
fn all_said() -> Vec<(&'static str, Said)> {
    thread::scope(|scope| {
        let share = CAUSES.len().div_ceil(AT_ONCE);
        let shares = CAUSES.chunks(share).map(|causes| {
            scope.spawn(move || {
                let said = causes.iter().map(|(heading, cause)| (*heading, cause()));
                said.collect::<Vec<_>>()
            })
        });
        let shares: Vec<_> = shares.collect();
        let said = shares.into_iter().map(thread::ScopedJoinHandle::join);
        said.flat_map(|said| said.expect("each cause leads to an error"))
            .collect()
    })
}

type Cause = fn() -> Said;

/// How each message of the page comes about, in its order.
const CAUSES: &[(&str, Cause)] = &[
    ("No engine is installed", || {
        let sandbox = Sandbox::new();
        Said::by(&sandbox, &sandbox.ocx(["run", "x"]).run())
    }),
    ("The engine is not running", || {
        let mut scene = Scene::new();
        let said = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n";
        scene.docker.rule(Rule::on(&[]).stderr(said).exit(1));
        run(scene, &["run", "x"]).into()
    }),
    ("You may not use the engine", || {
        let mut scene = Scene::new();
        let socket = scene.sandbox.root().join("docker.sock");
        let _listener = UnixListener::bind(&socket).unwrap();
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o000)).unwrap();
        let said = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock\n";
        scene.docker.rule(Rule::on(&[]).stderr(said).exit(1));
        run(scene, &["run", "x"]).into()
    }),
    ("The engine is too old", || {
        let mut scene = Scene::new();
        let version = r#"{"Client":{"Version":"19.03.15"},"Server":{"Version":"19.03.15"}}"#;
        scene.docker.rule(Rule::on(&["version"]).stdout(version));
        build(scene).into()
    }),
    ("A slip in a command", || {
        run(Scene::new(), &["opncode"]).into()
    }),
    ("A command of opencode's", || {
        run(Scene::new(), &["models"]).into()
    }),
    ("No terminal", || run(Scene::new(), &["opencode"]).into()),
    ("A slip in the name of a setting", || {
        build(with_settings("memroy = \"2g\"\n")).into()
    }),
    ("A text without quotes", || {
        build(with_settings("custom_base_image = tools\n")).into()
    }),
    ("A value of another kind", || {
        build(with_settings("read_only = \"yes\"\n")).into()
    }),
    ("A size without a unit", || {
        build(with_settings("memory = 4\n")).into()
    }),
    ("What is no time zone", || {
        build(with_settings("timezone = \"Europe/Belin\"\n")).into()
    }),
    ("Two files of settings", || {
        let scene = with_settings("");
        scene.sandbox.write("ocx.json", "{}");
        build(scene).into()
    }),
    ("A home directory as the project", || {
        let scene = Scene::new();
        let output = scene
            .sandbox
            .ocx(["run", "x"])
            .in_dir(scene.sandbox.home())
            .run();
        (scene, output).into()
    }),
    ("The base is not there", || {
        build(with_settings("custom_base_image = \"team-tools\"\n")).into()
    }),
    ("The Dockerfile is not there", || {
        build(with_settings(
            "custom_base_dockerfile = \"docker/Dockerfile\"\n",
        ))
        .into()
    }),
    ("The Dockerfile does not build", || {
        let mut scene = with_dockerfile();
        let text = "FROM debian:trixie-slim\nRUN apt-get install --yes gti\n";
        scene.sandbox.write("docker/Dockerfile", text);
        scene.docker.add_image("debian:trixie-slim", &[]);
        let said = "E: Unable to locate package gti\n";
        scene.docker.rule(Rule::on(&["build"]).stderr(said).exit(1));
        build(scene).into()
    }),
    ("Nobody has agreed to the Dockerfile", || {
        let scene = with_dockerfile();
        scene.sandbox.forget_trust();
        run(scene, &["run", "x"]).into()
    }),
    ("Nobody has agreed to the project's settings", || {
        let scene = with_settings("network = \"host\"\n");
        run(scene, &["run", "x"]).into()
    }),
    ("A setting that no project gets", || {
        let scene = with_settings("extra_mounts = [\"/etc:/mnt\"]\n");
        run(scene, &["run", "x"]).into()
    }),
    ("No network", || build(with_published_opencode()).into()),
    ("The registry does not answer as it should", || {
        let registry = Registry::start();
        registry.fail(Part::Metadata, Fault::Html);
        let scene = with_published_opencode();
        let args = [
            "--set",
            &format!("opencode_registry={}", registry.url()),
            "build",
        ];
        run(scene, &args).into()
    }),
    ("A program that is not in the base", || {
        let mut scene = with_image();
        scene.sandbox.ocx(["build"]).run().success().done();
        let check = r#"{"kind":"missing","search":"/ocx/bin:/usr/local/bin:/usr/bin:/bin"}"#;
        let asks = Rule::on(&["run"]).containing("BUN_BE_BUN");
        scene.docker.rule(asks.stdout(check).starts());
        let fails = Rule::on(&["run"]).starts().exit(127);
        scene.docker.rule(fails);
        run(scene, &["exec", "make", "test"]).into()
    }),
    ("A mount that is not there", || {
        let scene = with_image();
        scene.set_global("extra_mounts = [\"~/.aws:~/.aws\"]\n");
        run(scene, &["run", "x"]).into()
    }),
    ("A file of variables that is not there", || {
        let scene = with_image();
        scene.set_global("env_file = [\"~/agent.env\"]\n");
        run(scene, &["run", "x"]).into()
    }),
    ("The disk is full", || {
        let mut scene = with_image();
        // What is below /proc has no room at all.
        let root = Rule::on(&["info", "--format", "{{json .DockerRootDir}}"]);
        scene.docker.rule(root.stdout("\"/proc\"\n"));
        let said = "no space left on device\n";
        scene.docker.rule(Rule::on(&["build"]).stderr(said).exit(1));
        build(scene).into()
    }),
    ("The base could not be fetched", || {
        let mut scene = with_settings("custom_base_image = \"acme/team-tools\"\n");
        let said = "toomanyrequests: You have reached your unauthenticated pull rate limit.\n";
        scene.docker.rule(Rule::on(&["pull"]).stderr(said).exit(1));
        run(scene, &["build", "--pull"]).into()
    }),
    ("The base was built from another Dockerfile", || {
        let scene = with_dockerfile();
        scene.sandbox.ocx(["build"]).run().success().done();
        scene.sandbox.write("ci/Dockerfile", "FROM scratch\n");
        let image = "custom_base_image = \"team-tools\"\n";
        let settings = format!("{image}custom_base_dockerfile = \"ci/Dockerfile\"\n");
        scene.sandbox.write("ocx.toml", settings);
        build(scene).into()
    }),
    ("An agent changed the settings", || {
        let scene = Scene::new();
        scene.sandbox.write("ocx.toml", "memory = \"1g\"\n");
        changed(&scene, "settings", &["ocx.toml"]);
        run(scene, &["run", "x"]).into()
    }),
    ("Another version of opencode is at work", || {
        let scene = with_image();
        scene.warm_up();
        let projects = scene.sandbox.state().join("ocx/projects");
        let id = ProjectId::of(&scene.sandbox.project());
        let lock = projects.join(id.as_str()).join("data-lock/running-1.18.32");
        scene.sandbox.write(&lock, "");
        let lock = fs::File::open(lock).unwrap();
        lock.lock_shared().unwrap();
        run(scene, &["run", "x"]).into()
    }),
    ("No session runs", || run(warm(), &["port", "5173"]).into()),
    ("A session that has ended", || {
        run(warm(), &["exec", "--session", "4f2a", "make"]).into()
    }),
    ("A session that nobody knows", || {
        run(warm(), &["logs", "4f2a"]).into()
    }),
    ("What a session in a terminal has printed", || {
        let scene = warm();
        let log = scene
            .sandbox
            .state()
            .join("ocx/session-logs/4f2a91c0.jsonl");
        let began = r#"{"at":"2026-01-02T03:04:05Z","event":"began","project":"/p","command":["opencode"]}"#;
        scene.sandbox.write(log, format!("{began}\n"));
        run(scene, &["logs", "4f2a"]).into()
    }),
    ("A session's work conflicts with yours", || {
        let mut scene = repository();
        let script = "echo theirs > a.txt && git commit --quiet -a -m theirs";
        session(&mut scene, script).success().done();
        scene.sandbox.write("a.txt", "mine\n");
        git(&scene, &["commit", "--quiet", "--all", "--message", "mine"]);
        run(scene, &["apply"]).into()
    }),
    ("No session has left work", || {
        run(repository(), &["apply"]).into()
    }),
    ("A project at another place", || {
        let moving = Moving::new();
        moving.copy();
        fs::remove_dir_all(&moving.first).unwrap();
        let output = moving.ocx(&["adopt"], &moving.second);
        Said::by(&moving.scene.sandbox, &output)
    }),
    ("The project has settings already", || {
        run(with_settings(""), &["init"]).into()
    }),
];

/// A scene in which there has been a session.
fn warm() -> Scene {
    let scene = with_image();
    scene.warm_up();
    scene
}
