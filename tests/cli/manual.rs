//! `ocx version`, `ocx completions` and `ocx man`, which need nothing but ocx.

use std::process::{Command, Stdio};

use ocx_tests::sandbox::{Sandbox, find_program};
use serde_json::Value;

use crate::scene::Scene;

const ALL: [&[&str]; 7] = [
    &["help", "topics"],
    &["help", "disk"],
    &["version"],
    &["completions", "bash"],
    &["completions", "zsh"],
    &["completions", "fish"],
    &["man"],
];

/// The exit of a program that checks a file, if it is installed, and what it said.
pub(crate) fn check(program: &str, args: &[&str]) -> Option<(bool, String)> {
    let Some(program) = find_program(program) else {
        ocx_tests::skip::skip(format_args!("there is no {program}"));
        return None;
    };
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("it can be run");
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[test]
fn they_need_no_project_no_engine_and_no_settings() {
    let scene = Scene::new();
    for args in ALL {
        let inside = scene.sandbox.ocx(args.iter().copied()).run().success();
        assert_eq!(inside.stderr(), "", "{args:?}");
        let outside = scene.sandbox.ocx(args.iter().copied()).in_dir("/").run();
        assert_eq!(outside.success().stderr(), "", "{args:?}");
    }
    assert!(scene.docker.calls().is_empty());
    scene.set_global("memory = = 1\n");
    for args in ALL {
        let output = scene.sandbox.ocx(args.iter().copied()).run().success();
        assert_eq!(output.stderr(), "", "{args:?}");
    }
}

#[test]
fn the_versions() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "opencode_version = \"1.18.33\"\n");
    let output = sandbox.ocx(["version"]).run().success();
    output
        .prints(&format!("ocx       {}\n", env!("CARGO_PKG_VERSION")))
        .prints("-unknown-linux-")
        .prints("1.18.33, by `opencode_version`")
        .done();
    let json = |sandbox: &Sandbox| -> Value {
        let output = sandbox.ocx(["version", "--json"]).run().success();
        serde_json::from_str(output.stdout()).expect("it is JSON")
    };
    let answer = json(&sandbox);
    assert_eq!(answer["ocx"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer["opencode"], "1.18.33");
    sandbox.write("ocx.toml", "opencode_version = 1\n");
    assert_eq!(json(&sandbox)["opencode"], Value::Null);
    let output = sandbox.ocx(["version"]).run().success();
    output
        .prints("not known here: setting `opencode_version`")
        .done();
}

#[test]
fn pages_of_the_guide() {
    let sandbox = Sandbox::new();
    let topics = sandbox.ocx(["help", "topics"]).run().success();
    topics.prints("  disk         Disk space\n").done();
    let page = sandbox.ocx(["help", "disk"]).run().success();
    page.prints("Disk space\n══════════\n").done();
    let page = sandbox.ocx(["help", "security"]).run().success();
    assert!(page.stdout().contains("`ocx help "), "{page}");
    assert!(!page.stdout().contains('\x1b'), "{page}");
    assert!(!page.stdout().contains("]("), "{page}");
    let unknown = sandbox.ocx(["help", "disks"]).run().exits(64);
    unknown.says("`ocx help disk` is in the guide").done();
}

#[test]
fn manual_pages() {
    let sandbox = Sandbox::new();
    let first = sandbox.ocx(["man"]).run().success();
    assert!(first.stdout().contains("\n.SH NAME\n"), "{first}");
    let directory = sandbox.project().join("made/man1");
    let output = sandbox.ocx(["man", "--dir", "made/man1"]).run().success();
    output.says("manual pages into made/man1").done();
    assert_eq!(sandbox.read(directory.join("ocx.1")), first.stdout());
    let mut pages = 0;
    for entry in directory.read_dir_utf8().unwrap() {
        let path = entry.unwrap().into_path();
        let text = sandbox.read(&path);
        assert!(text.contains("\n.SH SYNOPSIS\n"), "{path}: {text}");
        if let Some((_, said)) = check("mandoc", &["-Tlint", "-Werror", path.as_str()]) {
            assert!(!said.contains("ERROR"), "{said}");
        }
        pages += 1;
    }
    assert!(pages > 25, "{pages}");
    let taken = sandbox.project().join("taken");
    sandbox.write(&taken, "");
    let output = sandbox
        .ocx(["man", "--dir", taken.as_str()])
        .run()
        .exits(74);
    output.says("could not write").done();
}
