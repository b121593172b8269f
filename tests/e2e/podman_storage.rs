//! Sessions on Podman with the storage drivers that are not the lanes' (which is the kernel's overlay),
//! and on root's Podman.

use ocx_tests::{
    account::{Account, owner},
    bases,
    engine::{Engine, PodmanApart, StorageDriver},
    on_engines,
    output::Output,
    sandbox::Sandbox,
};

use crate::session_setup::Project;

on_engines!(
    [podman],
    because "only Podman lets its user choose a storage",
    overlays_by_a_program
);
on_engines!(
    [podman],
    because "only Podman lets its user choose a storage",
    copies
);
on_engines!(
    [podman_of_a_release],
    because "runc may not raise limits in some virtual machines, and Docker has one engine for all users",
    a_podman_of_roots
);

/// What shows who one is, and what the sandbox lets one do.
const LOOK: &str = "echo made > made; id -u; grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status; \
                    touch /usr/made 2> /dev/null || echo closed";

/// A session in a project of `sandbox`; and the build before it.
fn session(engine: &Engine, sandbox: Sandbox) -> (Project, Output, Output) {
    let base = format!("{}-base", sandbox.name());
    let dockerfile = format!("FROM {}\nRUN mkdir /code\n", bases::debian(engine));
    bases::build(engine, &base, &dockerfile);
    sandbox.write("ocx.toml", format!("custom_base_image = \"{base}\"\n"));
    let mut project = Project::bare(sandbox, engine);
    project.use_stand_in();
    let build = project.sandbox.ocx(["build"]).run().success();
    let session = project.inside(LOOK).success();
    (project, build, session)
}

/// Fails unless a session was as it has to be, for this user inside.
#[track_caller]
fn assert_as_planned(project: &Project, session: &Output, user_inside: u32) {
    let expected =
        format!("{user_inside}\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
    assert!(session.stdout().starts_with(&expected), "{session}");
    let sandbox = &project.sandbox;
    assert_eq!(sandbox.read("made"), "made\n");
    assert_eq!(owner(&sandbox.project().join("made")), *sandbox.account());
    project.assert_no_containers();
}

fn with_driver(engine: &Engine, driver: StorageDriver) -> Output {
    let podman = PodmanApart::new(engine, driver);
    let (project, build, session) = session(&podman, Sandbox::new());
    assert_as_planned(&project, &session, Account::ordinary().uid);
    build
}

fn overlays_by_a_program(engine: &Engine) {
    with_driver(engine, StorageDriver::FuseOverlay)
        .never_says("vfs")
        .done();
}

fn copies(engine: &Engine) {
    with_driver(engine, StorageDriver::Vfs).says("vfs").done();
}

fn a_podman_of_roots(engine: &Engine) {
    let (Some(podman), Some(sandbox)) = (PodmanApart::of_root(engine), Sandbox::of_root()) else {
        return;
    };
    let (project, _, session) = session(&podman, sandbox);
    assert_as_planned(&project, &session, 0);
}
