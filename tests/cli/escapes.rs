//! Texts from outside never reach the terminal as something that it obeys.

use std::collections::BTreeMap;

use ocx_core::printable::is_unprintable;
use ocx_tests::{
    fake_engine::{Rule, image_record},
    output::Output,
};
use serde_json::{Value, json};

use crate::scene::Scene;

/// What a terminal, or a reader, would be misled by: a sequence that clears the screen, a title, the
/// same in one character, a change of direction, a line that looks like ocx's own.
const HOSTILE: &str = "\x1b[2J\x1b]0;title\x07\u{9b}2J\u{7f}\u{202e}\nerror: forged";

/// The part of it that can stand in the name of a directory and in a line.
const HOSTILE_LINE: &str = "\x1b[2J\x1b]0;title\x07\u{9b}2J\u{7f}\u{202e}";

/// Fails the test unless everything that was printed is printable, and no line is forged.
#[track_caller]
fn assert_printable(output: &Output) {
    let text = format!("{}{}", output.stdout(), output.stderr());
    assert!(
        !text.contains(|c: char| is_unprintable(c) && !matches!(c, '\n' | '\t')),
        "{text:?}"
    );
    assert!(
        !text.lines().any(|line| line.starts_with("error: forged")),
        "{text}"
    );
}

/// Runs ocx, and returns what it printed.
#[track_caller]
fn run(scene: &Scene, args: &[&str]) -> Output {
    let output = scene.sandbox.ocx(args.iter().copied()).run();
    assert_printable(&output);
    output
}

#[test]
fn an_image() {
    let scene = Scene::new();
    let id = format!("sha256:{}", "4".repeat(64));
    let mut record = image_record(&id, "app:2", &BTreeMap::new());
    record["Config"] = json!({
        "Env": [format!("PATH=/bin{HOSTILE}")],
        "User": HOSTILE,
        "Cmd": [HOSTILE],
        "Entrypoint": [HOSTILE],
        "WorkingDir": format!("/{HOSTILE}"),
        "StopSignal": HOSTILE,
        "Volumes": { HOSTILE: {} },
    });
    scene.docker.add_image_record("app:2", &record);
    let os = format!("PRETTY_NAME=\"Debian {HOSTILE_LINE}\"\n");
    scene.docker.add_file("/etc/os-release", os.as_bytes());
    let passwd = format!("x{HOSTILE_LINE}:x:1:1::/:/bin/sh\n");
    scene.docker.add_file("/etc/passwd", passwd.as_bytes());
    run(&scene, &["compat", "app:2"])
        .prints(r"Debian \x1b[2J\x1b]0;title\x07\u{9b}2J\x7f\u{202e}")
        .prints(r"/bin\x1b[2J")
        .done();
    let output = run(&scene, &["compat", "app:2", "--json"]);
    let answer: Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(
        answer["image"]["os_name"],
        format!("Debian {HOSTILE_LINE}"),
        "the escapes of JSON mean the same"
    );
    scene.set_global("custom_base_image = \"app:2\"\n");
    for args in [
        &["--verbose", "build"][..],
        &["status"],
        &["status", "--json"],
        &["--dry-run", "run"],
        &["--verbose", "run"],
    ] {
        let _ = run(&scene, args);
    }
}

#[test]
fn a_project_whose_path_and_settings_are_hostile() {
    let scene = Scene::new();
    let directory = format!("a{HOSTILE}");
    let path = |file: &str| format!("{directory}/{file}");
    scene.sandbox.write(path("docker/Dockerfile"), "FROM x\n");
    scene.sandbox.write(
        path("ocx.toml"),
        "custom_base_dockerfile = \"docker/Dockerfile\"\nforbidden_paths = [\"\\u202e\"]\n",
    );
    let inside = |args: &[&str]| {
        let output = scene
            .sandbox
            .ocx(args.iter().copied())
            .in_dir(&directory)
            .run();
        assert_printable(&output);
        output
    };
    for args in [
        &["status"][..],
        &["status", "--json"],
        &["config", "--sources"],
        &["config", "--json", "--sources"],
        &["build"],
        &["--verbose", "run"],
        &["init"],
        &["--workspace", HOSTILE, "status"],
        &["upgrade"],
        &["ps"],
        &["stop", HOSTILE],
        &["exec", "--session", HOSTILE, "x"],
        &[
            "--set",
            "custom_base_dockerfile=\x1b[2J/Dockerfile",
            "build",
        ],
        &["--set", "extra_mounts=[\"/\x1b[2J:/x\"]", "run"],
    ] {
        let _ = inside(args);
    }
    // A dry run is there to be pasted.
    let planned = inside(&["--dry-run", "opencode", "run"]).success();
    let run = planned
        .stdout()
        .lines()
        .find(|line| line.starts_with("docker run") && line.contains("ocx.session="))
        .expect("a session is planned");
    let script = format!("docker() {{ printf '%s\\n' \"$@\"; }}; {run}");
    let pasted = std::process::Command::new("bash")
        .args(["-c", &script])
        .output()
        .unwrap();
    let pasted = String::from_utf8(pasted.stdout).unwrap();
    assert!(pasted.contains(&directory), "{pasted}");

    // As a comment, in which a line that ends would begin another one.
    std::fs::remove_file(scene.sandbox.project().join(path("ocx.toml"))).unwrap();
    inside(&["--dry-run", "init", "--yes"]).success().done();
    for settings in [
        format!("\"{HOSTILE_LINE}\" = 1\n"),
        "network = \"\\u001b[2J\"\n".to_owned(),
        "memory = \"\\u202e\\u001b[2J\\nerror: forged\"\n".to_owned(),
        format!("memory = {HOSTILE}\n"),
        "custom_base_image = \"\\u001b[2J\"\n".to_owned(),
    ] {
        scene.sandbox.write(path("ocx.toml"), settings);
        inside(&["config"]).exits(78).done();
    }
}

#[test]
fn what_is_asked_about() {
    let scene = Scene::with_dockerfile();
    let directory = format!("a{HOSTILE}");
    let path = |file: &str| format!("{directory}/{file}");
    scene.sandbox.write(path("docker/Dockerfile"), "FROM x\n");
    scene.sandbox.write(
        path("ocx.toml"),
        "custom_base_dockerfile = \"docker/Dockerfile\"\nnetwork = \"host\"\n",
    );
    let root = scene.sandbox.project().join(&directory);
    for args in [
        &["trust"][..],
        &["run"],
        &["build"],
        &["trust", "--yes"],
        &["trust", "--list"],
        &["trust", "--revoke", root.as_str()],
        &["trust", "--list"],
        &["trust", "--revoke", HOSTILE],
    ] {
        let output = scene
            .sandbox
            .ocx(args.iter().copied())
            .in_dir(&directory)
            .run();
        assert_printable(&output);
    }
    let listed = run(&scene, &["trust", "--list"]).success();
    assert_eq!(listed.stdout().lines().count(), 2, "{listed}");
    listed.prints("2J").done();
}

/// What a session leaves: files, names of logins, and what other programs of the host would run.
#[test]
fn what_a_session_leaves() {
    let mut scene = Scene::with_dockerfile();
    let git = scene.sandbox.command("git", ["init", "--quiet"]);
    git.run().success().done();
    let name = HOSTILE.replace('\'', "");
    let script = format!(
        "PATH=/usr/bin:/bin
         cd {root} && mkdir -p '{name}/.vscode' 'docker/{name}' '.opencode/plugins/{name}'
         echo x > '{name}/.envrc'; echo x > '{name}/.vscode/tasks.json'
         echo x > 'docker/{name}/x'; echo x > '.opencode/plugins/{name}/x.ts'
         printf '[core]\\n\\tfsmonitor = \"{name}\"\\n' >> .git/config
         printf '#!/bin/sh\\n' > '.git/hooks/{name}'",
        root = scene.sandbox.project(),
    );
    let rule = Rule::on(&["run"]).containing("ocx.session=");
    scene.docker.rule(rule.times(1).starts().shell(&script));
    let auth = json!({ (format!("x{HOSTILE}")): { "type": "api", "key": "k" } });
    let logins = scene.sandbox.data().join("opencode/auth.json");
    scene.sandbox.write(logins, auth.to_string());
    let output = run(&scene, &["opencode", "run"]).success();
    output.says(r"\x1b[2J").done();
    for args in [
        &["trust"][..],
        &["build"],
        &["run"],
        &["status"],
        &["logins"],
        &["logins", "--json"],
        &["logins", "--take", HOSTILE],
        &["--dry-run", "logins", "--take", HOSTILE],
    ] {
        let _ = run(&scene, args);
    }
    run(&scene, &["logins"])
        .success()
        .prints(r"\x1b[2J\x1b]0;title\x07")
        .done();
    let shown = run(&scene, &["trust"]).exits(78);
    shown.prints(r"new: docker/\u{1b}[2J").done();
}

#[test]
fn settings_are_shown_as_what_they_are() {
    let scene = Scene::new();
    let value = "2J\u{e0041}\u{202e}\u{200b}";
    let settings = format!(
        "env = {{ A = {} }}\ncontainer_name = \"x\"\nforbidden_paths = [{}]\n",
        ocx_core::printable::toml_string(value),
        ocx_core::printable::toml_string(value),
    );
    scene.set_global(&settings);
    let shown = run(&scene, &["config"]).success();
    let table: toml::Table = shown.stdout().parse().expect("it is TOML");
    assert_eq!(table["forbidden_paths"][0].as_str(), Some(value));
    let shown = run(&scene, &["config", "--json"]).success();
    let read: Value = serde_json::from_str(shown.stdout()).unwrap();
    assert_eq!(read["forbidden_paths"][0], value);
}

#[test]
fn variables_and_the_command_line() {
    let scene = Scene::new();
    let output = scene
        .sandbox
        .ocx(["config"])
        .env(&format!("OCX_{HOSTILE}"), "x")
        .env("OCX_MEMORY", HOSTILE)
        .run();
    assert_printable(&output);
    for args in [
        &[HOSTILE][..],
        &["--runtime", HOSTILE, "build"],
        &["--set", HOSTILE, "build"],
        &["--set", "\x1b[2J=1", "build"],
        &["build", HOSTILE],
        &["build", "--\x1b[2J"],
        &["compat", HOSTILE],
        &["init", "--template", HOSTILE],
        &["init", "--dockerfile", HOSTILE, "--image", HOSTILE],
        &["ps", "--al\u{202e}l"],
    ] {
        let output = run(&scene, args);
        assert_ne!(output.code(), Some(0), "{output}");
    }
}

#[test]
fn sessions() {
    let mut scene = Scene::new();
    let session = json!({
        "ID": "c0ffee",
        "Names": format!("ocx{HOSTILE}"),
        "Image": format!("x{HOSTILE}"),
        "Command": format!("\"{HOSTILE}\""),
        "CreatedAt": "2026-01-02 03:04:00 +0000 UTC",
        "Labels": format!("ocx.session=a{HOSTILE},ocx.project=/{HOSTILE},ocx.project-id=x"),
    });
    let list = format!("{session}\n");
    scene.docker.rule(Rule::on(&["ps"]).stdout(&list));
    run(&scene, &["ps", "--all"])
        .success()
        .prints(r"x\x1b[2J\x1b]0;title\x07\u{9b}2J\x7f\u{202e}\nerror: forged")
        .done();
    let output = run(&scene, &["ps", "--all", "--json"]).success();
    let read: Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(read[0]["image"], format!("x{HOSTILE}"));
    run(&scene, &["stop"]).success().done();
    let _ = run(&scene, &["stop", "--json"]);
    let _ = run(&scene, &["--verbose", "exec", "x"]);
    let _ = run(&scene, &["exec", "--session", "zz", "x"]);
}

#[test]
fn what_an_engine_prints() {
    let mut scene = Scene::with_dockerfile();
    scene.docker.rule(
        Rule::on(&["build"])
            .stdout("\x1b[31mStep 1\x1b[0m\n 10%\r 20%\r\n")
            .stderr(&format!("\x1b[1;1Hup {HOSTILE_LINE}\n"))
            .exit(1),
    );
    let output = run(&scene, &["build"]).exits(76);
    output
        .says("Step 1\n 10%\n 20%\n")
        .says(r"up \u{9b}2J\u{202e}")
        .done();
    run(&scene, &["--quiet", "build"])
        .exits(76)
        .says(r"up \u{9b}2J\u{202e}")
        .done();

    for (stdout, code) in [(HOSTILE, 0), (HOSTILE, 1), ("{\"Id\": \"\x1b[2J\"}", 0)] {
        let mut scene = Scene::new();
        let rule = Rule::on(&[]).stdout(stdout).stderr(HOSTILE).exit(code);
        scene.docker.rule(rule);
        for command in ["status", "build", "opencode", "ps"] {
            let output = run(&scene, &[command]);
            assert_ne!(output.code(), Some(0), "{output}");
        }
    }
}
