//! What Podman's command lines are for one corpus of specs. The snapshots lie beside those of other
//! backends, so that each difference is a visible one.

use ocx_core::{engine::Dialect, testing};
use ocx_podman::Podman;

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

#[test]
fn labels_of_volumes_that_versions_read_differently_have_two_forms() {
    let podman = Podman::default();
    let forms = |value: &str| podman.volume_labels(&[("a".to_owned(), value.to_owned())].into());
    assert_eq!(forms("/home/jane/my app"), [["a=/home/jane/my app"]]);
    assert_eq!(forms("b, c=d"), [["a=b, c=d"], ["\"a=b, c=d\""]]);
    assert_eq!(
        forms("say \"b\""),
        [["a=say \"b\""], ["\"a=say \"\"b\"\"\""]]
    );
}
