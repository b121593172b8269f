//! What Podman's command lines are for one corpus of specs. The snapshots lie beside those of other
//! backends, so that each difference is a visible one.

use ocx_core::testing;

#[test]
fn run() {
    let lines = testing::run_command_lines(&ocx_podman::Podman::default());
    assert!(!lines.contains("hunter2"));
    insta::assert_snapshot!(lines);
}

#[test]
fn build() {
    insta::assert_snapshot!(testing::build_command_lines(&ocx_podman::Podman::default()));
}

#[test]
fn exec() {
    insta::assert_snapshot!(testing::exec_command_lines(&ocx_podman::Podman::default()));
}
