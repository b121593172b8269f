//! `ocx port` with a fake engine.

use ocx_tests::fake_engine::Rule;

use crate::scene::Scene;

/// A session that is running, and what the kernel says in it.
pub(crate) fn with_session(listening: &str) -> Scene {
    let mut scene = Scene::new();
    scene.warm_up();
    let project = scene.sandbox.project();
    let list = format!(
        "{{\"ID\":\"c0ffee\",\"Names\":\"ocx-app-aaaa1111\",\"Image\":\"ocx-team:1.2.3\",\
         \"Command\":\"\\\"opencode\\\"\",\"CreatedAt\":\"2026-01-02 03:04:00 +0000 UTC\",\
         \"Labels\":\"ocx.session=aaaa1111,ocx.project={project},ocx.project-id=x\"}}\n"
    );
    scene.docker.rule(Rule::on(&["ps"]).stdout(&list));
    scene.docker.rule(Rule::on(&["exec"]).stdout(listening));
    scene
}

pub(crate) const LISTENING: &str = "   0: 0100007F:1435 00000000:0000 0A 0 0\n   1: 00000000:0050 00000000:0000 0A 0 0\n   2: 0100007F:2CAA 00000000:0000 0A 0 0\n";

#[test]
fn what_listens_is_listed() {
    let scene = with_session(LISTENING);
    // What ocx itself listens on there is not the session's.
    let set = ["--set", "host_ports=11434"];
    let args = set.iter().copied().chain(["port"]);
    let output = scene.sandbox.ocx(args).run().success();
    insta::assert_snapshot!(output.stdout(), @r"
    PORT  LISTENS ON     ON THIS MACHINE
    80    all addresses  -
    5173  127.0.0.1      -
    ");
    let json = scene.sandbox.ocx(["port", "--json"]).run().success();
    let json = json.promised("port");
    assert_eq!(json["session"], "aaaa1111");
    assert_eq!(json["listening"][1]["port"], 5173);
    assert_eq!(json["open"], serde_json::json!([]));
    let call = scene.docker.calls_of(&["exec"]).remove(0);
    assert!(call.has("c0ffee"), "{call:?}");
}

#[test]
fn what_a_session_says_is_no_more_than_ports() {
    let scene = with_session("\u{1b}[31m 0100007F:1435 x 0A\n\u{1b}]0;evil\u{7}\n");
    let output = scene.sandbox.ocx(["port"]).run().success();
    assert!(!output.stdout().contains('\u{1b}'));
}

#[test]
fn a_session_in_which_nothing_listens() {
    let scene = with_session("");
    let output = scene.sandbox.ocx(["port"]).run().success();
    output.says("nothing listens in session aaaa1111").done();
}

#[test]
fn a_session_that_hands_out_nothing_is_told() {
    let scene = with_session("");
    let output = scene.sandbox.ocx(["port", "5173"]).run();
    assert!(!output.stdout().contains("127.0.0.1"), "{output}");
    output
        .says("cannot reach the ports of session `aaaa1111`\n")
        .says("because: the session does not hand out sockets\n")
        .done();
}

#[test]
fn without_a_session_there_is_no_port() {
    let scene = Scene::new();
    for args in [
        &["port"][..],
        &["port", "3000"],
        &["port", "--session", "a"],
    ] {
        let output = scene.sandbox.ocx(args.iter().copied()).run();
        output.says("of this project is running").done();
    }
}

#[test]
fn what_is_no_port_is_refused() {
    let scene = Scene::new();
    for text in ["0", "65536", "a", "1:2:3", ":80"] {
        let output = scene.sandbox.ocx(["port", text]).run().exits(64);
        output.says("that is no port").done();
        let set = format!("ports=[\"{text}\"]");
        let output = scene.sandbox.ocx(["--set", &set, "config"]).run();
        output.says("setting `ports`").done();
    }
}

#[test]
fn ports_of_the_settings_are_told_and_another_one_if_they_are_taken() {
    let scene = Scene::new();
    scene.warm_up();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().port();
    let held = std::net::TcpListener::bind(("127.0.0.1", taken));
    let set = format!("ports=[\"{taken}:80\"]");
    let output = scene.sandbox.ocx(["--set", &set, "opencode", "run"]).run();
    drop(held);
    output
        .success()
        .says("port 80 of the session is 127.0.0.1:")
        .done();
    let host = ["--set", "network=host", "--set", &set, "run"];
    let output = scene.sandbox.ocx(host).run().success();
    output
        .says("has no effect: sessions are in the host's own network")
        .done();
}
