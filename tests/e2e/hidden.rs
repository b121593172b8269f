//! What is hidden cannot be seen: neither by another name nor elsewhere nor later.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    time::Duration,
};

use camino::Utf8Path;
use ocx_tests::{bases, engine::Engine, on_each_engine, sandbox::Sandbox};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::session_setup::{END, Project};

on_each_engine!(
    hidden_files_are_hidden_by_all_their_names,
    a_session_is_stopped_when_the_host_lifts_a_cover,
    a_session_is_stopped_when_something_appears,
    ordinary_work_ends_no_session,
    an_engine_that_leaves_out_a_cover,
    tracked_files_are_told_and_not_committed_away,
);

/// A project whose sessions run the stand-in.
fn project(engine: &Engine, forbidden: &str) -> Project {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.configure(&format!("forbidden_paths = {forbidden}"));
    project
}

fn hidden_files_are_hidden_by_all_their_names(engine: &Engine) {
    let project = project(
        engine,
        "[\"**/.env\", \"!examples/.env\", \"*.pem\", \"secrets\", \"link\", \"app/[id]\"]",
    );
    let sandbox = &project.sandbox;
    let root = sandbox.project();
    let secret = [
        ".env",
        "a/b/.env",
        "a/.ENV",
        "key.pem",
        "a/KEY.Pem",
        "secrets/deep/key",
        "real/key",
        "target-of-pem",
        "app/[id]/key",
        "data/.env",
    ];
    for path in secret {
        sandbox.write(path, "TOPSECRET\n");
    }
    sandbox.write("examples/.env", "EXAMPLE\n");
    for (target, name) in [
        ("real", "link"),
        ("../target-of-pem", "a/x.pem"),
        (".env", "way-1"),
        ("a/../secrets/deep", "way-2"),
        (root.join("key.pem").as_str(), "way-3"),
    ] {
        symlink(target, root.join(name)).unwrap();
    }
    for (file, name) in [
        (".env", "hard-1"),
        ("secrets/deep/key", "a/hard-2"),
        ("key.pem", "data/hard-3"),
        ("real/key", "hard-4"),
    ] {
        fs::hard_link(root.join(file), root.join(name)).unwrap();
    }
    // What a mount of the user's shows of the project again.
    sandbox.make_directory(&root.join("a-again"));
    let mounts = format!("[\"{root}/data:/again\", \"{root}/a:{root}/a-again\"]");
    let script = "cat examples/.env; grep -rs TOPSEC''RET . /again
         cat way-* way-2/key hard-* a/x.pem a/hard-2 a-again/b/.env a-again/hard-2 /again/*
         mv .env moved; mv a moved; mv secrets moved; rm -rf real link app; echo x > .env; echo end";
    let session = project.opencode(&["exec", "sh", "-c", script]);
    let output = session.env("OCX_EXTRA_MOUNTS", &mounts).run().success();
    assert_eq!(output.stdout(), "EXAMPLE\nend\n");
    for path in secret {
        assert_eq!(sandbox.read(path), "TOPSECRET\n", "{path}");
    }
}

/// Starts a session that tells when it can read what it must not, `act`s on the host and expects that
/// the session is stopped, with these words.
fn is_stopped(project: &Project, act: &dyn Fn(&Sandbox, &Utf8Path), expected: &str) {
    // A program that does not end when it is asked to.
    let script =
        "trap '' TERM; echo ready; while :; do cat .env a/.env secrets/key; sleep 0.2; done 2>&-";
    let session = ["exec", "sh", "-c", script];
    let mut running = project.opencode(&session).start();
    running.wait_for("ready", Duration::from_secs(60));
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(running.stdout(), "ready\n");
    act(&project.sandbox, &project.sandbox.project());
    let stopped = running.wait(END).exits(77);
    stopped.says(expected).says("start again").done();
    project.assert_no_containers();
}

fn a_session_is_stopped_when_the_host_lifts_a_cover(engine: &Engine) {
    let project = project(engine, "[\".env\", \"secrets\"]");
    for path in [".env", "a/.env", "secrets/key"] {
        project.sandbox.write(path, "old\n");
    }
    let replaced = "was replaced while it was hidden";
    // As editors do, and Git.
    let by_rename = |sandbox: &Sandbox, root: &Utf8Path| {
        sandbox.write(".env.new", "TOPSECRET\n");
        fs::rename(root.join(".env.new"), root.join(".env")).unwrap();
    };
    is_stopped(&project, &by_rename, replaced);
    // In one step: between two it would be true that the moved file is not covered where it is.
    let above = |sandbox: &Sandbox, root: &Utf8Path| {
        let other = sandbox.root().join("other");
        sandbox.make_directory(&other);
        fs::write(other.join(".env"), "TOPSECRET\n").unwrap();
        renameat_with(
            CWD,
            root.join("a").as_str(),
            CWD,
            other.as_str(),
            RenameFlags::EXCHANGE,
        )
        .unwrap();
    };
    is_stopped(&project, &above, replaced);
    let directory = |sandbox: &Sandbox, root: &Utf8Path| {
        fs::remove_dir_all(root.join("secrets")).unwrap();
        sandbox.write("secrets/key", "TOPSECRET\n");
    };
    is_stopped(&project, &directory, replaced);
    let named = |_: &Sandbox, root: &Utf8Path| {
        fs::hard_link(root.join(".env"), root.join("seen")).unwrap();
    };
    is_stopped(&project, &named, "was given another name");
    // And the next one hides it again.
    assert_eq!(
        project.seen_inside("cat .env a/.env secrets/key seen; true"),
        ""
    );
}

fn a_session_is_stopped_when_something_appears(engine: &Engine) {
    let project = project(engine, "[\".env\", \"secrets\"]");
    let appeared = "was not there when the session began";
    for path in [".env", "new/deep/.env", "secrets/key"] {
        let act = |sandbox: &Sandbox, _: &Utf8Path| sandbox.write(path, "TOPSECRET\n");
        is_stopped(&project, &act, appeared);
        fs::remove_file(project.sandbox.project().join(path)).unwrap();
    }
}

fn ordinary_work_ends_no_session(engine: &Engine) {
    let project = project(engine, "[\".env\", \"*.pem\"]");
    for path in [".env", "a/.env.example", "a/x"] {
        project.sandbox.write(path, "KEY=\n");
    }
    let script = "cp a/.env.example a/.env; mkdir -p node_modules/x && echo y > node_modules/x/test.pem
        mv a/x a/y; echo z > new; echo ready; while [ ! -e go-on ]; do sleep 0.1; done; cat .env; sleep 1; echo end";
    let mut running = project.opencode(&["exec", "sh", "-c", script]).start();
    running.wait_for("ready", Duration::from_secs(60));
    // In its place: the cover stays.
    project.sandbox.write(".env", "TOPSECRET\n");
    project.sandbox.write("go-on", "");
    let output = running.wait(Duration::from_secs(60)).success();
    assert_eq!(output.stdout(), "ready\nend\n");
}

fn an_engine_that_leaves_out_a_cover(engine: &Engine) {
    let project = project(engine, "[\".env\", \"other\"]");
    project.sandbox.write(".env", "TOPSECRET\n");
    project.sandbox.write("other", "x");
    project.ensure_image();
    let script = format!(
        "#!/bin/sh
n=$#
while [ $n -gt 0 ]; do
    one=$1; shift; n=$((n - 1))
    case \"$one $1\" in
        '--mount '*target=*/.env,readonly) shift; n=$((n - 1)); continue ;;
    esac
    set -- \"$@\" \"$one\"
done
exec {} \"$@\"
",
        engine.cli().program()
    );
    let program = project.sandbox.bin().join(engine.kind().program());
    let unfinished = program.with_added_extension("new");
    fs::write(&unfinished, script).unwrap();
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(&unfinished, &program).unwrap();
    let session = ["opencode", "wait"];
    let running = project.sandbox.ocx(session).start();
    let stopped = running.wait(Duration::from_secs(60)).exits(77);
    stopped
        .says("the engine did not cover")
        .says("/.env`")
        .done();
    project.assert_no_containers();
}

fn tracked_files_are_told_and_not_committed_away(engine: &Engine) {
    let mut project = Project::on(engine, &bases::with_git(engine));
    project.use_stand_in();
    project.configure("forbidden_paths = [\".env\", \"secrets\"]");
    for path in [".env", "secrets/key", "a"] {
        project.sandbox.write(path, "one\n");
    }
    let git = |args: &[&'static str]| {
        let command = project.sandbox.command("git", args.iter().copied());
        command.run().success().stdout().to_owned()
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["config", "user.name", "T"]);
    git(&["config", "user.email", "t@example.org"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "first"]);
    let script = "set -e; echo two >> a; git stash --quiet; git stash pop --quiet
        git commit --quiet --all --message second; git checkout --quiet -b other; echo new > b
        git add --all; git commit --quiet --message third; git reset --quiet --hard HEAD; git status --short";
    let output = project.inside(script).success();
    assert_eq!(output.stdout(), "");
    output
        .says("hidden, but in Git's history")
        .says("`.env`, `secrets/key`")
        .says("commits leave them as they are")
        .done();
    assert!(git(&["log", "--format=%s"]).starts_with("third\nsecond\nfirst\n"));
    for name in ["HEAD:.env", "HEAD:secrets/key"] {
        let show = project.sandbox.command("git", ["show", name]).run();
        assert_eq!(show.success().stdout(), "one\n", "{name}");
    }
    // The marks are taken back, so the host's Git sees what is changed there.
    assert_eq!(git(&["status", "--short"]), "");
    project.sandbox.write(".env", "changed\n");
    assert_eq!(git(&["status", "--short"]), " M .env\n");
}
