//! `ocx stats` on real engines.

use std::time::Duration;

use ocx_tests::{engine::Engine, on_each_engine};
use rustix::process::Signal;
use serde_json::Value;

use crate::session_setup::{END, Project};

on_each_engine!(what_a_session_uses_is_measured,);

/// Engines measure for two seconds, each time.
const PATIENCE: Duration = Duration::from_secs(60);

/// What holds this many bytes until its input ends, with the tools of any base.
const HOLDS: &str = "{ head -c 100000000 /dev/zero; sleep 300; } | tail -c 100000000 >/dev/null";

fn what_a_session_uses_is_measured(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let sandbox = &project.sandbox;
    let small = project.waiting();
    let args = ["exec", "--new", "sh", "-c", HOLDS];
    let mut large = sandbox.ocx(args).start();
    let stats = || sandbox.ocx(["stats", "--json"]).run();
    let listed = || -> usize {
        let output = sandbox.ocx(["ps", "--json"]).run().success();
        let sessions: Value = serde_json::from_str(output.stdout()).unwrap();
        sessions.as_array().unwrap().len()
    };
    large.wait_until("two sessions", PATIENCE, |_| listed() == 2);
    if engine.limits_processes() {
        large.wait_until("memory in use", PATIENCE, |_| {
            let answer = stats().success().promised("stats");
            let memory = |session: &Value| session["memory"].as_u64().unwrap_or_default();
            // The newest first.
            let [large, small] = [&answer[0], &answer[1]].map(memory);
            large > 90_000_000 && small < 90_000_000
        });
    } else {
        // Without cgroups nothing is measured: an engine says so, or has nothing to tell.
        let output = stats();
        if output.code() == Some(0) {
            let answer = output.promised("stats");
            assert!(answer[0]["memory"].is_null(), "{answer:#}");
        } else {
            output.exits(76).done();
        }
    }
    for session in [small, large] {
        session.signal(Signal::TERM);
        session.wait(END).exits(143).done();
    }
}
