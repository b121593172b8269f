//! What a session does to the project's Git directory does not run on the host, and ordinary work goes
//! on.

use camino::Utf8PathBuf;
use ocx_tests::{bases, engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(
    git_is_not_turned_against_the_host,
    ordinary_work_with_git_stays,
);

/// A repository with one commit, and a session's image with Git.
fn repository(engine: &Engine) -> Project {
    let mut project = Project::on(engine, &bases::with_git(engine));
    project.use_stand_in();
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
    let output = project
        .sandbox
        .command("git", args.iter().copied())
        .run()
        .success();
    output.stdout().to_owned()
}

fn git_is_not_turned_against_the_host(engine: &Engine) {
    let project = repository(engine);
    let marker: Utf8PathBuf = project.sandbox.root().join("home/taken-over");
    let before = project.sandbox.read(".git/config");
    // As a program in the container would, without asking Git.
    let script = format!(
        "printf '#!/bin/sh\\ntouch {marker}\\n' > /tmp/evil && chmod +x /tmp/evil && cp /tmp/evil evil.sh
         cp /tmp/evil .git/hooks/post-index-change || true
         cp /tmp/evil .git/hooks/post-checkout || true
         printf '[core]\\n\\tfsmonitor = ./evil.sh\\n\\thooksPath = .\\n\\tsshCommand = ./evil.sh\\n' >> .git/config
         printf '[filter \"x\"]\\n\\tclean = ./evil.sh\\n\\trequired\\n[alias]\\n\\tst = !./evil.sh\\n' >> .git/config
         printf '[diff \"y\"]\\n\\ttextconv = ./evil.sh\\n[include]\\n\\tpath = ../evil.cfg\\n' >> .git/config
         printf '* filter=x diff=y\\n' > .gitattributes
         echo changed >> ocx-notes
         cp evil.sh post-checkout; cp evil.sh post-index-change; true"
    );
    project.inside(&script).success().says("put back").done();

    assert_eq!(project.sandbox.read(".git/config"), before);
    for args in [
        &["status", "--short"][..],
        &["diff"],
        &["add", "."],
        &["checkout", "--quiet", "-b", "other"],
    ] {
        git(&project, args);
        assert!(!marker.exists(), "git {args:?} ran what the session wrote");
    }
}

fn ordinary_work_with_git_stays(engine: &Engine) {
    let project = repository(engine);
    let script = "set -e
        git remote add origin https://example.org/team/app.git
        git init --quiet --bare /tmp/remote.git
        git checkout --quiet -b feature && echo x > new && git add new
        git commit --quiet --message inside
        git branch other && git stash list && git tag v1
        git push --quiet /tmp/remote.git feature
        git config branch.feature.remote origin && git config branch.feature.merge refs/heads/feature
        git checkout --quiet main && git merge --quiet feature";
    project.inside(script).success().done();
    assert!(git(&project, &["log", "--format=%s"]).starts_with("inside\nfirst\n"));
    assert_eq!(git(&project, &["remote"]), "origin\n");
    assert_eq!(
        git(&project, &["config", "branch.feature.remote"]),
        "origin\n"
    );
    assert_eq!(git(&project, &["tag"]), "v1\n");
}
