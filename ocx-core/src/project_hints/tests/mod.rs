//! What is made of each kind of file, with files in a temporary directory.

mod compose;
mod context;
mod extension;

use camino::Utf8Path;

use super::{Hints, read};
use crate::{
    project::sandbox::Sandbox,
    scaffold::{BaseChoice, DockerfilePath, scaffold},
    settings::load,
    testing::{corpus, fuzz},
};

const APP: &str = "home/work/app";

/// What a project with these files says, where `TAG` and `TOKEN` are set on the host.
fn hints(written: &[(&str, &str)]) -> Hints {
    let sandbox = Sandbox::new();
    for (path, text) in written {
        sandbox.write(&format!("{APP}/{path}"), text);
    }
    read_in(&sandbox)
}

fn read_in(sandbox: &Sandbox) -> Hints {
    let host = |name: &str| match name {
        "TAG" => Some("3".to_owned()),
        // No image may be called like that.
        "TOKEN" | "SECRET" => Some("Hunter 2".to_owned()),
        _ => None,
    };
    read(&sandbox.host.current_dir, &host)
}

/// The bases that are proposed, with their files.
fn bases(hints: &Hints) -> Vec<String> {
    let shown = hints.proposals.iter();
    shown
        .map(|proposal| format!("{}: {}", proposal.file, proposal.setup.base))
        .collect()
}

fn left_out(hints: &Hints) -> Vec<&str> {
    let left_out = hints.proposals[0].left_out.iter();
    left_out.map(|left_out| left_out.name.as_str()).collect()
}

/// The only reason for which a file is of no use.
fn why(written: &[(&str, &str)]) -> String {
    let hints = hints(written);
    assert_eq!(bases(&hints), [""; 0]);
    assert_eq!(hints.unread.len(), 1, "{:?}", hints.unread);
    hints.unread[0].why.clone()
}

#[test]
fn an_empty_project_says_nothing() {
    assert_eq!(hints(&[]), Hints::default());
    let nowhere = read(Utf8Path::new("/nowhere/at/all"), &|_| None);
    assert_eq!(nowhere, Hints::default());
}

#[test]
fn a_devcontainer_with_an_image() {
    let text = include_str!("../../../fuzz/devcontainer/image");
    let hints = hints(&[(".devcontainer/devcontainer.json", text)]);
    assert_eq!(
        bases(&hints),
        [".devcontainer/devcontainer.json: ghcr.io/acme/app:3"]
    );
    let setup = &hints.proposals[0].setup;
    let env: Vec<String> = setup.env.iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(env.len(), 3, "{env:?}");
    assert!(env.contains(&"RAILS_ENV=development".to_owned()));
    assert!(env.contains(&"N=1".to_owned()));
    assert!(
        env.iter()
            .any(|v| v.starts_with("ROOT=/") && v.ends_with("/home/work/app/x"))
    );
    let ports: Vec<String> = setup.ports.iter().map(ToString::to_string).collect();
    assert_eq!(ports, ["3000", "5432"]);
    assert_eq!(
        left_out(&hints),
        [
            "remoteEnv.PATH",
            "remoteEnv.TOKEN",
            "forwardPorts db:6379",
            "features",
            "mounts"
        ]
    );
    assert!(!format!("{hints:?}").contains("Hunter 2"));
    let texts = scaffold(setup);
    assert!(!texts[0].text.contains("Hunter 2"), "{}", texts[0].text);
}

#[test]
fn a_devcontainer_with_a_dockerfile() {
    for (file, text, expected, args, target) in [
        (
            ".devcontainer/devcontainer.json",
            r#"{"build": {"dockerfile": "Dockerfile", "args": {"A": "1", "B": true}, "target": "dev"}}"#,
            ".devcontainer/Dockerfile",
            2,
            Some("dev"),
        ),
        (
            ".devcontainer.json",
            r#"{"dockerFile": "./dev/../dev/Dockerfile", "context": "dev"}"#,
            "dev/Dockerfile",
            0,
            None,
        ),
        (
            ".devcontainer/ruby/devcontainer.json",
            r#"{"build": {"dockerfile": "${localWorkspaceFolder}/dev/Dockerfile", "context": "../../dev"}}"#,
            "dev/Dockerfile",
            0,
            None,
        ),
    ] {
        let hints = hints(&[
            (file, text),
            (".devcontainer/Dockerfile", "FROM x"),
            ("dev/Dockerfile", "FROM x"),
        ]);
        assert_eq!(
            bases(&hints),
            [format!("{file}: app-tools, built from {expected}")]
        );
        let proposal = &hints.proposals[0];
        assert_eq!(proposal.setup.build_args.len(), args);
        assert_eq!(proposal.setup.target.as_deref(), target);
        assert!(proposal.left_out.is_empty(), "{:?}", proposal.left_out);
    }
}

#[test]
fn secrets_of_the_host_are_left_out() {
    let text = r#"{"build": {"dockerfile": "dev/Dockerfile", "context": "none",
        "args": {"TOKEN": "${localEnv:TOKEN}", "TAG": "${localEnv:NONE:2}", "A=B": "x"}},
        "containerEnv": {"LD_PRELOAD": "/x.so", "PATH": "/x", "A B": "x", "OPENAI_BASE_URL": "evil"}}"#;
    let hints = hints(&[
        (".devcontainer/devcontainer.json", text),
        (".devcontainer/dev/Dockerfile", "FROM x"),
    ]);
    let mut names = left_out(&hints);
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "args.A=B",
            "args.TOKEN",
            "containerEnv.A B",
            "containerEnv.LD_PRELOAD",
            "containerEnv.OPENAI_BASE_URL",
            "containerEnv.PATH",
            "context"
        ]
    );
    let proposal = &hints.proposals[0];
    let context = proposal.left_out.iter().find(|l| l.name == "context");
    assert!(context.unwrap().why.contains("`.devcontainer/none` is no"));
    assert_eq!(proposal.setup.context, None);
    assert_eq!(proposal.setup.build_args["TAG"], "2");
    assert!(proposal.setup.env.is_empty());
}

#[test]
fn a_devcontainer_with_a_compose_file() {
    let compose = "services: {app: {image: 'ruby:3.4', volumes: [x]}, db: {image: postgres}}";
    for (service, expected) in [("app", "ruby:3.4"), ("db", "postgres")] {
        let text = format!(r#"{{"dockerComposeFile": "../c.yaml", "service": "{service}"}}"#);
        let hints = hints(&[
            (".devcontainer/devcontainer.json", &text),
            ("c.yaml", compose),
        ]);
        assert_eq!(
            bases(&hints),
            [format!(".devcontainer/devcontainer.json: {expected}")]
        );
    }
    let text = r#"{"dockerComposeFile": ["a.yml", "b.yml"], "service": "app"}"#;
    let hints = hints(&[
        (".devcontainer.json", text),
        ("a.yml", "services: {db: {image: x}}"),
        (
            "b.yml",
            "services: {app: {build: {context: dev, args: [A=1, B]}}, db: {image: x}}",
        ),
        ("dev/Dockerfile", "FROM x"),
    ]);
    assert_eq!(
        bases(&hints),
        [".devcontainer.json: app-tools, built from dev/Dockerfile"]
    );
    assert_eq!(hints.proposals[0].setup.build_args["A"], "1");
    assert_eq!(left_out(&hints), ["args.B", "services db"]);
    assert_eq!(
        hints.proposals[0].read,
        [".devcontainer.json", "a.yml", "b.yml"]
    );
}

#[test]
fn what_is_no_base() {
    for (text, expected) in [
        ("", "it is no table"),
        ("[]", "it is no table"),
        ("{", "it is no JSON"),
        ("{}", "neither an image nor a Dockerfile"),
        (r#"{"image": 3}"#, "its `image` is no text"),
        (r#"{"image": "No Image"}"#, "is no image that can be a base"),
        (r#"{"image": "ocx-x"}"#, "is no image that can be a base"),
        (r#"{"image": "x:${localEnv:NONE}"}"#, "of your environment"),
        (r#"{"build": "Dockerfile"}"#, "its `build` is no table"),
        (r#"{"build": {"dockerfile": "no"}}"#, "does not have, `no`"),
        (
            r#"{"build": {"dockerfile": "../x"}}"#,
            "outside of the project",
        ),
        (
            r#"{"build": {"dockerfile": "/etc/passwd"}}"#,
            "outside of the project",
        ),
        (r#"{"build": {"dockerfile": "."}}"#, "the path of a file"),
        (r#"{"dockerComposeFile": "x.yml"}"#, "names no service"),
        (
            r#"{"dockerComposeFile": "x.yml", "service": "a"}"#,
            "names `x.yml`, which the project does not have",
        ),
        (
            r#"{"dockerComposeFile": [], "service": "a"}"#,
            "has no service `a`",
        ),
    ] {
        let why = why(&[(".devcontainer.json", text)]);
        assert!(why.contains(expected), "{text}: {why}");
    }
    let large = format!(r#"{{"image": "x", "y": "{}"}}"#, "x".repeat(300 << 10));
    assert!(why(&[(".devcontainer.json", &large)]).contains("larger than"));
    let deep = format!(r#"{{"image": "x", "y": {}"#, "[".repeat(100_000));
    assert!(why(&[(".devcontainer.json", &deep)]).contains("no JSON"));
}

#[test]
fn links_out_of_the_project_are_not_followed() {
    let sandbox = Sandbox::new();
    let secret = sandbox.write("home/secret.json", r#"{"image": "secret"}"#);
    let folder = sandbox.directory("home/elsewhere");
    sandbox.write("home/elsewhere/devcontainer.json", r#"{"image": "secret"}"#);
    let root = sandbox.host.current_dir.clone();
    for (target, name) in [
        (&secret, ".devcontainer.json"),
        (&folder, ".devcontainer"),
        (&secret, "Dockerfile"),
        (&secret, "compose.yaml"),
        (&secret, ".ruby-version"),
    ] {
        std::os::unix::fs::symlink(target, root.join(name)).unwrap();
    }
    let hints = read_in(&sandbox);
    assert_eq!(bases(&hints), [""; 0]);
    assert_eq!(hints.unread.len(), 4, "{:?}", hints.unread);
    assert!(
        hints
            .unread
            .iter()
            .all(|unread| unread.why.contains("link out of the project"))
    );
    assert!(hints.templates.is_empty());

    // One within it is fine.
    std::fs::remove_file(root.join("Dockerfile")).unwrap();
    sandbox.write(&format!("{APP}/dev/Dockerfile"), "FROM x");
    std::os::unix::fs::symlink("dev/Dockerfile", root.join("Dockerfile")).unwrap();
    assert_eq!(
        bases(&read_in(&sandbox)),
        ["Dockerfile: app-tools, built from Dockerfile"]
    );
}

#[test]
fn the_best_comes_first() {
    let mut files = vec![
        (".devcontainer.json", r#"{"image": "a"}"#),
        (".devcontainer/devcontainer.json", r#"{"image": "b"}"#),
        (".devcontainer/x/devcontainer.json", r#"{"image": "c"}"#),
        ("Dockerfile", "FROM x"),
        (
            "compose.yaml",
            "services: {a: {build: .}, b: {build: dev}, c: {image: redis}}",
        ),
        ("dev/Dockerfile", "FROM x"),
        (".nvmrc", "20"),
    ];
    let all = hints(&files);
    assert_eq!(
        bases(&all),
        [
            ".devcontainer/devcontainer.json: b",
            ".devcontainer.json: a",
            ".devcontainer/x/devcontainer.json: c",
            "Dockerfile: app-tools, built from Dockerfile",
            "compose.yaml: app-tools, built from dev/Dockerfile",
        ]
    );
    let root = Utf8Path::new("/nowhere/app");
    assert_eq!(all.best(root).as_ref(), all.proposals.first());
    files.retain(|(name, _)| *name == ".nvmrc");
    let best = hints(&files).best(root).unwrap();
    assert_eq!(best.file, ".nvmrc");
    let texts = scaffold(&best.setup);
    assert!(texts[0].text.contains("\nARG BASE=node:20-slim\n"));
    assert!(
        texts[1]
            .text
            .contains("# custom_base_build_args = { BASE = \"node:20-slim\" }")
    );
    assert_eq!(hints(&[]).best(root), None);
}

/// Whatever the files hold, what is proposed loads as a project's settings, loosens nothing but ports, and
/// has nothing of the host's in it but where that is meant.
fn fuzz_hints(name: &str, seeds: &[Vec<u8>]) {
    let sandbox = Sandbox::new();
    for path in ["Dockerfile", "docker/Dockerfile"] {
        sandbox.write(&format!("{APP}/{path}"), "FROM x");
    }
    let path = sandbox.write(&format!("{APP}/{name}"), "");
    let settings = sandbox.host.current_dir.join("ocx.toml");
    fuzz(seeds, |input| {
        std::fs::write(&path, input).unwrap();
        let hints = read_in(&sandbox);
        let extended: Vec<_> = hints
            .proposals
            .iter()
            .filter_map(|proposal| proposal.extended(DockerfilePath::default()))
            .collect();
        for proposal in hints.proposals.into_iter().chain(extended) {
            for left_out in &proposal.left_out {
                assert!(left_out.name.chars().count() < 100);
                assert!(left_out.why.chars().count() < 300);
            }
            let files = scaffold(&proposal.setup.without_open_ports());
            let is_begun = |line: &str| {
                ["ARG ", "FROM ", "RUN ", "USER root", "#"]
                    .iter()
                    .any(|word| line.starts_with(word))
            };
            for written in &files[..files.len() - 1] {
                let mut lines = written.text.lines().filter(|line| !line.is_empty());
                assert!(lines.all(is_begun), "{}", written.text);
            }
            let text = &files.last().unwrap().text;
            assert!(!text.contains("Hunter 2"), "{text}");
            std::fs::write(&settings, text).unwrap();
            let loaded = load(&sandbox.host, &sandbox.project(), &[]);
            std::fs::remove_file(&settings).unwrap();
            assert!(loaded.is_ok(), "{}\n{text}", loaded.unwrap_err());
        }
        assert!(hints.unread.iter().all(|unread| unread.why.len() < 2000));
    });
}

#[test]
fn fuzz_devcontainer() {
    let seeds = corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/devcontainer"));
    fuzz_hints(".devcontainer.json", &seeds);
}

#[test]
fn fuzz_compose() {
    let seeds = corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/compose"));
    fuzz_hints("compose.yaml", &seeds);
}

#[test]
fn a_choice_of_base_in_words() {
    assert_eq!(BaseChoice::Default.to_string(), "ocx's own, a small Debian");
}
