//! What shells offer: their scripts, and the answers of ocx.

use std::{fs, time::Duration};

use ocx_tests::{fake_engine::Rule, pty::Terminal, sandbox::find_program};

use crate::{inside::running, manual::check, scene::Scene};

const PATIENCE: Duration = Duration::from_secs(60);

/// Values that are offered behind words, of which the last one is being typed.
fn offered(scene: &Scene, words: &[&str]) -> Vec<String> {
    let args = ["__complete", "ocx"].iter().chain(words).copied();
    let output = scene.sandbox.ocx(args).run().success();
    assert_eq!(output.stderr(), "");
    let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    output.stdout().lines().map(value).collect()
}

/// A project with two running sessions, an image and a home.
fn used() -> Scene {
    let mut scene = Scene::new();
    scene.warm_up();
    let sessions = running(&scene, &[("aaaa1111", 1), ("bbbb2222", 5)]);
    scene.docker.rule(Rule::on(&["ps"]).stdout(&sessions));
    scene
}

#[test]
fn sessions_images_and_volumes_are_looked_up() {
    let scene = used();
    for command in [
        &["stop"][..],
        &["attach"],
        &["stats"],
        &["exec", "--session"],
        &["shell", "--session"],
        &["port", "--session"],
    ] {
        let words = |typed| command.iter().copied().chain([typed]).collect::<Vec<_>>();
        let both = offered(&scene, &words(""));
        assert_eq!(both.len(), 2, "{command:?}: {both:?}");
        assert_eq!(offered(&scene, &words("bb")), ["bbbb2222"], "{command:?}");
    }
    let [image] = &offered(&scene, &["image", "rm", ""])[..] else {
        panic!("there is one image")
    };
    assert!(image.starts_with("ocx-team:"), "{image}");
    let [volume] = &offered(&scene, &["volume", "rm", ""])[..] else {
        panic!("there is one volume")
    };
    assert!(volume.starts_with("ocx-project-"), "{volume}");
    // Where the flags say, and only there.
    let elsewhere = scene.sandbox.root().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let words = ["--workspace", elsewhere.as_str(), "logs", ""];
    let none = offered(&scene, &words);
    assert!(none.iter().all(|word| word.starts_with('-')), "{none:?}");
    scene.assert_nothing_changed();
}

#[test]
fn where_there_is_no_project_those_of_all_are_offered() {
    let mut scene = used();
    let detached = scene.sandbox.state().join("ocx/detached/dddd4444");
    let run = "{\"session\": \"dddd4444\", \"project\": \"/srv/app\", \"command\": [\"opencode\", \"run\"], \
               \"streams\": \"file\", \"began\": \"2026-01-02T03:04:05Z\"}";
    scene.sandbox.write(detached.join("run.json"), run);
    let session = Rule::on(&["ps"]);
    // With the labels of another project, which only who asks for those of all projects is told of.
    let mut sessions = running(&scene, &[("cccc3333", 5)]);
    let uid = scene.sandbox.account().uid;
    sessions = sessions.replace("ocx.session=", &format!("ocx.user={uid},ocx.session="));
    sessions = sessions.replace("ocx.project-id=x", "ocx.project-id=y");
    scene.docker.clear_rules();
    scene.docker.rule(session.stdout(&sessions));
    let home = scene.sandbox.home();
    let offered_in = |words: &[&str]| {
        let args = ["__complete", "ocx"].iter().chain(words).copied();
        let output = scene.sandbox.ocx(args).in_dir(&home).run().success();
        assert_eq!(output.stderr(), "");
        let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        let values = output.stdout().lines().map(value);
        values
            .filter(|value| !value.starts_with('-'))
            .collect::<Vec<_>>()
    };
    for global in ["", "memory = = 1\n"] {
        scene.set_global(global);
        for command in ["stop", "attach", "stats"] {
            assert_eq!(offered_in(&[command, ""]), ["cccc3333"], "{command}");
        }
        for command in ["logs", "wait"] {
            assert_eq!(offered_in(&[command, ""]), ["dddd4444"], "{command}");
        }
        for command in ["exec", "shell", "port"] {
            let words = [command, "--session", ""];
            assert_eq!(offered_in(&words), ["cccc3333"], "{command}");
        }
    }
    // In the project another one's are not offered.
    let none = offered(&scene, &["logs", ""]);
    assert!(none.iter().all(|word| word.starts_with('-')), "{none:?}");
}

#[test]
fn it_asks_no_more_than_a_listing_does() {
    let scene = used();
    scene.docker.forget_calls();
    scene.sandbox.ocx(["ps"]).run().success().done();
    let listing = scene.asked();
    scene.docker.forget_calls();
    offered(&scene, &["stop", ""]);
    assert_eq!(scene.asked(), listing);
    scene.docker.forget_calls();
    offered(&scene, &["stop", "--al"]);
    offered(&scene, &["config", "set", ""]);
    offered(&scene, &["logs", ""]);
    assert!(scene.docker.calls().is_empty());
}

#[test]
fn what_fails_is_not_told() {
    let mut scene = Scene::new();
    let rule = || Rule::on(&["ps"]).stderr("no route to host\n").exit(1);
    scene.docker.rule(rule());
    assert_eq!(offered(&scene, &["stop", "1"]), [""; 0]);
    scene.set_global("memory = = 1\n");
    assert_eq!(offered(&scene, &["stop", "1"]), [""; 0]);
    assert_eq!(offered(&scene, &["image", "rm", "x"]), [""; 0]);
    assert_eq!(offered(&scene, &["statu"]), ["status"]);
    let words = ["__complete", "ocx", "run", "x"];
    let passed = scene.sandbox.ocx(words).run().exits(1);
    assert_eq!((passed.stdout(), passed.stderr()), ("", ""));
}

#[test]
fn shells_understand_their_scripts() {
    let scene = used();
    let sandbox = &scene.sandbox;
    let image = offered(&scene, &["image", "rm", ""]).remove(0);
    let path = format!("{}:/usr/bin:/bin", sandbox.bin());
    for (shell, args) in [
        ("bash", &["-n"][..]),
        ("zsh", &["-n"]),
        ("fish", &["--no-execute"]),
    ] {
        let script = sandbox.ocx(["completions", shell]).run().success();
        let path = sandbox.project().join(format!("ocx.{shell}"));
        sandbox.write(&path, script.stdout());
        let args: Vec<&str> = args.iter().copied().chain([path.as_str()]).collect();
        if let Some((is_good, said)) = check(shell, &args) {
            assert!(is_good, "{shell}: {said}");
        }
    }
    let typed = |terminal: &Terminal| {
        for (keys, shown) in [
            ("ocx statu", "> ocx status"),
            ("ocx stop bb", "> ocx stop bbbb2222"),
            ("ocx exec --session aa", "> ocx exec --session aaaa1111"),
            ("ocx help topi", "> ocx help topics"),
            ("ocx config get base_bu", "> ocx config get base_build"),
            ("ocx --set memo", "> ocx --set memory="),
            // Behind a colon, at which bash cuts words.
            (
                &format!("ocx image rm {}", &image[..image.len() - 4]),
                &format!("> ocx image rm {image}"),
            ),
            // Another program's words may be files.
            ("ocx run fix ocx.fis", "> ocx run fix ocx.fish"),
        ] {
            terminal.send(keys);
            terminal.send("\t");
            terminal.wait_for(shown, PATIENCE);
            // Away with it.
            terminal.send("\x15\x0c");
        }
    };
    let bash = sandbox.command("bash", ["--norc", "--noprofile", "-i"]);
    let bash = bash.env("PATH", &path).in_terminal();
    bash.send(
        "PS1='> '; bind 'set enable-bracketed-paste off'; source ocx.bash && echo $((6 * 7))\r",
    );
    bash.wait_for("42", PATIENCE);
    typed(&bash);
    // zsh completes on a terminal only, too.
    if let Some(zsh) = find_program("zsh") {
        let zsh = sandbox.command(zsh.as_str(), ["-f", "-i"]);
        let zsh = zsh.env("PATH", &path).in_terminal();
        zsh.send(
            "PS1='> '; autoload -U compinit && compinit -D && source ocx.zsh && echo $((6 * 7))\r",
        );
        zsh.wait_for("42", PATIENCE);
        typed(&zsh);
    }
    // fish says without one what it would offer.
    if let Some(fish) = find_program("fish") {
        for (line, expected) in [
            ("ocx statu", "status"),
            ("ocx stop bb", "bbbb2222"),
            ("ocx help topi", "topics"),
            ("ocx --set memo", "memory="),
            ("ocx run fix ocx.fis", "ocx.fish"),
        ] {
            let script = format!("source ocx.fish; complete --do-complete '{line}'");
            let fish = sandbox.command(fish.as_str(), ["--no-config", "--command", &script]);
            let output = fish.env("PATH", &path).run().success();
            let first = output.stdout().split_whitespace().next();
            assert_eq!(first, Some(expected), "{line}: {output}");
        }
    }
    sandbox.ocx(["completions", "tcsh"]).run().exits(64).done();
}
