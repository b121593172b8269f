//! `ocx logs --engine`, `ocx wait` of sessions in a terminal, and sessions of other projects by their IDs.

use std::{fs, os::unix::fs::MetadataExt as _, time::Duration};

use camino::Utf8PathBuf;
use ocx_tests::{fake_engine::Rule, output::Output, running::Running};
use rustix::process::Signal;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(30);

/// The files of the logs, the oldest first.
fn files(scene: &Scene) -> Vec<Utf8PathBuf> {
    let directory = scene.sandbox.state().join("ocx/session-logs");
    let entries = directory.read_dir_utf8().into_iter().flatten();
    let mut files: Vec<Utf8PathBuf> = entries.map(|entry| entry.unwrap().into_path()).collect();
    files.sort_by_key(|file| fs::metadata(file).unwrap().modified().unwrap());
    files
}

fn newest(scene: &Scene) -> String {
    files(scene).last().unwrap().file_stem().unwrap().to_owned()
}

fn ocx(scene: &Scene, args: &[&str]) -> Output {
    scene.sandbox.ocx(args.iter().copied()).run()
}

/// A session that runs in the project, with its ID.
fn running_session(scene: &mut Scene) -> (Running, String) {
    scene.docker.forget_calls();
    scene.docker.rule(Rule::on(&["run"]).times(1).hangs());
    let mut running = scene.sandbox.ocx(["run", "a task"]).start();
    running.wait_until("the session to run", PATIENCE, |_| {
        !scene.docker.calls_of(&["run"]).is_empty()
    });
    let session = newest(scene);
    let project = scene.sandbox.project();
    let list = format!(
        "{{\"ID\":\"c0ffee{session}\",\"Names\":\"ocx-app-{session}\",\"Image\":\"ocx-team:1.2.3\",\
         \"Command\":\"opencode\",\"CreatedAt\":\"2026-01-02 03:04:00 +0000 UTC\",\
         \"Labels\":\"ocx.session={session},ocx.project={project},ocx.project-id=x\"}}\n"
    );
    scene.docker.rule(Rule::on(&["ps"]).stdout(&list));
    (running, session)
}

#[test]
fn what_ocx_did_for_a_session_is_told_after_its_end() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene.docker.rule(Rule::on(&["run"]).times(1).exit(7));
    ocx(&scene, &["run", "fix it"]).exits(7).done();
    let session = newest(&scene);
    let output = ocx(&scene, &["logs", "--engine"]).success();
    let output = output.says(&format!("session {session} of"));
    let lines: Vec<&str> = output.stdout().lines().collect();
    // Each begins with a time of this day.
    let texts: Vec<&str> = lines.iter().map(|line| &line[13..]).collect();
    assert_eq!(texts[0], "opencode run 'fix it'", "{output}");
    let run = texts
        .iter()
        .position(|text| text.starts_with("$ docker run "));
    let run = run.unwrap_or_else(|| panic!("{output}"));
    assert_eq!(texts[run - 1], "the program begins", "{output}");
    let took = texts[run + 1].trim();
    assert!(
        took.ends_with(" ms, exited with status 7"),
        "{took} in {output}"
    );
    assert_eq!(*texts.last().unwrap(), "ended with 7", "{output}");

    let json = ocx(&scene, &["logs", "--engine", "--json"]).success();
    let events: Vec<String> = json
        .stdout()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|entry| entry["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((json.stderr(), events.len()), ("", lines.len()));
    assert_eq!(
        (&*events[0], &*events[events.len() - 1]),
        ("began", "ended")
    );

    // Of any project, wherever it is asked for, and by the beginning of its ID.
    let elsewhere = ["logs", "--engine", "--follow", &session[..6]];
    let elsewhere = scene.sandbox.ocx(elsewhere).in_dir(scene.sandbox.home());
    let elsewhere = elsewhere.run().success();
    assert_eq!(elsewhere.stdout(), output.stdout());
    ocx(&scene, &["wait", &session]).exits(7).done();
    let json = ocx(&scene, &["wait", "--json", &session]).exits(7);
    let json: serde_json::Value = serde_json::from_str(json.stdout()).unwrap();
    assert_eq!(
        (&json["session"], &json["exit_code"]),
        (&session.into(), &7.into())
    );
    let file = &files(&scene)[0];
    assert_eq!(fs::metadata(file).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn what_a_session_in_a_terminal_printed_is_kept_nowhere() {
    let scene = Scene::new();
    ocx(&scene, &["run", "it"]).success().done();
    let session = newest(&scene);
    ocx(&scene, &["logs", &session])
        .exits(64)
        .says("is in a terminal, or was, so what it prints is kept nowhere")
        .says(&format!("`ocx logs --engine {session}`"))
        .done();
    let home = scene.sandbox.home();
    let opencode = scene.sandbox.ocx(["logs", "--opencode", &session]);
    opencode
        .in_dir(home)
        .run()
        .success()
        .says("opencode has no log in this project yet")
        .done();
}

#[test]
fn a_session_that_failed_tells_why() {
    let mut scene = Scene::new();
    scene.warm_up();
    let refused = Rule::on(&["run"])
        .exit(125)
        .stderr("docker: no such device.\n");
    scene.docker.rule(refused);
    let failed = ocx(&scene, &["run", "it"]);
    let code = failed.code().unwrap();
    assert_ne!(code, 0, "{failed}");
    let session = newest(&scene);
    ocx(&scene, &["logs", "--engine", &session])
        .success()
        .prints("failed: ")
        .done();
    ocx(&scene, &["wait", &session])
        .exits(code)
        .says(&format!("session {session} failed: "))
        .done();
}

#[test]
fn a_plan_leaves_no_log() {
    let scene = Scene::new();
    ocx(&scene, &["build"]).success().done();
    ocx(&scene, &["--dry-run", "run", "it"]).success().done();
    ocx(&scene, &["explain"]).success().done();
    assert!(files(&scene).is_empty());
    ocx(&scene, &["logs", "--engine"])
        .exits(64)
        .says("this project has had no session")
        .done();
}

#[test]
fn a_session_of_another_project_is_reached_by_its_id() {
    let mut scene = Scene::new();
    scene.warm_up();
    let (running, session) = running_session(&mut scene);
    scene.docker.rule(Rule::on(&["exec"]).exit(9));
    let other = scene.sandbox.home().join("other");
    scene
        .sandbox
        .write(other.join("ocx.toml"), "custom_base_image = \"other\"\n");
    let project = scene.sandbox.project();
    for place in [other, scene.sandbox.home()] {
        scene.docker.forget_calls();
        let exec = ["exec", "--session", &session[..5], "make"];
        let exec = scene.sandbox.ocx(exec).in_dir(&place).run();
        exec.exits(9).done();
        let calls = scene.docker.calls_of(&["exec"]);
        assert_eq!(calls.len(), 1, "{place}");
        assert!(calls[0].line().contains(&session), "{}", calls[0].line());
        // It works where the session's project is.
        assert_eq!(calls[0].values("--workdir"), [project.as_str()]);
    }
    let log = ocx(&scene, &["logs", "--engine", &session]).success();
    log.prints("inside it: make").done();

    // It is waited for, and when its ocx is killed nobody knows how it ended.
    let waiting = scene.sandbox.ocx(["wait", &session]).start();
    running.signal(Signal::KILL);
    let _ = running.wait(PATIENCE);
    waiting.wait(PATIENCE).exits(70).says("was killed").done();
    ocx(&scene, &["logs", "--follow", "--engine", &session])
        .success()
        .done();
}

#[test]
fn ids_that_nobody_has_are_slips_on_the_command_line() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene.docker.rule(Rule::on(&["ps"]).stdout(""));
    for args in [
        &["logs", "4f2a"][..],
        &["logs", "--engine", "4f2a"],
        &["logs", "--opencode", "4f2a"],
        &["wait", "4f2a"],
        &["stop", "4f2a"],
        &["stats", "4f2a"],
        &["exec", "--session", "4f2a", "true"],
        &["shell", "--session", "4f2a"],
        &["port", "--session", "4f2a"],
    ] {
        let output = ocx(&scene, args).exits(64);
        output.says("4f2a").says("`ocx ps`").done();
    }
}
