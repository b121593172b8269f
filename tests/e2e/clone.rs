//! Sessions that work on private clones: their work arrives, and nothing else does.

use std::time::Duration;

use camino::Utf8PathBuf;
use ocx_tests::{
    account::owner,
    bases,
    engine::Engine,
    on_each_engine,
    running::Running,
    stub_model::{CLOSING, DEFAULT_CONTENT},
};
use rustix::process::Signal;
use serde_json::Value;

use crate::session_setup::{END, Project, START};

on_each_engine!(
    the_main_job_on_a_clone,
    two_sessions_at_once_and_a_merge_of_both,
    a_killed_session_loses_nothing,
    a_hostile_clone_changes_and_runs_nothing,
);

/// A repository with one commit, whose sessions work on clones, and a session's image with Git.
fn repository(engine: &Engine) -> Project {
    let project = Project::on(engine, &bases::with_git(engine));
    project.configure("workspace = \"clone\"");
    project.sandbox.write("a.txt", "one\n");
    project
}

fn committed(project: Project) -> Project {
    for args in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["config", "user.name", "T"],
        &["config", "user.email", "t@example.org"],
        &["add", "."],
        &["commit", "--quiet", "--message", "first"],
    ] {
        git(&project, args);
    }
    project
}

fn git(project: &Project, args: &[&'static str]) -> String {
    let args = args.iter().copied();
    let output = project.sandbox.command("git", args).run().success();
    output.stdout().trim_end().to_owned()
}

fn changes(project: &Project) -> Vec<Value> {
    let output = project.sandbox.ocx(["changes", "--json"]).run().success();
    serde_json::from_str(output.stdout()).unwrap()
}

fn clones(project: &Project) -> Vec<Utf8PathBuf> {
    let projects = project.sandbox.state().join("ocx/projects");
    let projects = projects.read_dir_utf8().unwrap().map(Result::unwrap);
    projects
        .filter_map(|project| project.path().join("clones").read_dir_utf8().ok())
        .flat_map(|clones| clones.map(|clone| clone.unwrap().into_path()))
        .collect()
}

/// Starts a session of the stand-in that runs a script and then waits.
fn working(project: &Project, script: &str) -> Running {
    let script = format!("{script}\necho ready; exec sleep 1000");
    let mut session = project.opencode(&["exec", "sh", "-c", &script]).start();
    session.wait_for("ready", START);
    session
}

fn the_main_job_on_a_clone(engine: &Engine) {
    let project = repository(engine);
    let Some(_model) = project.start_model() else {
        return;
    };
    let project = committed(project);
    let sandbox = &project.sandbox;
    project
        .opencode(&["run", "write hello.txt"])
        .run()
        .success()
        .prints(CLOSING)
        .says("has left changes to 1 file")
        .done();
    let hello = sandbox.project().join("hello.txt");
    assert!(!hello.exists());
    assert_eq!(git(&project, &["status", "--porcelain"]), "");
    assert_eq!(clones(&project), [""; 0]);
    let diff = sandbox.ocx(["diff"]).run().success();
    assert!(diff.stdout().contains("hello.txt"), "{diff}");
    sandbox.ocx(["apply"]).run().success().done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    assert_eq!(owner(&hello), *sandbox.account());
    assert_eq!(git(&project, &["for-each-ref", "refs/ocx"]), "");
    project.assert_no_containers();
}

fn two_sessions_at_once_and_a_merge_of_both(engine: &Engine) {
    let mut project = committed(repository(engine));
    project.use_stand_in();
    let work = |name: &str| {
        format!(
            "set -e; test $(git log --format=%s) = first; test ! -e one -a ! -e two
             echo {name} > {name}; git add {name}; git commit --quiet -m 'of {name}'; echo {name} > rest-of-{name}"
        )
    };
    let (one, two) = (
        working(&project, &work("one")),
        working(&project, &work("two")),
    );
    assert_eq!(project.engine.running(&project.label()).len(), 2);
    assert!(
        changes(&project)
            .iter()
            .all(|session| session["state"] == "running")
    );
    project.sandbox.ocx(["stop"]).run().success().done();
    for session in [one, two] {
        let output = session.wait(END + Duration::from_secs(10));
        output
            .says("has left 1 commit and changes to 1 file")
            .done();
    }
    let changes = changes(&project);
    assert_eq!(changes.len(), 2, "{changes:#?}");
    for session in &changes {
        let id = session["session"].as_str().unwrap();
        project.sandbox.ocx(["apply", id]).run().success().done();
        // What is not committed is of no concern to the other one.
    }
    for name in ["one", "two"] {
        assert_eq!(project.sandbox.read(name), format!("{name}\n"));
        assert_eq!(
            project.sandbox.read(format!("rest-of-{name}")),
            format!("{name}\n")
        );
    }
    let log = git(&project, &["log", "--format=%s"]);
    assert!(log.contains("of one") && log.contains("of two"), "{log}");
    project.assert_no_containers();
}

fn a_killed_session_loses_nothing(engine: &Engine) {
    let mut project = committed(repository(engine));
    project.use_stand_in();
    let script = "echo x > b.txt; git add .; git commit --quiet -m inside; echo y >> a.txt";
    let session = working(&project, script);
    session.signal(Signal::KILL);
    let _ = session.wait(END);
    assert_eq!(project.sandbox.read("a.txt"), "one\n");
    // Its container runs on, and is stopped before anything is brought.
    project
        .sandbox
        .ocx(["changes"])
        .run()
        .success()
        .says("has left 1 commit and changes to 1 file")
        .done();
    project.assert_no_containers();
    assert_eq!(clones(&project), [""; 0]);
    project.sandbox.ocx(["apply"]).run().success().done();
    assert_eq!(project.sandbox.read("a.txt"), "one\ny\n");
    assert_eq!(project.sandbox.read("b.txt"), "x\n");
}

fn a_hostile_clone_changes_and_runs_nothing(engine: &Engine) {
    let mut project = committed(repository(engine));
    project.use_stand_in();
    let marker: Utf8PathBuf = project.sandbox.root().join("home/taken-over");
    let config = project.sandbox.read(".git/config");
    let refs = git(&project, &["for-each-ref"]);
    // As a program in the container would, without asking Git. What runs has to leave its mark where it
    // is seen on the host.
    let script = format!(
        "printf '#!/bin/sh\\ntouch {marker}\\ncat\\n' > evil.sh && chmod +x evil.sh && mkdir -p .git/hooks
         for hook in post-index-change reference-transaction post-checkout post-merge pre-auto-gc; do
             cp evil.sh .git/hooks/$hook
         done
         printf '[core]\\n\\tfsmonitor = ./evil.sh\\n\\thooksPath = .\\n\\tsshCommand = ./evil.sh\\n' >> .git/config
         printf '[filter \"x\"]\\n\\tclean = ./evil.sh\\n\\trequired\\n[alias]\\n\\tst = !./evil.sh\\n' >> .git/config
         printf '[uploadpack]\\n\\tpackObjectsHook = ./evil.sh\\n[include]\\n\\tpath = ../evil.cfg\\n' >> .git/config
         printf '* filter=x diff=y\\n' > .gitattributes
         git rev-parse HEAD > \".git/refs/heads/$(printf 'odd\\033[2J')\"
         git rev-parse HEAD > .git/refs/base
         echo changed >> a.txt
         echo evil > ../.ocx-objects-0/evil; ls ../.ocx-objects-0/info; true"
    );
    project.inside(&script).success().says("has left").done();
    assert!(!project.sandbox.project().join(".git/objects/evil").exists());
    for line in [&["changes"][..], &["diff"], &["apply"]] {
        let output = project.sandbox.ocx(line.iter().copied()).run().success();
        assert!(!output.stdout().contains('\u{1b}'), "{output}");
        assert!(!marker.exists(), "ocx {line:?} ran what the session wrote");
    }
    assert_eq!(project.sandbox.read("a.txt"), "one\nchanged\n");
    for args in [&["status", "--short"][..], &["diff"], &["add", "."]] {
        git(&project, args);
        assert!(!marker.exists(), "git {args:?} ran what the session wrote");
    }
    assert_eq!(project.sandbox.read(".git/config"), config);
    assert!(git(&project, &["for-each-ref"]).starts_with(&refs));

    // A tree that would put a hook into the repository that it is checked out in.
    let bad = "blob=$(git hash-object -w a.txt)
        tree=$(printf '100755 blob %s\\t.git\\n' $blob | git mktree)
        git update-ref refs/heads/evil $(git commit-tree $tree -m evil); echo precious > precious";
    project.inside(bad).success().says("is kept in").done();
    let kept = clones(&project);
    assert_eq!(kept.len(), 1);
    assert!(kept[0].join("tree/precious").exists());
    assert_eq!(changes(&project).last().unwrap()["state"], "kept");
    project
        .sandbox
        .ocx(["discard", "--yes"])
        .run()
        .success()
        .done();
    assert_eq!(clones(&project), [""; 0]);
}
