//! `ocx exec`, `ocx shell`, `ocx ps` and `ocx stop`.

use ocx_tests::fake_engine::{Call, Rule};

use crate::scene::{Scene, is_session};

/// What `docker ps` prints of sessions of the project, by ID and minute of their start.
pub(crate) fn running(scene: &Scene, sessions: &[(&str, u32)]) -> String {
    let project = scene.sandbox.project();
    let line = |&(id, minute): &(&str, u32)| {
        format!(
            "{{\"ID\":\"c0ffee{id}\",\"Names\":\"ocx-app-{id}\",\"Image\":\"ocx-team:1.2.3\",\
             \"Command\":\"\\\"opencode\\\"\",\"CreatedAt\":\"2026-01-02 03:{minute:02}:00 +0000 UTC\",\
             \"Labels\":\"ocx.session={id},ocx.project={project},ocx.project-id=x\"}}\n"
        )
    };
    sessions.iter().map(line).collect()
}

/// Lets the engine list the next session while it runs, and show a screen to who attaches to it: Ctrl-] leaves
/// it there, and `q` ends it.
pub(crate) fn detachable(scene: &mut Scene) {
    let files = scene.docker.directory().clone();
    let project = scene.sandbox.project();
    let (listed, ends) = (files.join("listed"), files.join("ends"));
    let uid = scene.sandbox.account().uid;
    // The engine lists the session for as long as it runs.
    let run = format!(
        r#"for word in "$@"; do case $word in ocx.session=*) id=${{word#*=}} ;; esac; done
        printf '{{"ID":"c0ffee","Names":"ocx-project","Image":"ocx-team:1.2.3","Command":"\\"opencode\\"","CreatedAt":"2026-01-02 03:04:05 +0000 UTC","Labels":"ocx.session=%s,ocx.user={uid},ocx.project={project},ocx.project-id=x"}}\n' "$id" > {listed}
        while [ ! -e {ends} ]; do sleep 0.05; done; rm {listed}"#
    );
    // Ctrl-] makes a client leave.
    let attach = format!(
        r#"stty raw -echo; printf '\033[?1049h\033[H[opencode] Ask anything'
        while key=$(dd bs=1 count=1 2>/dev/null | od -An -tx1 | tr -d ' \n'); do
            case $key in
                1d) printf '\033[?1049l'; stty sane; echo 'read escape sequence'; exit 0 ;;
                71) touch {ends}; while [ -e {listed} ]; do sleep 0.05; done
                    printf '\033[?1049l'; stty sane; exit 0 ;;
            esac
        done"#
    );
    let session = Rule::on(&["run"]).containing("ocx.session=");
    scene
        .docker
        .rule(session.starts().shell(&run))
        .rule(Rule::on(&["ps"]).shell(&format!("cat {listed} 2>/dev/null; exit 0")))
        .rule(Rule::on(&["attach"]).shell(&attach));
}

fn with_sessions(sessions: &[(&str, u32)]) -> Scene {
    let mut scene = Scene::new();
    scene.warm_up();
    let list = running(&scene, sessions);
    scene.docker.rule(Rule::on(&["ps"]).stdout(&list));
    scene.docker.rule(Rule::on(&["exec"]).exit(7));
    scene
}

fn only_exec(scene: &Scene) -> Call {
    let mut calls = scene.docker.calls_of(&["exec"]);
    assert_eq!(calls.len(), 1, "{calls:#?}");
    calls.remove(0)
}

#[test]
fn a_program_runs_in_the_newest_session() {
    let scene = with_sessions(&[("aaaa1111", 1), ("bbbb2222", 5), ("cccc3333", 3)]);
    let command = ["exec", "make", "--all", "-q"];
    scene
        .sandbox
        .ocx(command)
        .run()
        .exits(7)
        .says("in session bbbb2222, the newest of 3")
        .done();
    let call = only_exec(&scene);
    assert_eq!(
        call.args[call.args.len() - 4..],
        ["c0ffeebbbb2222", "make", "--all", "-q"]
    );
    let project = scene.sandbox.project();
    assert_eq!(call.values("--workdir"), [project.as_str()]);
    let account = scene.sandbox.account();
    assert_eq!(
        call.values("--user"),
        [format!("{}:{}", account.uid, account.gid).as_str()]
    );
    assert!(!call.has("--interactive") && !call.has("--tty"));
    // A list of containers and the program itself; all else is remembered.
    assert_eq!(scene.docker.calls().len(), 2);
}

#[test]
fn a_session_by_the_beginning_of_its_id() {
    let scene = with_sessions(&[("aaaa1111", 1), ("aabb2222", 5)]);
    let exec = |id: &'static str| scene.sandbox.ocx(["exec", "--session", id, "true"]).run();
    exec("aaaa").exits(7).never_says("newest").done();
    assert!(only_exec(&scene).line().contains("c0ffeeaaaa1111"));
    exec("aa").exits(64).says("more than one session").done();
    exec("zz")
        .exits(64)
        .says("no session `zz`")
        .says("`ocx ps`")
        .done();
}

#[test]
fn a_new_container_where_none_runs_or_on_request() {
    let scene = with_sessions(&[]);
    let session = |args: &[&str]| {
        scene.docker.forget_calls();
        scene
            .sandbox
            .ocx(args.iter().copied())
            .run()
            .success()
            .done();
        assert!(scene.docker.calls_of(&["exec"]).is_empty());
        scene.session_call()
    };
    let call = session(&["exec", "make", "it"]);
    assert_eq!(call.args[call.args.len() - 2..], ["make", "it"]);
    assert_eq!(call.values("--cap-drop"), ["ALL"]);
    // The base's only shell.
    let call = session(&["shell"]);
    assert_eq!(call.args.last().unwrap(), "/bin/sh");

    let scene = with_sessions(&[("aaaa1111", 1)]);
    scene
        .sandbox
        .ocx(["exec", "--new", "true"])
        .run()
        .success()
        .done();
    assert!(scene.docker.calls_of(&["ps"]).is_empty());
    assert_eq!(scene.session_call().args.last().unwrap(), "true");
}

#[test]
fn a_shell_in_a_session() {
    let scene = with_sessions(&[("aaaa1111", 1)]);
    scene.docker.add_image("ocx-team:1.2.3", &[]);
    scene.sandbox.ocx(["shell"]).run().exits(7).done();
    assert_eq!(only_exec(&scene).args.last().unwrap(), "/bin/sh");
    scene.docker.forget_calls();
    let mut terminal = scene.sandbox.ocx(["shell"]).in_terminal();
    let status = terminal.wait(std::time::Duration::from_secs(20));
    assert_eq!(status.exit_code(), 7);
    let call = only_exec(&scene);
    assert!(call.has("--tty"));
    assert_eq!(call.values("--detach-keys"), ["ctrl-@,ctrl-@"]);
    assert!(call.values("--env").contains(&"TERM=xterm-256color"));
}

#[test]
fn a_base_without_a_shell() {
    let scene = Scene::without_shell();
    scene
        .sandbox
        .ocx(["shell"])
        .run()
        .exits(65)
        .says("has no shell")
        .says("`ocx exec PROGRAM`")
        .done();
    let runs = scene.docker.calls_of(&["run"]);
    // The trial of the build.
    assert_eq!(runs.len(), 1);
    assert!(!is_session(&runs[0]));
}

#[test]
fn sessions_are_listed() {
    let scene = with_sessions(&[("aaaa1111", 1), ("bbbb2222", 5)]);
    let output = scene.sandbox.ocx(["ps"]).run().success();
    let lines: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(lines.len(), 3, "{output}");
    assert!(lines[0].starts_with("SESSION") && lines[1].starts_with("bbbb2222"));
    let call = &scene.docker.calls_of(&["ps"])[0];
    let filters = call.values("--filter");
    assert!(filters.contains(&"label=ocx.session"), "{filters:?}");
    assert!(
        filters
            .iter()
            .any(|filter| filter.starts_with("label=ocx.project-id=")),
        "{filters:?}"
    );

    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["ps", "--all", "--json"]).run().success();
    let sessions: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(sessions[0]["session"], "bbbb2222");
    assert_eq!(sessions[1]["started"], "2026-01-02T03:01:00Z");
    let call = &scene.docker.calls_of(&["ps"])[0];
    assert_eq!(call.values("--filter"), ["label=ocx.session"]);

    let scene = with_sessions(&[]);
    scene
        .sandbox
        .ocx(["ps"])
        .run()
        .success()
        .says("no session of this project is running")
        .done();
    let output = scene.sandbox.ocx(["ps", "--json"]).run().success();
    assert_eq!(output.stdout(), "[]\n");
}

#[test]
fn sessions_are_stopped() {
    let scene = with_sessions(&[("aaaa1111", 1), ("bbbb2222", 5)]);
    let stopped = |args: &[&str]| {
        scene.docker.forget_calls();
        let output = scene.sandbox.ocx(args.iter().copied()).run();
        let calls = scene.docker.calls_of(&["stop"]);
        let mut ids: Vec<String> = calls
            .iter()
            .map(|call| call.args.last().unwrap().clone())
            .collect();
        ids.sort();
        (output, ids)
    };
    let (output, ids) = stopped(&["stop"]);
    output.success().says("stopped session bbbb2222").done();
    assert_eq!(ids, ["c0ffeeaaaa1111", "c0ffeebbbb2222"]);
    let (output, ids) = stopped(&["stop", "aaaa"]);
    output.success().done();
    assert_eq!(ids, ["c0ffeeaaaa1111"]);
    // One that is wrong spares the others.
    let (output, ids) = stopped(&["stop", "aaaa", "zz"]);
    output.exits(64).done();
    assert!(ids.is_empty());
    let (output, ids) = stopped(&["--dry-run", "stop"]);
    output.success().prints("docker stop").done();
    assert!(ids.is_empty());
    let (output, ids) = stopped(&["stop", "--all"]);
    output.success().done();
    assert_eq!(ids.len(), 2);
    let (output, _) = stopped(&["stop", "--all", "aaaa"]);
    output.exits(64).done();
}

#[test]
fn sessions_of_another_user_are_left_alone() {
    let mut scene = Scene::new();
    scene.warm_up();
    let uid = scene.sandbox.account().uid;
    let of = |session: &str, uid: u32| {
        let label = format!("ocx.session={session}");
        running(&scene, &[(session, 1)]).replace(&label, &format!("{label},ocx.user={uid}"))
    };
    let list = of("aaaa1111", uid) + &of("bbbb2222", uid + 1);
    scene.docker.rule(Rule::on(&["ps"]).stdout(&list));
    let sandbox = &scene.sandbox;
    for args in [&["ps"][..], &["ps", "--all"]] {
        let listed = sandbox.ocx(args.iter().copied()).run().success();
        assert!(listed.stdout().contains("aaaa1111"), "{listed}");
        assert!(!listed.stdout().contains("bbbb2222"), "{listed}");
    }
    let listed = sandbox.ocx(["ps", "--all-users"]).run().success();
    let other = (uid + 1).to_string();
    for word in ["aaaa1111", "bbbb2222", "UID", &other] {
        assert!(listed.stdout().contains(word), "{word}: {listed}");
    }
    let named = sandbox.ocx(["exec", "--session", "bbbb", "true"]).run();
    assert_ne!(named.code(), Some(0), "{named}");
    assert!(scene.docker.calls_of(&["exec"]).is_empty());
    sandbox.ocx(["stop"]).run().success().done();
    let stopped = scene.docker.calls_of(&["stop"]);
    assert_eq!(stopped.len(), 1, "{stopped:#?}");
    assert!(stopped[0].line().contains("c0ffeeaaaa1111"), "{stopped:#?}");
}
