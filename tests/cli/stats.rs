//! `ocx stats`.

use ocx_tests::fake_engine::Rule;
use serde_json::Value;

use crate::{inside::running, scene::Scene};

fn usage(session: &str, memory: &str, processes: u32) -> String {
    format!(
        "{{\"ID\":\"c0ffee{session}\",\"CPUPerc\":\"50.25%\",\"MemUsage\":\"{memory}\",\"PIDs\":\"{processes}\"}}\n"
    )
}

/// With two sessions, of which the engine tells in another order.
fn with_sessions() -> Scene {
    let mut scene = Scene::new();
    scene.warm_up();
    let sessions = running(&scene, &[("aaaa1111", 1), ("bbbb2222", 5)]);
    scene.docker.rule(Rule::on(&["ps"]).stdout(&sessions));
    let both = usage("aaaa1111", "1GiB / 4GiB", 7) + &usage("bbbb2222", "5GiB / 8GiB", 0);
    scene.docker.rule(Rule::on(&["stats"]).stdout(&both));
    scene
}

#[test]
fn each_session_is_told_with_what_it_uses() {
    let scene = with_sessions();
    let output = scene.sandbox.ocx(["stats"]).run().success();
    let lines: Vec<Vec<&str>> = output
        .stdout()
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        lines[0],
        ["SESSION", "CPU", "MEMORY", "LIMIT", "PROCESSES"],
        "{output}"
    );
    // What the engine does not measure is not told as nothing.
    assert_eq!(lines[1], ["bbbb2222", "?", "?", "?", "?"], "{output}");
    let first = ["aaaa1111", "50.2", "%", "1.00", "GiB", "4.00", "GiB", "7"];
    assert_eq!(lines[2], first, "{output}");
    let call = &scene.docker.calls_of(&["stats"])[0];
    assert!(call.has("--no-stream"), "{}", call.line());
    assert!(call.line().contains("c0ffeebbbb2222 c0ffeeaaaa1111"));

    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["stats", "aaaa", "--json"]).run();
    let answer: Value = serde_json::from_str(output.success().stdout()).unwrap();
    assert_eq!(answer.as_array().unwrap().len(), 1, "{answer:#}");
    assert_eq!(answer[0]["memory"], 1_u64 << 30);
    assert_eq!(answer[0]["cpu_percent"], 50.25);
    let call = &scene.docker.calls_of(&["stats"])[0];
    assert!(!call.line().contains("bbbb2222"), "{}", call.line());
}

#[test]
fn where_nothing_runs_nothing_is_measured() {
    let scene = Scene::new();
    for (args, said) in [
        (&["stats"][..], "no session of this project is running"),
        (&["stats", "--all"], "no session is running"),
    ] {
        let output = scene.sandbox.ocx(args.iter().copied()).run().success();
        output.says(said).done();
    }
    let output = scene.sandbox.ocx(["stats", "zz"]).run().exits(64);
    output.says("no session `zz` is running").done();
    assert!(scene.docker.calls_of(&["stats"]).is_empty());
}

#[test]
fn an_engine_that_cannot_measure_is_an_error() {
    let mut scene = with_sessions();
    scene.docker.clear_rules();
    let sessions = running(&scene, &[("aaaa1111", 1), ("bbbb2222", 5)]);
    scene.docker.rule(Rule::on(&["ps"]).stdout(&sessions));
    let rule = Rule::on(&["stats"]).stderr("no cgroups here\n").exit(125);
    scene.docker.rule(rule);
    let output = scene.sandbox.ocx(["stats"]).run().exits(76);
    output.says("no cgroups here").done();
}
