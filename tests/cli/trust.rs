//! What a project asks for has to be agreed to, and so has what sessions changed in it.

use std::time::Duration;

use camino::Utf8Path;
use ocx_tests::{fake_engine::Rule, pty::Terminal};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(20);
const QUESTION: &str = "[a]lways in this project, [N]o:";

/// A fresh clone with a Dockerfile.
fn clone() -> Scene {
    let scene = Scene::with_dockerfile();
    scene.sandbox.forget_trust();
    scene
}

/// A clone whose settings loosen, on a base that is there.
fn loosening() -> Scene {
    let scene = Scene::new();
    scene.sandbox.forget_trust();
    scene.sandbox.write("ocx.toml", "network = \"host\"\n");
    scene
}

/// A project that the user has built before, and in which a session changed these files.
pub(crate) fn changed(scene: &Scene, purpose: &str, files: &[&str]) {
    let root = scene.sandbox.project();
    scene.sandbox.trust(&root);
    let made: Vec<String> = files
        .iter()
        .map(|file| {
            let path = root.join(file);
            format!("{path:?}: {{\"purpose\": {purpose:?}, \"was\": null}}")
        })
        .collect();
    let texts = format!("{:?}: \"FROM scratch\\n\"", root.join("docker/Dockerfile"));
    let record = format!(
        "{{\"root\": {root:?}, \"standing\": \"known\", \"agent_made\": {{{}}}, \"texts\": {{{texts}}}}}",
        made.join(", ")
    );
    let trust = scene.sandbox.data().join("ocx/trust");
    let mut records = trust.read_dir_utf8().unwrap().flatten();
    let file = records
        .find(|entry| entry.path().extension() == Some("json"))
        .expect("there is a record");
    scene.sandbox.write(file.path(), record);
}

fn builds(scene: &Scene) -> usize {
    let calls = scene.docker.calls_of(&["build"]);
    calls
        .iter()
        .filter(|call| call.args.iter().any(|arg| arg.starts_with("ocx-base-")))
        .count()
}

fn networks(scene: &Scene) -> bool {
    let calls = scene.docker.calls_of(&["run"]);
    // A build is tried out without a network.
    calls
        .iter()
        .any(|call| call.values("--network") == ["host"])
}

#[test]
fn a_session_builds_nothing_of_a_fresh_clone() {
    let scene = clone();
    let output = scene.sandbox.ocx(["opencode", "run"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx opencode run
    [exit code 78]
    --- stderr
    error: nobody has agreed yet to a build from the project's Dockerfile `[PROJECT]/docker/Dockerfile`
    hint: `ocx build` builds it, and sessions do from then on; to look first: `ocx trust`
    hint: without a terminal: `ocx trust --yes`, or the variable OCX_TRUST with the hash that it prints
    ");
    assert_eq!(builds(&scene), 0);
    // Standard input that is no terminal gives no answer.
    let output = scene.sandbox.ocx(["opencode", "run"]).stdin("a\n").run();
    output.exits(78).never_says(QUESTION).done();
    // Who types `build` means it.
    scene.sandbox.ocx(["build"]).run().success().done();
    assert_eq!(builds(&scene), 1);
    scene
        .sandbox
        .write("docker/Dockerfile", "FROM scratch\n# mine\n");
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert_eq!(builds(&scene), 2);
}

#[test]
fn on_a_terminal_it_is_asked_once() {
    for (answer, asks_again) in [("o\r", true), ("t\r", false), ("a\r", false)] {
        let scene = clone();
        let mut terminal = asked(&scene, &["opencode", "run"]);
        terminal.send(answer);
        assert!(terminal.wait(PATIENCE).success(), "{}", terminal.screen());
        terminal.assert_restored();
        assert_eq!(builds(&scene), 1);
        scene
            .sandbox
            .write("docker/Dockerfile", "FROM scratch\n# mine\n");
        let output = scene.sandbox.ocx(["opencode", "run"]).run();
        output.exits(if asks_again { 78 } else { 0 }).done();
    }
    let scene = clone();
    let mut terminal = asked(&scene, &["opencode", "run"]);
    terminal.send("\r");
    assert_eq!(terminal.wait(PATIENCE).exit_code(), 78);
    assert_eq!(builds(&scene), 0);
}

fn asked(scene: &Scene, args: &[&str]) -> Terminal {
    let terminal = scene.sandbox.ocx(args.iter().copied()).in_terminal();
    terminal.wait_for(QUESTION, PATIENCE);
    terminal
}

#[test]
fn settings_that_loosen_have_no_effect_before_somebody_agrees() {
    let scene = loosening();
    let output = scene.sandbox.ocx(["opencode", "run"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx opencode run
    [exit code 78]
    --- stderr
    error: the project is not trusted with what its settings ask for: setting `network` in the project's file [PROJECT]/ocx.toml is `host`: the agent would reach the host's own services
    hint: `ocx trust` shows that, and asks whether you want it
    hint: without a terminal: `ocx trust --yes`, or the variable OCX_TRUST with the hash that it prints
    hint: or set `network` yourself, in your own file, a variable or by `--set`
    ");
    // What only looks, leaves it out.
    let config = scene.sandbox.ocx(["config"]).run().success();
    config
        .prints("network = \"default\"")
        .says("so it is left out")
        .done();
    scene.sandbox.ocx(["ps"]).run().success().done();
    let shown = scene.sandbox.ocx(["trust"]).run().exits(78);
    shown
        .prints("network = `host`: the agent would reach the host's own services")
        .prints("OCX_TRUST=")
        .says("nothing was agreed to")
        .done();
    scene.sandbox.ocx(["trust", "--yes"]).run().success().done();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert!(networks(&scene));
    let shown = scene.sandbox.ocx(["trust"]).run().success();
    shown.says("there is nothing to agree to").done();
    // Exactly that.
    scene
        .sandbox
        .write("ocx.toml", "network = \"host\"\npublish_port = true\n");
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .exits(78)
        .done();
    scene
        .sandbox
        .ocx(["trust", "--always"])
        .run()
        .success()
        .done();
    scene.sandbox.write(
        "ocx.toml",
        "network = \"host\"\nadd_host_docker_internal = true\n",
    );
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    scene
        .sandbox
        .ocx(["trust", "--revoke"])
        .run()
        .success()
        .done();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .exits(78)
        .done();
}

#[test]
fn settings_that_loosen_are_asked_about_on_a_terminal() {
    for (answer, code) in [("o\r", 0), ("t\r", 0), ("n\r", 78)] {
        let scene = loosening();
        let mut terminal = asked(&scene, &["opencode", "run"]);
        let screen = terminal.screen();
        assert!(screen.contains("network = `host`"), "{screen}");
        terminal.send(answer);
        assert_eq!(terminal.wait(PATIENCE).exit_code(), code, "{answer:?}");
        assert_eq!(networks(&scene), code == 0);
        let next = scene.sandbox.ocx(["opencode", "run"]).run();
        next.exits(if answer == "t\r" { 0 } else { 78 }).done();
    }
}

#[test]
fn what_no_project_gets_cannot_be_agreed_to() {
    let scene = loosening();
    scene
        .sandbox
        .write("ocx.toml", "extra_mounts = [\"~/.ssh:/s\"]\n");
    for args in [&["trust", "--yes"][..], &["trust", "--always"], &["run"]] {
        let output = scene.sandbox.ocx(args.iter().copied()).run().exits(78);
        output.says("a project may not decide that").done();
    }
}

#[test]
fn a_hash_agrees_for_one_run() {
    let scene = clone();
    scene.sandbox.write(
        "ocx.toml",
        "custom_base_dockerfile = \"docker/Dockerfile\"\nnetwork = \"host\"\n",
    );
    let shown = scene.sandbox.ocx(["trust"]).run().exits(78);
    let hash = shown
        .stdout()
        .lines()
        .find_map(|line| line.strip_prefix("OCX_TRUST="))
        .expect("the hash is printed")
        .to_owned();
    shown.done();
    let with = |hash: &str| {
        let output = scene
            .sandbox
            .ocx(["opencode", "run"])
            .env("OCX_TRUST", hash);
        output.run()
    };
    with(&"0".repeat(64)).exits(78).done();
    for text in [
        "all",
        "1",
        &hash[..63],
        &format!("{hash}0"),
        &hash
            .to_uppercase()
            .replace(|c: char| c.is_ascii_digit(), "F"),
        &format!("{hash} {hash}"),
        "*",
        "\u{1b}[2J",
    ] {
        with(text)
            .exits(78)
            .says("holds no hash")
            .never_says(text)
            .done();
    }
    // One digit is another, and nothing is nothing.
    let last = if hash.ends_with('0') { "1" } else { "0" };
    with(&format!("{}{last}", &hash[..63])).exits(78).done();
    with("").exits(78).done();
    with(&hash).success().done();
    assert!(networks(&scene));
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .exits(78)
        .done();
    // A file beside the Dockerfile counts.
    scene.sandbox.write("docker/run.sh", "evil");
    with(&hash).exits(78).done();
}

#[test]
fn what_a_session_changed_is_shown_and_not_built_unasked() {
    let scene = Scene::with_dockerfile();
    scene.sandbox.ocx(["build"]).run().success().done();
    scene.sandbox.write(
        "docker/Dockerfile",
        "FROM scratch\nRUN evil \u{1b}[2J\u{202e}\n",
    );
    changed(&scene, "build", &["docker/Dockerfile"]);
    for command in ["run", "build"] {
        let output = scene.sandbox.ocx([command]).run().exits(78);
        output
            .says("changed while a session ran")
            .says("hint: `ocx trust` shows that")
            .done();
    }
    assert_eq!(builds(&scene), 1);
    let output = scene.sandbox.ocx(["trust"]).run();
    insta::assert_snapshot!(plain(&output.snapshot()), @r"
    $ ocx trust
    [exit code 78]
    --- stdout
    Changed while a session ran:
      changed: docker/Dockerfile
          FROM scratch
        + RUN evil \u{1b}[2J\u{202e}
    OCX_TRUST=[HASH]
    --- stderr
    ocx: nothing was agreed to
    ");
    scene.sandbox.ocx(["trust", "--yes"]).run().success().done();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert_eq!(builds(&scene), 2);
}

/// Without hashes, in which the sandbox's path is.
fn plain(text: &str) -> String {
    let cut = |line: &str| match line.split_once("OCX_TRUST=") {
        Some((before, _)) => format!("{before}OCX_TRUST=[HASH]\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(cut).collect()
}

#[test]
fn settings_that_a_session_changed_have_no_effect_unasked() {
    let scene = Scene::new();
    scene.sandbox.write("ocx.toml", "memory = \"1g\"\n");
    changed(&scene, "settings", &["ocx.toml"]);
    let output = scene.sandbox.ocx(["opencode", "run"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx opencode run
    [exit code 78]
    --- stderr
    error: the project's settings changed while a session ran, and you have not seen them: `[PROJECT]/ocx.toml`
    hint: `ocx trust` shows that, and asks whether you want it
    hint: without a terminal: `ocx trust --yes`, or the variable OCX_TRUST with the hash that it prints
    ");
    let mut terminal = asked(&scene, &["opencode", "run"]);
    terminal.send("t\r");
    assert!(terminal.wait(PATIENCE).success(), "{}", terminal.screen());
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
}

/// `ocx build` is consent in a project that nobody knows yet, and a session can make one of a directory.
#[test]
fn what_a_session_made_a_project_of_its_own_is_not_built_unasked() {
    for planted in ["ocx.toml", ".git/HEAD"] {
        let mut scene = Scene::without_base();
        let root = scene.sandbox.project();
        let script = format!(
            "cd {root} && /bin/mkdir -p sub/.git/objects sub/.git/refs
             echo 'ref: refs/heads/main' > sub/{planted}
             echo 'custom_base_dockerfile = \"Dockerfile\"' > sub/ocx.toml
             echo 'FROM evil' > sub/Dockerfile"
        );
        let rule = Rule::on(&["run"]).containing("ocx.session=");
        scene.docker.rule(rule.times(1).starts().shell(&script));
        scene
            .sandbox
            .ocx(["opencode", "run"])
            .run()
            .success()
            .done();
        scene.docker.forget_calls();
        // Not the other way round.
        assert!(root.join("sub").join(planted).exists());
        let sub = |args: &[&'static str]| {
            let command = scene.sandbox.ocx(args.iter().copied());
            command.in_dir("sub").run()
        };
        for args in [&["build"][..], &["build", "--base"], &["run"]] {
            sub(args)
                .exits(78)
                .says("changed while a session ran")
                .says("sub/ocx.toml")
                .done();
        }
        assert!(scene.docker.calls_of(&["build"]).is_empty());
        sub(&["trust"])
            .exits(78)
            .prints("Changed while a session ran")
            .prints("Dockerfile")
            .done();
        sub(&["trust", "--yes"]).success().done();
        sub(&["build"]).success().done();
        assert_eq!(builds(&scene), 1);
    }
}

#[test]
fn a_dry_run_says_what_would_be_asked() {
    let scene = clone();
    let output = scene
        .sandbox
        .ocx(["--dry-run", "opencode", "run"])
        .run()
        .success();
    output
        .says("this would be asked about first: nobody has agreed yet to a build")
        .done();
    let scene = loosening();
    let output = scene
        .sandbox
        .ocx(["--dry-run", "opencode", "run"])
        .run()
        .success();
    output
        .says("this would be asked about first: ")
        .says("`network`")
        .done();
    scene.assert_nothing_changed();
}

#[test]
fn a_project_that_is_set_up_by_the_user_never_asks() {
    let scene = Scene::without_base();
    scene.sandbox.forget_trust();
    scene
        .sandbox
        .ocx(["init", "--template", "python"])
        .run()
        .success()
        .done();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    let settings = scene.sandbox.read("ocx.toml");
    scene
        .sandbox
        .write("ocx.toml", format!("{settings}\nnetwork = \"host\"\n"));
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert!(networks(&scene));
    // The user's own word is not the agent's.
    changed(&scene, "settings", &["ocx.toml"]);
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .exits(78)
        .done();
}

/// They lie there, for the day on which the user sets the project up.
#[test]
fn who_sets_a_project_up_has_not_agreed_to_what_sessions_left_there() {
    let with_template = ["init", "--template", "python"];
    let with_dockerfile = ["init", "--dockerfile", "docker/Dockerfile"];
    for (planted, init, is_built) in [
        ("docker/evil.sh", with_template, false),
        ("docker/Dockerfile", with_dockerfile, false),
        (".opencode/plugins/x.ts", with_template, true),
    ] {
        let mut scene = Scene::without_base();
        scene.sandbox.forget_trust();
        let script = format!(
            "cd {} && /bin/mkdir -p {} && echo 'FROM evil' > {planted}",
            scene.sandbox.project(),
            Utf8Path::new(planted).parent().unwrap(),
        );
        let rule = Rule::on(&["run"]).containing("ocx.session=");
        scene.docker.rule(rule.times(1).starts().shell(&script));
        scene
            .sandbox
            .ocx(["opencode", "run"])
            .run()
            .success()
            .done();
        scene.sandbox.ocx(init).run().success().done();
        scene.docker.forget_calls();
        if is_built {
            assert!(is_left_out(&scene, &["run"], &[".opencode"]));
        } else {
            for command in ["run", "build"] {
                let output = scene.sandbox.ocx([command]).run().exits(78);
                output.says("changed while a session ran").done();
            }
            assert!(scene.docker.calls_of(&["build"]).is_empty(), "{planted}");
        }
        scene.sandbox.ocx(["trust", "--yes"]).run().success().done();
        scene
            .sandbox
            .ocx(["opencode", "run"])
            .run()
            .success()
            .done();
    }
}

#[test]
fn what_was_agreed_to_is_listed_and_taken_back() {
    let scene = clone();
    let list = || scene.sandbox.ocx(["trust", "--list"]).run().success();
    assert_eq!(list().stdout(), "");
    scene.sandbox.ocx(["trust", "--yes"]).run().success().done();
    let root = scene.sandbox.project();
    assert_eq!(list().stdout(), format!("{root}: its builds\n"));
    std::fs::remove_dir_all(root.join("docker")).unwrap();
    scene
        .sandbox
        .ocx(["trust", "--revoke", root.as_str()])
        .run()
        .success()
        .done();
    assert_eq!(list().stdout(), format!("{root}: nothing agreed to\n"));
    let output = scene.sandbox.ocx(["trust", "--revoke", "/nowhere"]).run();
    output
        .exits(74)
        .says("nothing is kept about `/nowhere`")
        .done();
}

#[test]
fn names_of_ocxs_own_images_are_no_bases() {
    let scene = Scene::with_dockerfile();
    for name in ["ocx-team:1.18.33", "ocx-base", "docker.io/library/ocx-team"] {
        scene.sandbox.write(
            "ocx.toml",
            format!(
                "custom_base_image = {name:?}\ncustom_base_dockerfile = \"docker/Dockerfile\"\n"
            ),
        );
        let output = scene.sandbox.ocx(["build"]).run().exits(78);
        output.says("the reserved name").done();
    }
    assert_eq!(builds(&scene), 0);
    let scene = Scene::without_base();
    let output = scene.sandbox.ocx(["init", "--image", "ocx-team"]).run();
    output.exits(78).says("cannot be a base").done();
}

/// A fresh clone on a base that is there, with these files.
fn bringing(files: &[(&str, &str)]) -> Scene {
    let scene = Scene::new();
    scene.sandbox.forget_trust();
    for (file, text) in files {
        scene.sandbox.write(file, text);
    }
    scene
}

const LEFT_OUT: &str = "opencode starts without what the project brings for it";
const SWITCH: &str = "OPENCODE_DISABLE_PROJECT_CONFIG";

/// Whether the session of these arguments leaves the project's configuration out, and covers what there
/// is of it.
#[track_caller]
fn is_left_out(scene: &Scene, args: &[&str], covered: &[&str]) -> bool {
    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(args.iter().copied()).run().success();
    let told = output.stderr().matches(LEFT_OUT).count();
    let call = scene.session_call();
    let switched = call.variables.get(SWITCH).map(String::as_str) == Some("1");
    assert_eq!(told, usize::from(switched), "{output}");
    output.done();
    for path in covered {
        let target = format!(",target={},readonly", scene.sandbox.project().join(path));
        let mounts = call.values("--mount");
        let cover = mounts.iter().find(|mount| mount.ends_with(&target));
        let cover = cover.filter(|mount| mount.contains(scene.sandbox.cache().as_str()));
        assert_eq!(cover.is_some(), switched, "{path}: {mounts:#?}");
    }
    switched
}

#[test]
fn a_fresh_clone_starts_without_what_it_brings_for_opencode() {
    for (file, covered) in [
        (".opencode/plugins/x.ts", &[".opencode"][..]),
        (".opencode/plugin/x.js", &[".opencode"]),
        (".opencode/tool/x.ts", &[".opencode"]),
        (".opencode/command/x.md", &[".opencode"]),
        (".opencode/opencode.json", &[".opencode"]),
        ("opencode.json", &["opencode.json"]),
        ("opencode.jsonc", &["opencode.jsonc"]),
        ("tui.json", &[]),
    ] {
        let scene = bringing(&[(file, "{}")]);
        assert!(is_left_out(&scene, &["o", "run"], covered), "{file}");
        // It is said at each start, and what only looks says nothing.
        assert!(is_left_out(&scene, &["o", "run", "x"], covered), "{file}");
        assert!(is_left_out(&scene, &["exec", "--new", "true"], covered));
        scene
            .sandbox
            .ocx(["status"])
            .run()
            .success()
            .never_says(LEFT_OUT)
            .done();
        scene.sandbox.ocx(["trust", "--yes"]).run().success().done();
        assert!(!is_left_out(&scene, &["o", "run"], covered), "{file}");
    }
    let scene = bringing(&[("AGENTS.md", "x"), (".opencode/node_modules/x/x.js", "x")]);
    assert!(!is_left_out(&scene, &["o", "run"], &[]));
}

#[test]
fn what_is_left_out_is_told_with_the_command() {
    let scene = bringing(&[("opencode.json", "{}"), (".opencode/agent/x.md", "x")]);
    scene.warm_up();
    let output = scene.sandbox.ocx(["o", "run"]).run();
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx o run
    [exit code 0]
    --- stderr
    warning: opencode starts without what the project brings for it, since nobody has agreed to that: `.opencode`, `opencode.json`; `ocx trust` shows it, and asks whether you want it
    ");
    let dry = scene.sandbox.ocx(["--dry-run", "o", "run"]).run().success();
    dry.prints("OPENCODE_DISABLE_PROJECT_CONFIG=1").done();
}

#[test]
fn instructions_for_the_agent_stay() {
    let scene = bringing(&[("opencode.json", "{}"), ("AGENTS.md", "be kind")]);
    scene.warm_up();
    let call = scene.session(&["o", "run"]);
    let given = &call.variables["OPENCODE_CONFIG_CONTENT"];
    let file = scene.sandbox.project().join("AGENTS.md");
    let notes = "/ocx/etc/where-you-are.md";
    let expected = format!("{{\"instructions\":[\"{file}\",\"{notes}\"]}}");
    assert_eq!(*given, expected);
}

#[test]
fn opencode_may_start_in_another_directory() {
    let plugin = ("a/.opencode/plugins/x.ts", "x");
    let scene = bringing(&[("ocx.toml", ""), ("a/b/x", ""), plugin]);
    let covered = &["a/.opencode"];
    assert!(!is_left_out(&scene, &["o", "run"], &[]));
    for args in [
        &["o", "a"][..],
        &["o", "run", "--dir=a", "x"],
        &["o", "run", "--dir", "a/b", "x"],
    ] {
        assert!(is_left_out(&scene, args, covered), "{args:?}");
    }
    scene.docker.forget_calls();
    let output = scene
        .sandbox
        .ocx(["o", "run"])
        .in_dir("a/b")
        .run()
        .success();
    output.says(LEFT_OUT).done();
}

#[test]
fn who_sets_a_project_up_or_builds_it_later_is_told_nothing() {
    let scene = bringing(&[("opencode.json", "{}")]);
    let init = ["init", "--image", "team"];
    scene.sandbox.ocx(init).run().success().done();
    assert!(!is_left_out(&scene, &["o", "run"], &[]));
    scene.sandbox.write(".opencode/plugins/x.ts", "mine");
    assert!(!is_left_out(&scene, &["o", "run"], &[]));
    // Not even by the fingerprints of sessions.
    assert!(!is_left_out(&scene, &["o", "run"], &[]));
    changed(&scene, "opencode", &[".opencode/plugins/x.ts"]);
    assert!(is_left_out(&scene, &["o", "run"], &[".opencode"]));

    // A build is no word for plugins.
    let scene = clone();
    scene.sandbox.write(".opencode/plugins/x.ts", "evil");
    std::thread::sleep(Duration::from_millis(50));
    scene.sandbox.ocx(["build"]).run().success().done();
    assert!(is_left_out(&scene, &["o", "run"], &[".opencode"]));
}

#[test]
fn what_an_agent_makes_for_opencode_is_left_out_the_next_time() {
    let mut scene = Scene::new();
    scene.warm_up();
    assert!(!is_left_out(&scene, &["o", "run"], &[]));
    let root = scene.sandbox.project();
    let script = format!("echo x > {root}/opencode.json");
    scene
        .docker
        .rule(Rule::on(&["run"]).starts().times(1).shell(&script));
    assert!(!is_left_out(&scene, &["o", "run"], &[]));
    assert!(is_left_out(&scene, &["o", "run"], &["opencode.json"]));
    scene.sandbox.ocx(["trust", "--yes"]).run().success().done();
    assert!(!is_left_out(&scene, &["o", "run"], &[]));
}

#[test]
fn what_cannot_be_covered_keeps_a_session_from_starting() {
    for target in ["/ocx/home/evil", "/etc", "nowhere"] {
        let scene = bringing(&[]);
        let link = scene.sandbox.project().join(".opencode");
        std::os::unix::fs::symlink(target, &link).unwrap();
        scene
            .sandbox
            .ocx(["o", "run"])
            .run()
            .exits(78)
            .says("a link that leads out of the project")
            .says("hint: `ocx trust` shows that")
            .done();
        scene.sandbox.ocx(["trust", "--yes"]).run().success().done();
        scene.sandbox.ocx(["o", "run"]).run().success().done();
    }
}

#[test]
fn a_hash_agrees_with_plugins_as_well() {
    let scene = bringing(&[("opencode.json", "{}")]);
    let shown = scene.sandbox.ocx(["trust"]).run().exits(78);
    let hash = shown
        .stdout()
        .lines()
        .find_map(|line| line.strip_prefix("OCX_TRUST="))
        .expect("the hash is printed")
        .to_owned();
    shown.done();
    let with = || {
        let output = scene
            .sandbox
            .ocx(["o", "run"])
            .env("OCX_TRUST", &hash)
            .run();
        output.success()
    };
    with().never_says(LEFT_OUT).done();
    scene.sandbox.ocx(["o", "run"]).run().says(LEFT_OUT).done();
    scene.sandbox.write("opencode.json", "{\"plugin\": []}");
    with().says(LEFT_OUT).done();
}

#[test]
fn what_is_no_answer_is_asked_for_again() {
    let scene = clone();
    let mut terminal = asked(&scene, &["opencode", "run"]);
    terminal.send("x\r");
    terminal.wait_for("o, t, a or n [N]:", PATIENCE);
    terminal.send("yes\r");
    terminal.wait_until("two more questions", PATIENCE, |screen| {
        screen.matches("o, t, a or n [N]:").count() == 2
    });
    assert_eq!(builds(&scene), 0);
    terminal.send("o\r");
    assert!(terminal.wait(PATIENCE).success(), "{}", terminal.screen());
    assert_eq!(builds(&scene), 1);
    assert_eq!(terminal.screen().matches(QUESTION).count(), 1);
    // Who says no is not told the same once more.
    let scene = clone();
    let mut terminal = asked(&scene, &["opencode", "run"]);
    let before = terminal.screen();
    let warning = before.split("warning: ").nth(1).unwrap();
    let sentence = &warning[..warning.find(['\n', ':']).unwrap()];
    terminal.send("\r");
    assert_eq!(terminal.wait(PATIENCE).exit_code(), 78);
    terminal.wait_for("since you did not agree", PATIENCE);
    let screen = terminal.screen();
    assert_eq!(screen.matches(sentence).count(), 1, "{screen}");
}
