//! ocx in a container, with the socket of an engine outside of it.

use std::os::unix::fs::MetadataExt as _;

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{account::owner, bases, engine::Engine, on_engines, output::Output};

use crate::session_setup::{Project, stand_in};

on_engines!(
    [docker_of_machine],
    because "its client runs in the container, too, which is the machine's Debian",
    with_files_at_their_own_paths_it_works
);
on_engines!(
    [docker_of_machine],
    because "its client runs in the container, too, which is the machine's Debian",
    with_files_at_other_paths_it_says_so
);

/// Runs ocx in a container, with a session's project at this path in there.
fn ocx_in_a_container(project: &Project, place: &Utf8Path, args: &[&str]) -> Output {
    let (engine, sandbox) = (&project.engine, &project.sandbox);
    let address = engine
        .cli()
        .environment()
        .iter()
        .find(|(name, _)| name == "DOCKER_HOST");
    let socket = address.map_or("/var/run/docker.sock", |(_, address)| {
        address.strip_prefix("unix://").expect("a socket")
    });
    let real = |program: &str| sandbox.bin().join(program).canonicalize_utf8().unwrap();
    let at = |source: &Utf8Path, target: &Utf8Path| format!("{source}:{target}");
    let own = |path: &Utf8Path| at(path, path);
    let mut mounts = vec![
        at(&real("ocx"), "/usr/local/bin/ocx".into()),
        at(&real("docker"), "/usr/local/bin/docker".into()),
        own(stand_in()),
        own(socket.into()),
        at(&sandbox.project(), place),
    ];
    // What ocx keeps is beside the project in this sandbox.
    let home = sandbox.home();
    if place == sandbox.project() {
        mounts.push(own(&home));
    }
    let group = std::fs::metadata(socket).unwrap().gid().to_string();
    let account = sandbox.account();
    let user = format!("{}:{}", account.uid, account.gid);
    let label = format!("ocxt.sandbox={}", sandbox.name());
    let mut command: Vec<String> = ["run", "--rm", "--user", &user, "--group-add", &group]
        .map(str::to_owned)
        .to_vec();
    command.extend(["--label", &label, "--workdir", place.as_str()].map(str::to_owned));
    for mount in mounts {
        command.extend(["--volume".to_owned(), mount]);
    }
    for (name, value) in sandbox.environment() {
        if name != "PATH" {
            command.extend(["--env".to_owned(), format!("{name}={value}")]);
        }
    }
    command.extend([bases::debian(engine), "ocx".to_owned()]);
    command.extend(args.iter().map(|arg| (*arg).to_owned()));
    let command = command.iter().map(String::as_str);
    sandbox.command("docker", command).run()
}

fn project(engine: &Engine) -> Project {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.ensure_image();
    project
}

fn with_files_at_their_own_paths_it_works(engine: &Engine) {
    let project = project(engine);
    let place = project.sandbox.project();
    let script = ["exec", "--new", "sh", "-c", "pwd; echo made > made"];
    let output = ocx_in_a_container(&project, &place, &script).success();
    output.prints(place.as_str()).done();
    assert_eq!(project.sandbox.read("made"), "made\n");
    assert_eq!(owner(&place.join("made")), *project.sandbox.account());
    project.assert_no_containers();
}

fn with_files_at_other_paths_it_says_so(engine: &Engine) {
    let project = project(engine);
    let place = Utf8PathBuf::from("/workspace");
    let output = ocx_in_a_container(&project, &place, &["exec", "--new", "touch", "made"]);
    output
        .exits(78)
        .says("ocx runs in a container")
        .says("`/workspace`")
        .says("--volume \"$PWD:$PWD\"")
        .done();
    assert!(!project.sandbox.project().join("made").exists());
    project.assert_no_containers();
}
