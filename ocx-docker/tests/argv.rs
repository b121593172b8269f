//! What Docker's command lines are for one corpus of specs. The snapshots lie beside those of other
//! backends, so that each difference is a visible one.

use ocx_core::testing;

fn docker() -> ocx_docker::Docker {
    let endpoint = ocx_docker::Endpoint {
        context: "default".to_owned(),
        host: None,
        buildkit: false,
    };
    ocx_docker::Docker::new(&endpoint, "desk")
}

#[test]
fn run() {
    let lines = testing::run_command_lines(&docker());
    assert!(!lines.contains("hunter2"));
    insta::assert_snapshot!(lines);
}

#[test]
fn build() {
    insta::assert_snapshot!(testing::build_command_lines(&docker()));
}

#[test]
fn exec() {
    insta::assert_snapshot!(testing::exec_command_lines(&docker()));
}
