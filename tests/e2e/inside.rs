//! `ocx exec`, `ocx shell`, `ocx ps` and `ocx stop`.

use std::time::Duration;

use ocx_tests::{account::owner, bases, engine::Engine, on_each_engine, pty::key};
use rustix::process::Signal;

use crate::session_setup::{END, Project, START};

on_each_engine!(
    a_program_runs_in_a_running_session,
    a_program_runs_in_a_container_of_its_own,
    a_shell_in_a_terminal,
    a_base_without_a_shell_says_so,
    sessions_are_listed_and_stopped,
);

fn a_program_runs_in_a_running_session(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let sandbox = &project.sandbox;
    let session = project.waiting();
    let exec = |script: &str| {
        let args = ["exec", "sh", "-c", script];
        sandbox.ocx(args).run()
    };
    let uid = engine.user_inside(sandbox.account());
    let output =
        exec("id -u; id -g; pwd; echo $HOME; echo shared > /tmp/note; echo x > made").success();
    assert_eq!(
        output.stdout(),
        format!(
            "{}\n{}\n/ocx/home\n",
            uid.replace(':', "\n"),
            sandbox.project()
        )
    );
    assert_eq!(owner(&sandbox.project().join("made")), *sandbox.account());
    // It is the session's own container, and another one does not know its files.
    exec("cat /tmp/note").success().prints("shared").done();
    sandbox
        .ocx(["exec", "--new", "cat", "/tmp/note"])
        .run()
        .exits(1)
        .done();
    for code in [0, 1, 42, 125, 126, 127] {
        exec(&format!("exit {code}")).exits(code).done();
    }
    // Docker 20.10 ends with 126 here, Podman with 127.
    let missing = sandbox.ocx(["exec", "/no/such/program"]).run();
    assert!(matches!(missing.code(), Some(126 | 127)), "{missing}");
    let output = sandbox
        .ocx(["exec", "sed", "s/^/> /"])
        .stdin("through a pipe\n")
        .run()
        .success();
    assert_eq!(output.stdout(), "> through a pipe\n");
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
    project.assert_no_containers();
}

fn a_program_runs_in_a_container_of_its_own(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.ensure_image();
    let sandbox = &project.sandbox;
    let script = "grep CapEff /proc/self/status; echo x > made; exit 42";
    sandbox
        .ocx(["exec", "sh", "-c", script])
        .run()
        .exits(42)
        .prints("CapEff:\t0000000000000000")
        .done();
    assert_eq!(owner(&sandbox.project().join("made")), *sandbox.account());
    sandbox
        .ocx(["shell"])
        .stdin("echo $((6 * 7)); exit 7\n")
        .run()
        .exits(7)
        .prints("42")
        .done();
    sandbox
        .ocx(["exec", "--session", "none", "true"])
        .run()
        .exits(64)
        .says("no session `none`")
        .done();
    project.assert_no_containers();
}

fn a_shell_in_a_terminal(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let session = project.waiting();
    let mut terminal = project.sandbox.ocx(["shell"]).in_terminal();
    // Engines tell the size a moment after the program was started.
    terminal.send(
        "until [ \"$(stty size)\" != '0 0' ]; do sleep 0.1; done; stty size; echo in $((6 * 7))\r",
    );
    terminal.wait_for("in 42", START);
    terminal.wait_for("34 120", START);
    terminal.send(key::CTRL_D);
    assert!(terminal.wait(END).success());
    terminal.assert_restored();
    // The session goes on.
    assert_eq!(engine.running(&project.label()).len(), 1);
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
}

fn a_base_without_a_shell_says_so(engine: &Engine) {
    let mut project = Project::on(engine, &bases::glibc_only(engine));
    project.use_stand_in();
    project.ensure_image();
    project
        .sandbox
        .ocx(["shell"])
        .run()
        .exits(65)
        .says("has no shell")
        .done();
    project
        .sandbox
        .ocx(["exec", "opencode", "show", "without a shell"])
        .run()
        .success()
        .prints("[without a shell]")
        .done();
    let session = project.waiting();
    project
        .sandbox
        .ocx(["shell"])
        .run()
        .exits(65)
        .says("has no shell")
        .done();
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
}

fn sessions_are_listed_and_stopped(engine: &Engine) {
    let (mut project, mut other) = (Project::new(engine), Project::new(engine));
    project.use_stand_in();
    other.use_stand_in();
    let list = |project: &Project, args: &[&str]| {
        let args = ["ps", "--json"].iter().chain(args).copied();
        let output = project
            .sandbox
            .ocx(args.collect::<Vec<_>>())
            .run()
            .success();
        let sessions: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
        sessions.as_array().unwrap().clone()
    };
    let first = project.waiting();
    // Engines tell the time in seconds.
    std::thread::sleep(Duration::from_millis(1100));
    let second = project.waiting();
    let others = other.waiting();

    let sessions = list(&project, &[]);
    assert_eq!(sessions.len(), 2, "{sessions:#?}");
    for session in &sessions {
        assert_eq!(session["project"], project.sandbox.project().as_str());
        assert_eq!(session["command"], "opencode wait");
        assert!(session["image"].as_str().unwrap().starts_with("ocx-"));
    }
    assert!(sessions[0]["started"].as_str() > sessions[1]["started"].as_str());
    let all = list(&project, &["--all"]);
    let roots: Vec<_> = all
        .iter()
        .map(|session| session["project"].clone())
        .collect();
    for root in [&project, &other].map(|project| project.sandbox.project()) {
        assert!(
            roots.iter().any(|found| *found == root.as_str()),
            "{roots:?}"
        );
    }

    // One by the beginning of its ID, then all that are left.
    let newest = &sessions[0]["session"].as_str().unwrap()[..6];
    let stop = |args: &[&str]| {
        let args = ["stop"].iter().chain(args).copied();
        project.sandbox.ocx(args.collect::<Vec<_>>()).run()
    };
    stop(&[newest])
        .success()
        .says(&format!("stopped session {newest}"))
        .done();
    second.wait(END).exits(143).done();
    assert_eq!(list(&project, &[]).len(), 1);
    stop(&[newest]).exits(64).done();
    stop(&[]).success().done();
    first.wait(END).exits(143).done();
    stop(&[]).success().says("no session").done();
    // A program may end well when it is asked to; that it was asked is told all the same.
    let polite = "trap 'exit 0' TERM; echo waiting; while :; do sleep 0.1; done";
    let args = ["exec", "--new", "sh", "-c", polite];
    let mut session = project.sandbox.ocx(args).start();
    session.wait_for("waiting", START);
    stop(&[]).success().done();
    session
        .wait(END)
        .exits(143)
        .says("was stopped from elsewhere")
        .done();
    // One of another project goes by its ID only.
    let left = list(&other, &[]);
    assert_eq!(left.len(), 1);
    stop(&[left[0]["session"].as_str().unwrap()])
        .success()
        .done();
    others.wait(END).exits(143).done();
    project.assert_no_containers();
}
