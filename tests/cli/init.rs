//! `ocx init`: what it writes, what it asks, and that it overwrites nothing.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, time::Duration};

use ocx_tests::{
    pty::{Terminal, key},
    sandbox::Sandbox,
};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(20);
const DOWN: &str = "\x1b[B";

/// The files of the project with their texts.
fn files(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut directories = vec![sandbox.project()];
    while let Some(directory) = directories.pop() {
        for entry in directory.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            let name = path.strip_prefix(sandbox.project()).unwrap().to_string();
            if path.is_dir() && !path.is_symlink() {
                directories.push(path);
                found.insert(format!("{name}/"), String::new());
            } else {
                found.insert(name, fs::read_to_string(&path).unwrap_or_default());
            }
        }
    }
    found
}

fn names(sandbox: &Sandbox) -> Vec<String> {
    files(sandbox).into_keys().collect()
}

#[test]
fn a_template_and_what_comes_next() {
    let scene = Scene::without_base();
    let output = scene
        .sandbox
        .ocx(["init", "--template", "rust"])
        .run()
        .success();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx init --template rust
    [exit code 0]
    --- stderr
    ocx: the base is project-tools, built from docker/Dockerfile, the template rust
    ocx: wrote docker/Dockerfile
    ocx: wrote ocx.toml
    ocx: next: look at docker/Dockerfile, `ocx build`, then `ocx opencode`
    ");
    assert_eq!(
        names(&scene.sandbox),
        ["docker/", "docker/Dockerfile", "ocx.toml"]
    );
    assert!(scene.docker.calls().is_empty());

    // What it says to type works.
    scene.sandbox.ocx(["build"]).run().success().done();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    let builds = scene.docker.calls_of(&["build"]);
    assert_eq!(builds[0].values("--tag"), ["project-tools"]);
    let dockerfile = scene.sandbox.project().join("docker/Dockerfile");
    assert_eq!(builds[0].values("--file"), [dockerfile.as_str()]);
}

#[test]
fn every_template_is_written_as_it_is_listed() {
    let listed = Sandbox::new()
        .ocx(["init", "--list-templates"])
        .run()
        .success();
    assert_eq!(listed.stdout().lines().count(), 10);
    for line in listed.stdout().lines() {
        let name = line.split(' ').next().unwrap();
        let base = line.rsplit(['(', ')']).nth(1).unwrap();
        let sandbox = Sandbox::new();
        let args = ["init", "--template", name, "--quiet"];
        let output = sandbox.ocx(args).run().success();
        assert_eq!((output.stdout(), output.stderr()), ("", ""));
        let text = sandbox.read("docker/Dockerfile");
        assert!(text.contains(&format!("ARG BASE={base}\n")), "{text}");
        sandbox
            .ocx(["config", "--sources"])
            .run()
            .success()
            .prints("custom_base_image = \"project-tools\"")
            .done();
    }
}

#[test]
fn an_image_a_name_and_a_path_by_flags() {
    for (args, image, dockerfile) in [
        (
            &["--image", "ghcr.io/acme/app:2"][..],
            "ghcr.io/acme/app:2",
            None,
        ),
        (
            &["--template", "go", "--image", "acme-go"],
            "acme-go",
            Some("docker/Dockerfile"),
        ),
        (
            &["--template", "go", "--dockerfile", "./dev/ocx.Dockerfile"],
            "project-tools",
            Some("dev/ocx.Dockerfile"),
        ),
    ] {
        let sandbox = Sandbox::new();
        let args = ["init"].into_iter().chain(args.iter().copied());
        sandbox.ocx(args).run().success().done();
        let config = sandbox.ocx(["config", "--json"]).run().success();
        let config: serde_json::Value = serde_json::from_str(config.stdout()).unwrap();
        assert_eq!(config["custom_base_image"], image);
        assert_eq!(config["custom_base_dockerfile"].as_str(), dockerfile);
        if let Some(path) = dockerfile {
            assert!(sandbox.read(path).contains("golang"));
        }
    }
}

#[test]
fn a_dockerfile_that_exists_is_used_and_not_touched() {
    let sandbox = Sandbox::new();
    let args = ["init", "--dockerfile", "Dockerfile"];
    let output = sandbox.ocx(args).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx init --dockerfile Dockerfile
    [exit code 78]
    --- stderr
    error: no Dockerfile `Dockerfile` was found: tried `[PROJECT]/Dockerfile` and `[CONFIG]/ocx/Dockerfile`
    hint: to write one there, choose a template: `--template NAME`
    ");
    assert!(names(&sandbox).is_empty());

    sandbox.write("Dockerfile", "FROM scratch\n");
    sandbox.ocx(args).run().success().done();
    assert_eq!(sandbox.read("Dockerfile"), "FROM scratch\n");
    assert!(
        sandbox
            .read("ocx.toml")
            .contains("\ncustom_base_dockerfile = \"Dockerfile\"\n")
    );
}

#[test]
fn without_a_terminal_the_base_is_the_suggested_template_or_ocxs_own() {
    let sandbox = Sandbox::new();
    sandbox.write("Cargo.toml", "");
    let output = sandbox.ocx(["init"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx init
    [exit code 0]
    --- stderr
    ocx: the base is project-tools, built from docker/Dockerfile, the template rust (Cargo.toml)
    ocx: wrote docker/Dockerfile
    ocx: wrote ocx.toml
    ocx: next: look at docker/Dockerfile, `ocx build`, then `ocx opencode`
    ");

    // Where there is no place for its Dockerfile, it is only suggested.
    let sandbox = Sandbox::new();
    sandbox.write("Cargo.toml", "");
    sandbox.write("docker/Dockerfile", "FROM scratch\n");
    let output = sandbox.ocx(["init"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx init
    [exit code 0]
    --- stderr
    ocx: the base is ocx's own, a small Debian
    ocx: Cargo.toml suggests the template rust; for that, remove ocx.toml, then `ocx init --template rust`
    ocx: wrote ocx.toml
    ocx: next: `ocx build`, then `ocx opencode`
    ");
    assert_eq!(
        names(&sandbox),
        ["Cargo.toml", "docker/", "docker/Dockerfile", "ocx.toml"]
    );
    // The file sets nothing, and has it all in comments.
    let settings = sandbox.read("ocx.toml");
    assert!(settings.contains("# custom_base_image = "), "{settings}");
    assert!(
        settings
            .lines()
            .all(|line| line.is_empty() || line.starts_with('#')),
        "{settings}"
    );
}

#[test]
fn the_files_go_to_the_top_of_the_repository_with_the_users_modes() {
    let sandbox = Sandbox::new();
    sandbox
        .command("git", ["init", "--quiet"])
        .run()
        .success()
        .done();
    sandbox.make_directory(&sandbox.project().join("src"));
    sandbox
        .ocx(["init", "--template", "debian"])
        .in_dir("src")
        .umask("027")
        .run()
        .success()
        .done();
    for (path, mode) in [
        ("ocx.toml", 0o640),
        ("docker/Dockerfile", 0o640),
        ("docker", 0o750),
    ] {
        let found = fs::metadata(sandbox.project().join(path)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, mode, "{path}");
    }
}

#[test]
fn nothing_is_overwritten() {
    for (existing, args) in [
        ("ocx.toml", &["init"][..]),
        ("ocx.json", &["init", "--template", "node"]),
        ("docker/Dockerfile", &["init", "--template", "node"]),
        (
            "x/y",
            &["init", "--template", "node", "--dockerfile", "x/y"],
        ),
        ("docker", &["init", "--template", "node"]),
    ] {
        let sandbox = Sandbox::new();
        let text = if existing == "ocx.json" {
            "{}"
        } else {
            "# mine\n"
        };
        sandbox.write(existing, text);
        let before = files(&sandbox);
        for dry_run in [None, Some("--dry-run")] {
            let args = args.iter().copied().chain(dry_run);
            let path = sandbox.project().join(existing);
            let output = sandbox.ocx(args).run().exits(73);
            assert_eq!(output.stdout(), "");
            output.says(path.as_str()).says("hint: ").done();
        }
        assert_eq!(files(&sandbox), before);
    }
}

#[test]
fn the_message_about_settings_that_exist() {
    let sandbox = Sandbox::new();
    sandbox.write("ocx.toml", "");
    sandbox.make_directory(&sandbox.project().join("src"));
    let output = sandbox.ocx(["init"]).in_dir("src").run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx init
    [exit code 73]
    --- stderr
    error: this project has settings already: `[PROJECT]/ocx.toml`
    hint: edit that file, or remove it to begin anew; `ocx config --sources` shows what is in effect
    hint: to make the current directory a project of its own: `ocx init --workspace .`
    ");
    let args = ["init", "--workspace", "."];
    sandbox.ocx(args).in_dir("src").run().success().done();
    assert!(sandbox.project().join("src/ocx.toml").exists());
    let output = sandbox.ocx(["init"]).run().exits(73);
    output.never_says("--workspace .").done();
}

#[test]
fn a_link_out_of_the_project_is_not_followed() {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink(sandbox.home(), sandbox.project().join("docker")).unwrap();
    let output = sandbox.ocx(["init", "--template", "go"]).run().exits(78);
    output.says("leads out of the project").done();
    assert!(!sandbox.project().join("ocx.toml").exists());
    assert!(!sandbox.home().join("Dockerfile").exists());
}

#[test]
fn a_directory_that_may_not_be_written() {
    let sandbox = Sandbox::new();
    let locked = sandbox.project().join("docker");
    sandbox.make_directory(&locked);
    fs::set_permissions(&locked, PermissionsExt::from_mode(0o555)).unwrap();
    let output = sandbox.ocx(["init", "--template", "go"]).run().exits(74);
    output
        .says("docker/Dockerfile`; nothing was written")
        .says("ermission denied")
        .done();
    assert_eq!(names(&sandbox), ["docker/"]);
}

#[test]
fn a_dry_run_prints_what_would_be_written() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .ocx(["init", "--template", "alpine", "--dry-run"])
        .run()
        .success();
    let dockerfile = format!("# ----- {}/docker/Dockerfile\n", sandbox.project());
    let settings = format!("\n# ----- {}/ocx.toml\n", sandbox.project());
    assert!(output.stdout().starts_with(&dockerfile));
    assert!(output.stdout().contains(&settings));
    let printed = output.stdout().to_owned();
    output.says("nothing was written").done();
    assert!(names(&sandbox).is_empty());

    sandbox
        .ocx(["init", "--template", "alpine"])
        .run()
        .success()
        .done();
    let written = [sandbox.read("docker/Dockerfile"), sandbox.read("ocx.toml")];
    assert_eq!(
        printed,
        [dockerfile, written[0].clone(), settings, written[1].clone()].concat()
    );
}

#[test]
fn usage_errors() {
    let sandbox = Sandbox::new();
    for (args, said) in [
        (&["--template", "cobol"][..], "debian, rails, rust, node"),
        (&["--image", "No Image"], "--image"),
        (
            &["--dockerfile", "../Dockerfile"],
            "a path below the project",
        ),
        (&["--dockerfile", "docker/"], "the path of a file"),
        (&["--dockerfile", "ocx.toml"], "settings file"),
        (&["--list-templates", "--yes"], "cannot be used with"),
        (&["--set", "memory=4g"], "`--set memory` has no effect here"),
        (&["--runtime", "docker"], "`--runtime` has no effect here"),
    ] {
        let args = ["init"].into_iter().chain(args.iter().copied());
        sandbox.ocx(args).run().exits(64).says(said).done();
    }
    assert!(names(&sandbox).is_empty());
}

fn asked<'a>(sandbox: &'a Sandbox, args: &[&'a str]) -> Terminal {
    let args = ["init"].into_iter().chain(args.iter().copied());
    let terminal = sandbox.ocx(args).in_terminal();
    terminal.wait_for("Base image of this project", PATIENCE);
    terminal
}

#[test]
fn asked_for_the_suggested_template() {
    let sandbox = Sandbox::new();
    sandbox.write("Gemfile", "");
    let mut terminal = asked(&sandbox, &[]);
    terminal.wait_for("Gemfile suggests rails", PATIENCE);
    terminal.send(key::ENTER);
    terminal.wait_for("Alpine Linux with", PATIENCE);
    terminal.send(key::ENTER);
    terminal.wait_for("next: look at docker/Dockerfile", PATIENCE);
    assert!(terminal.wait(PATIENCE).success());
    terminal.assert_restored();
    assert!(sandbox.read("docker/Dockerfile").contains("ruby:3.4"));
}

#[test]
fn asked_for_another_template_where_there_is_a_dockerfile() {
    let sandbox = Sandbox::new();
    sandbox.write("docker/Dockerfile", "FROM scratch\n");
    let mut terminal = asked(&sandbox, &[]);
    // The choices go round: the first lies below the last, which is chosen without a suggestion.
    terminal.send(DOWN);
    terminal.send(key::ENTER);
    terminal.wait_for("Alpine Linux with", PATIENCE);
    terminal.send(DOWN);
    terminal.send(key::ENTER);
    terminal.wait_for("docker/Dockerfile exists already", PATIENCE);
    terminal.send("docker/Dockerfile\r");
    terminal.wait_for("exists already\n", PATIENCE);
    for _ in 0.."docker/Dockerfile".len() {
        terminal.send("\x7f");
    }
    terminal.send("dev/Dockerfile\r");
    terminal.wait_for("next: look at dev/Dockerfile", PATIENCE);
    assert!(terminal.wait(PATIENCE).success());
    assert!(sandbox.read("dev/Dockerfile").contains("ruby:3.4"));
    assert_eq!(sandbox.read("docker/Dockerfile"), "FROM scratch\n");
}

#[test]
fn asked_for_an_image() {
    let sandbox = Sandbox::new();
    let mut terminal = asked(&sandbox, &[]);
    terminal.send("\x1b[A");
    terminal.send(key::ENTER);
    terminal.wait_for("Name of the image", PATIENCE);
    terminal.send("Not A Name\r");
    terminal.wait_for("✘", PATIENCE);
    for _ in 0.."Not A Name".len() {
        terminal.send("\x7f");
    }
    terminal.send("ruby:3.4\r");
    terminal.wait_for("the base is ruby:3.4", PATIENCE);
    assert!(terminal.wait(PATIENCE).success());
    assert!(
        sandbox
            .read("ocx.toml")
            .contains("\ncustom_base_image = \"ruby:3.4\"\n")
    );
}

#[test]
fn an_interrupted_question_leaves_nothing() {
    for is_first in [true, false] {
        let sandbox = Sandbox::new();
        let mut terminal = asked(&sandbox, &[]);
        if !is_first {
            terminal.send(DOWN);
            terminal.send(key::ENTER);
            terminal.wait_for("Alpine Linux with", PATIENCE);
        }
        terminal.wait_for_reader_of_keys(PATIENCE);
        terminal.send(key::CTRL_C);
        terminal.wait_for("interrupted; nothing was written", PATIENCE);
        assert_eq!(terminal.wait(PATIENCE).exit_code(), 130);
        terminal.assert_restored();
        assert!(names(&sandbox).is_empty());
    }
}

#[test]
fn questions_are_asked_only_if_something_is_open() {
    let sandbox = Sandbox::new();
    for args in [
        &["init", "--yes", "--dry-run"][..],
        &["init", "--template", "go", "--dry-run"],
        &["init", "--image", "ruby", "--dry-run"],
    ] {
        let mut terminal = sandbox.ocx(args.iter().copied()).in_terminal();
        terminal.wait_for("nothing was written", PATIENCE);
        assert!(terminal.wait(PATIENCE).success());
    }
    // What would make the answer useless is said before the question.
    sandbox.write("ocx.toml", "");
    let mut terminal = sandbox.ocx(["init"]).in_terminal();
    terminal.wait_for("this project has settings already", PATIENCE);
    assert_eq!(terminal.wait(PATIENCE).exit_code(), 73);
}
