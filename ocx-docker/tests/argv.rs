//! What Docker's command line is for one corpus of specs. The snapshots lie beside those of other
//! backends, so that each difference is a visible one.

use std::fmt::Write as _;

use ocx_core::{
    engine::{build_invocation, run_invocation},
    testing,
};
use ocx_docker::{Docker, Endpoint};

fn docker() -> Docker {
    Docker::new(&Endpoint {
        context: "default".to_owned(),
        host: None,
    })
}

#[test]
fn run() {
    let mut text = String::new();
    for (name, spec) in testing::run_specs() {
        let invocation = run_invocation(&docker(), "docker".into(), &spec);
        let environment: Vec<&String> = invocation.environment.keys().collect();
        let _ = writeln!(
            text,
            "# {name} {environment:?}\n{}\n",
            invocation.to_string().replace(" --", " \\\n  --")
        );
        assert!(!format!("{invocation} {invocation:?}").contains("hunter2"));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn build() {
    let mut text = String::new();
    for (name, spec) in testing::build_specs() {
        let invocation = build_invocation(&docker(), "docker".into(), &spec);
        let _ = writeln!(
            text,
            "# {name} {:?}\n{}\n",
            invocation.environment,
            invocation.to_string().replace(" --", " \\\n  --")
        );
    }
    insta::assert_snapshot!(text);
}
