//! Docker whose daemon is set up in another way, or lacks something.

use ocx_tests::{
    bases,
    engine::{DaemonVariant, DockerApart, Engine},
    on_engines,
};

use crate::session_setup::Project;

on_engines!(
    [docker_of_a_release],
    because "a second daemon needs a root and a network of its own",
    where_users_are_remapped
);
on_engines!(
    [docker_of_a_release],
    because "a second daemon needs a root and a network of its own",
    without_an_init_process
);
on_engines!(
    [docker_of_a_release],
    because "a second daemon needs a root and a network of its own",
    from_snap
);

/// A project of the stand-in's, on a base that need not be there.
fn project(engine: &Engine, base: &str) -> Project {
    let mut project = Project::on(engine, base);
    project.use_stand_in();
    project
}

fn where_users_are_remapped(engine: &Engine) {
    let docker = DockerApart::start(engine, DaemonVariant::RemappedUsers);
    let base = bases::debian(&docker);
    let project = project(&docker, &base);
    let output = project.sandbox.ocx(["opencode", "exec", "true"]).run();
    output.exits(78).says("userns-remap").done();
    project.assert_no_containers();
}

fn without_an_init_process(engine: &Engine) {
    let docker = DockerApart::start(engine, DaemonVariant::NoInit);
    let base = bases::debian(&docker);
    let project = project(&docker, &base);
    let build = project.sandbox.ocx(["build"]).run().success();
    build.says("starts no container with its init").done();
    for code in [0, 42, 127] {
        let exit = format!("echo made > made; exit {code}");
        project.inside(&exit).exits(code).done();
    }
    assert_eq!(project.sandbox.read("made"), "made\n");
    project.assert_no_containers();
}

fn from_snap(engine: &Engine) {
    let docker = DockerApart::start(engine, DaemonVariant::Snap);
    let project = project(&docker, "none");
    let sandbox = &project.sandbox;
    sandbox.write("ocx.toml", "custom_base_dockerfile = \"Dockerfile\"\n");
    sandbox.write("Dockerfile", "FROM scratch\nENV A=b\n");
    for command in ["build", "run"] {
        let output = sandbox.ocx([command]).run();
        output
            .exits(78)
            .says(
                "Docker from snap, which sees neither the hidden directories of your home nor /tmp",
            )
            .says("sudo snap remove docker")
            .never_says("building")
            .done();
    }
}
