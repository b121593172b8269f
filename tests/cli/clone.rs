//! Sessions on private clones: the engine is fake, and Git is not.

use std::time::Duration;

use camino::Utf8PathBuf;
use ocx_tests::{fake_engine::Rule, output::Output, pty::key};
use rustix::process::Signal;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(60);

/// A project with a repository, whose sessions work on clones.
pub(crate) fn repository() -> Scene {
    let scene = Scene::new();
    scene.set_global("custom_base_image = \"team\"\nworkspace = \"clone\"\n");
    scene.sandbox.write("a.txt", "one\n");
    scene.sandbox.write("b.txt", "two\n");
    git(&scene, &["init", "--quiet", "--initial-branch=main"]);
    git(&scene, &["config", "user.name", "T"]);
    git(&scene, &["config", "user.email", "t@example.org"]);
    git(&scene, &["add", "."]);
    git(&scene, &["commit", "--quiet", "--message", "first"]);
    scene
}

pub(crate) fn git(scene: &Scene, args: &[&'static str]) -> String {
    let args = args.iter().copied();
    let output = scene.sandbox.command("git", args).run().success();
    output.stdout().trim_end().to_owned()
}

/// Makes the engine run a script in place of the next session's program, where that would run: in what is
/// mounted at the project's place.
pub(crate) fn next_session(scene: &mut Scene, script: &str) {
    let project = scene.sandbox.project();
    let script = format!(
        "PATH=$PATH:/usr/bin:/bin
         tree=$(printf '%s\\n' \"$@\" | sed -n 's|.*type=bind,source=\\(.*\\),target={project}$|\\1|p')
         cd \"$tree\" || exit 99
         export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@x
         {script}"
    );
    scene.docker.clear_rules();
    let rule = Rule::on(&["run"]).containing("ocx.session=");
    scene.docker.rule(rule.starts().shell(&script));
}

/// Runs a session that does this.
pub(crate) fn session(scene: &mut Scene, script: &str) -> Output {
    next_session(scene, script);
    let output = scene.sandbox.ocx(["opencode", "run"]).run();
    scene.docker.clear_rules();
    output
}

/// The sessions that left something.
fn changes(scene: &Scene) -> Vec<serde_json::Value> {
    let output = scene.sandbox.ocx(["changes", "--json"]).run().success();
    serde_json::from_value(output.promised("changes")).unwrap()
}

fn clones(scene: &Scene) -> Vec<Utf8PathBuf> {
    let projects = scene.sandbox.state().join("ocx/projects");
    let project = projects.read_dir_utf8().unwrap().next().unwrap().unwrap();
    let clones = project.path().join("clones").read_dir_utf8();
    clones
        .map(|entries| entries.map(|entry| entry.unwrap().into_path()).collect())
        .unwrap_or_default()
}

#[test]
fn a_sessions_work_is_looked_at_and_taken_over() {
    let mut scene = repository();
    let commit =
        "echo three > c.txt && git add . && git commit --quiet -m inside && echo more >> a.txt";
    session(&mut scene, commit)
        .success()
        .says("has left 1 commit and changes to 1 file; `ocx diff` shows it")
        .done();
    assert_eq!(scene.sandbox.read("a.txt"), "one\n");
    assert_eq!(git(&scene, &["log", "--format=%s"]), "first");
    assert_eq!(git(&scene, &["status", "--porcelain"]), "");
    assert_eq!(clones(&scene), [""; 0]);

    let changes = changes(&scene);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0]["state"], "ended");
    assert_eq!(
        (&changes[0]["commits"], &changes[0]["uncommitted_files"]),
        (&1.into(), &1.into())
    );
    let listed = scene.sandbox.ocx(["changes"]).run().success();
    let id = changes[0]["session"].as_str().unwrap();
    assert!(
        listed.stdout().contains(id) && listed.stdout().contains("1 file"),
        "{listed}"
    );

    let diff = scene.sandbox.ocx(["diff", &id[..3]]).run().success();
    assert!(
        diff.stdout().contains("+three") && diff.stdout().contains("+more"),
        "{diff}"
    );
    let stat = scene.sandbox.ocx(["diff", "--stat"]).run().success();
    assert!(stat.stdout().contains("2 files changed"), "{stat}");
    let planned = scene.sandbox.ocx(["--dry-run", "apply"]).run().success();
    assert!(
        planned.stdout().contains("this would be taken over"),
        "{planned}"
    );

    scene
        .sandbox
        .ocx(["apply"])
        .run()
        .success()
        .says("1 commit, and changes to 1 file, not committed")
        .done();
    assert_eq!(git(&scene, &["log", "--format=%s"]), "inside\nfirst");
    assert_eq!(git(&scene, &["status", "--porcelain"]), " M a.txt");
    scene
        .sandbox
        .ocx(["changes"])
        .run()
        .success()
        .says("no session has left work")
        .done();
}

#[test]
fn the_users_repository_is_lent_and_not_handed_over() {
    let mut scene = repository();
    session(
        &mut scene,
        "git log --format=%s && ! test -e ../.ocx-objects-0/x",
    )
    .success()
    .prints("first")
    .done();
    let call = scene.session_call();
    let project = scene.sandbox.project();
    for mount in call.values("--mount") {
        let is_users = mount.contains(&format!("source={project}"));
        assert!(!is_users || mount.ends_with(",readonly"), "{mount}");
    }
    let objects = project.parent().unwrap().join(".ocx-objects-0");
    let lent = format!("type=bind,source={project}/.git/objects,target={objects},readonly");
    assert!(call.values("--mount").contains(&lent.as_str()), "{call:#?}");
    // It did nothing, and nothing is left of it.
    assert_eq!(git(&scene, &["for-each-ref", "refs/ocx"]), "");
    assert_eq!(clones(&scene), [""; 0]);
}

#[test]
fn what_is_not_in_the_clone_is_told() {
    let mut scene = repository();
    scene.sandbox.write("a.txt", "being changed\n");
    scene.sandbox.write(".env", "SECRET=1");
    session(&mut scene, "cat a.txt; test ! -e .env")
        .success()
        .prints("one")
        .says(
            "your changes to 1 file are not in it, since they are not committed; commit them first",
        )
        .done();
}

#[test]
fn nothing_of_the_users_is_overwritten() {
    let mut scene = repository();
    session(&mut scene, "echo theirs > a.txt").success().done();
    scene.sandbox.write("a.txt", "mine\n");
    scene
        .sandbox
        .ocx(["apply"])
        .run()
        .exits(1)
        .says("changes of your own that are not committed would be overwritten: a.txt")
        .says("git stash")
        .done();
    assert_eq!(scene.sandbox.read("a.txt"), "mine\n");
    assert_eq!(changes(&scene).len(), 1);
}

#[test]
fn conflicts_are_told_with_what_to_type() {
    let mut scene = repository();
    session(
        &mut scene,
        "echo theirs > a.txt && git commit --quiet -a -m theirs",
    )
    .success()
    .done();
    scene.sandbox.write("a.txt", "mine\n");
    git(&scene, &["commit", "--quiet", "--all", "--message", "mine"]);
    scene
        .sandbox
        .ocx(["apply"])
        .run()
        .exits(1)
        .says("in a.txt")
        .says("git merge --abort")
        .done();
    git(&scene, &["merge", "--abort"]);
    assert_eq!(scene.sandbox.read("a.txt"), "mine\n");
    assert_eq!(changes(&scene).len(), 1);
}

#[test]
fn work_is_thrown_away_by_a_word() {
    let mut scene = repository();
    for text in ["1", "2"] {
        session(&mut scene, &format!("echo {text} > a.txt"))
            .success()
            .done();
    }
    let ids: Vec<String> = changes(&scene)
        .iter()
        .map(|one| one["session"].as_str().unwrap().to_owned())
        .collect();
    let several = scene.sandbox.ocx(["discard", "--yes"]).run().exits(64);
    several
        .says("several sessions have left work")
        .says("`ocx changes`")
        .done();
    scene
        .sandbox
        .ocx(["apply", "zzz"])
        .run()
        .exits(64)
        .says("no session `zzz`")
        .done();
    scene
        .sandbox
        .ocx(["discard", &ids[0]])
        .run()
        .exits(78)
        .says("nothing was thrown away")
        .done();
    assert_eq!(changes(&scene).len(), 2);

    let mut terminal = scene.sandbox.ocx(["discard", &ids[0]]).in_terminal();
    terminal.wait_for("Throw that away?", PATIENCE);
    terminal.send("n\r");
    assert!(!terminal.wait(PATIENCE).success());
    let mut terminal = scene.sandbox.ocx(["discard", &ids[0]]).in_terminal();
    terminal.wait_for("Throw that away?", PATIENCE);
    terminal.send(key::CTRL_C);
    assert!(!terminal.wait(PATIENCE).success());
    assert_eq!(changes(&scene).len(), 2);
    let mut terminal = scene.sandbox.ocx(["discard", &ids[0]]).in_terminal();
    terminal.wait_for("Throw that away?", PATIENCE);
    terminal.send("y\r");
    assert!(terminal.wait(PATIENCE).success());
    scene
        .sandbox
        .ocx(["discard", "--yes"])
        .run()
        .success()
        .prints("(was ")
        .done();
    assert_eq!(changes(&scene), [serde_json::Value::Null; 0]);
    assert_eq!(git(&scene, &["for-each-ref", "refs/ocx"]), "");
}

#[test]
fn a_killed_session_loses_nothing() {
    for next in ["changes", "run"] {
        let mut scene = repository();
        let ready = scene.sandbox.home().join("ready");
        let script = format!(
            "echo x > c.txt && git add . && git commit --quiet -m inside && echo y >> a.txt && echo > {ready} && while [ -e {ready} ]; do sleep 0.2; done"
        );
        next_session(&mut scene, &script);
        let mut running = scene.sandbox.ocx(["opencode", "run"]).start();
        running.wait_until("the session", PATIENCE, |_| ready.exists());
        // While it runs, nobody brings its work.
        assert_eq!(changes(&scene)[0]["state"], "running");
        running.signal(Signal::KILL);
        let _ = running.wait(PATIENCE);
        scene.docker.clear_rules();
        scene.docker.forget_calls();
        assert_eq!(clones(&scene).len(), 1);

        let output = scene.sandbox.ocx([next]).run().success();
        output
            .says("has left 1 commit and changes to 1 file")
            .done();
        assert!(
            !scene.docker.calls_of(&["stop"]).is_empty(),
            "its container may have run"
        );
        assert_eq!(clones(&scene), [""; 0]);
        scene.sandbox.ocx(["apply"]).run().success().done();
        assert_eq!(scene.sandbox.read("c.txt"), "x\n");
        assert_eq!(scene.sandbox.read("a.txt"), "one\ny\n");
    }
}

#[test]
fn a_killed_session_waits_until_its_engine_answers() {
    let mut scene = repository();
    let ready = scene.sandbox.home().join("ready");
    next_session(
        &mut scene,
        &format!("echo y >> a.txt; echo > {ready}; while [ -e {ready} ]; do sleep 0.2; done"),
    );
    let mut running = scene.sandbox.ocx(["opencode", "run"]).start();
    running.wait_until("the session", PATIENCE, |_| ready.exists());
    running.signal(Signal::KILL);
    let _ = running.wait(PATIENCE);
    scene.docker.clear_rules();
    scene
        .docker
        .rule(Rule::on(&["stop"]).stderr("no daemon\n").exit(1));
    let list = scene.sandbox.ocx(["changes"]).run().success();
    list.prints("not brought yet")
        .says("the clone of session")
        .done();
    assert_eq!(
        git(
            &scene,
            &[
                "for-each-ref",
                "--format=%(refname)",
                "refs/ocx/*/uncommitted"
            ]
        ),
        ""
    );
    scene.docker.clear_rules();
    scene
        .sandbox
        .ocx(["changes"])
        .run()
        .success()
        .says("has left changes to 1 file")
        .done();
}

#[test]
fn what_cannot_be_brought_keeps_its_clone() {
    let mut scene = repository();
    session(
        &mut scene,
        "echo x > a.txt && git init --quiet inner && echo p > inner/precious",
    )
    .success()
    .says("repositories within its files are not brought: inner/")
    .done();
    let kept = clones(&scene);
    assert_eq!(kept.len(), 1);
    assert_eq!(changes(&scene)[0]["state"], "kept");
    scene.sandbox.ocx(["apply"]).run().success().done();
    assert!(kept[0].join("tree/inner/precious").exists());
    scene
        .sandbox
        .ocx(["discard", "--yes"])
        .run()
        .success()
        .done();
    assert_eq!(clones(&scene), [""; 0]);
}

#[test]
fn a_project_may_ask_for_a_clone_and_not_take_it_away() {
    let mut scene = repository();
    scene.set_global("custom_base_image = \"team\"\n");
    session(&mut scene, "echo x > shared.txt").success().done();
    assert_eq!(scene.sandbox.read("shared.txt"), "x\n");
    scene.sandbox.write("ocx.toml", "workspace = \"clone\"\n");
    session(&mut scene, "echo x > cloned.txt").success().done();
    assert!(!scene.sandbox.project().join("cloned.txt").exists());
    scene.set_global("custom_base_image = \"team\"\nworkspace = \"clone\"\n");
    scene.sandbox.write("ocx.toml", "workspace = \"shared\"\n");
    session(&mut scene, "echo x > third.txt").exits(78).done();
}

#[test]
fn without_a_repository_there_is_no_session() {
    let scene = Scene::new();
    let line = ["--set", "workspace=clone", "run"];
    let output = scene.sandbox.ocx(line).run().exits(78);
    output
        .says("is in no Git repository")
        .says("git init")
        .says("workspace=shared")
        .done();
    scene
        .sandbox
        .ocx(["changes"])
        .run()
        .exits(78)
        .says("is in no Git repository")
        .done();
}

#[test]
fn settings_that_an_agent_wrote_are_not_the_users_after_they_are_taken_over() {
    let mut scene = repository();
    scene.sandbox.write("docker/Dockerfile", "FROM scratch\n");
    scene.sandbox.write(
        "ocx.toml",
        "custom_base_dockerfile = \"docker/Dockerfile\"\n",
    );
    scene.set_global("workspace = \"clone\"\n");
    git(&scene, &["add", "."]);
    git(&scene, &["commit", "--quiet", "--message", "with a base"]);
    scene.sandbox.ocx(["build"]).run().success().done();
    session(&mut scene, "echo 'FROM evil' > docker/Dockerfile")
        .success()
        .done();
    scene.sandbox.ocx(["apply"]).run().success().done();
    assert_eq!(scene.sandbox.read("docker/Dockerfile"), "FROM evil\n");
    let output = session(&mut scene, "true");
    output.exits(78).says("ocx trust").done();
}

#[test]
fn names_and_lines_of_a_session_are_shown_and_not_obeyed() {
    let mut scene = repository();
    let odd = "printf 'x\\033[2Jy\\n' > \"$(printf 'odd\\033]0;t\\007')\"; printf '\\033[31mred\\n' >> a.txt";
    session(&mut scene, odd).success().done();
    for line in [&["diff"][..], &["diff", "--stat"], &["changes"], &["apply"]] {
        let output = scene.sandbox.ocx(line.iter().copied()).run().success();
        let printed = format!("{}{}", output.stdout(), output.stderr());
        assert!(
            !printed.contains('\u{1b}') && !printed.contains('\u{7}'),
            "{line:?}: {output}"
        );
    }
}

#[test]
fn a_dry_run_makes_what_its_command_needs() {
    let scene = repository();
    scene.warm_up();
    let output = scene
        .sandbox
        .ocx(["--dry-run", "opencode", "run"])
        .run()
        .success();
    let clones = clones(&scene);
    assert_eq!(clones.len(), 1);
    let tree = clones[0].join("tree");
    assert!(tree.join("a.txt").exists());
    assert!(output.stdout().contains(tree.as_str()), "{output}");
    // It waits for somebody to paste the command.
    assert_eq!(changes(&scene), [serde_json::Value::Null; 0]);
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert!(tree.exists());
}
