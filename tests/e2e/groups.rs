//! Groups that the user is in, besides the own one.

use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt, chown},
};

use ocx_tests::{account::Account, engine::Engine, on_engines};

use crate::session_setup::Project;

on_engines!(
    [podman_of_a_release],
    because "of Podman's runtimes only crun keeps groups, and Docker has no such flag",
    files_of_a_group_can_be_read_in_a_session
);

/// A group that has neither a name nor members.
const GROUP: u32 = 4711;

fn files_of_a_group_can_be_read_in_a_session(engine: &Engine) {
    if Account::root().is_none() {
        ocx_tests::skip::skip("only root can run commands in other groups");
        return;
    }
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.sandbox.join(GROUP);
    project.sandbox.write("of-the-group", "for members\n");
    let file = project.sandbox.project().join("of-the-group");
    chown(&file, Some(0), Some(GROUP)).unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    project.inside("cat of-the-group").exits(1).done();
    project.sandbox.set_env("OCX_KEEP_GROUPS", "true");
    let output = project.inside("cat of-the-group").success();
    assert_eq!(output.stdout(), "for members\n");
}
