//! How often the engine is asked when everything is there already.

use std::{
    fs::File,
    os::unix::fs::PermissionsExt,
    time::{Duration, SystemTime},
};

use ocx_tests::{fake_engine::Rule, running::Running};

use crate::scene::Scene;

#[test]
fn a_warm_session_asks_once() {
    let scene = Scene::new();
    scene.warm_up();
    let output = scene.sandbox.ocx(["opencode", "--version"]).run().success();
    assert_eq!(output.stderr(), "");
    assert_eq!(scene.asked(), ["image inspect", "run"]);
    let calls = scene.docker.calls();
    assert_eq!(calls[0].args.len(), 4, "{}", calls[0].line());
    assert_eq!(calls[0].args[2], "team");
    assert!(calls[0].args[3].starts_with("ocx-team:9999.0.0-local."));
    assert!(calls[1].has(&calls[0].args[3]));
}

#[test]
fn a_warm_session_on_a_dockerfiles_base_asks_once() {
    let scene = Scene::with_dockerfile();
    scene.warm_up();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

#[test]
fn a_warm_session_on_the_default_base_asks_once() {
    let scene = Scene::without_base();
    scene.warm_up();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

#[test]
fn an_exact_version_needs_no_memory_of_the_last_build() {
    let scene = Scene::new();
    let session = || {
        let output = scene
            .sandbox
            .ocx(["--set", "opencode_version=1.18.33", "o", "run"]);
        output.run().success().done();
    };
    session();
    scene.docker.forget_calls();
    std::fs::remove_dir_all(scene.sandbox.cache().join("ocx/last-builds")).unwrap();
    session();
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

#[test]
fn a_build_with_nothing_to_do_asks_once() {
    let scene = Scene::new();
    let build = || scene.sandbox.ocx(["build"]).run().success();
    build().says("is ready").done();
    scene.docker.forget_calls();
    build().says("is up to date").done();
    assert_eq!(scene.asked(), ["image inspect"]);
}

#[test]
fn a_build_with_nothing_to_do_on_a_dockerfiles_base_lets_the_cache_decide() {
    let scene = Scene::with_dockerfile();
    let build = || scene.sandbox.ocx(["build"]).run().success();
    build().says("is ready").done();
    scene.docker.forget_calls();
    build().says("is up to date").done();
    assert_eq!(scene.asked(), ["image inspect", "build", "image inspect"]);

    scene.sandbox.write("docker/added", "to the context");
    build().says("is ready").done();
}

#[test]
fn an_edited_dockerfile_is_noticed_by_a_session() {
    let scene = Scene::with_dockerfile();
    scene.warm_up();
    scene
        .sandbox
        .write("docker/Dockerfile", "FROM scratch\nENV A=b\n");
    let output = scene.sandbox.ocx(["o", "run"]).run().success();
    output.says("building base image").done();
    assert_eq!(scene.docker.calls_of(&["build"]).len(), 2);
}

#[test]
fn a_base_that_moved_is_noticed_by_a_session() {
    let scene = Scene::new();
    scene.warm_up();
    scene.docker.add_image("team", &[]);
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    assert_eq!(scene.docker.calls_of(&["build"]).len(), 1);
}

#[test]
fn a_base_that_is_gone_is_not_needed_for_a_session() {
    let scene = Scene::new();
    scene.warm_up();
    scene.docker.remove_image("team");
    let output = scene.sandbox.ocx(["o", "run"]).run().success();
    output.says("base image team is gone").done();
    assert!(scene.docker.calls_of(&["build"]).is_empty());
    scene.sandbox.ocx(["build"]).run().exits(78).done();
}

#[test]
fn a_failure_makes_ocx_ask_about_the_engine_anew() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene
        .docker
        .rule(Rule::on(&["run"]).stderr("no\n").exit(125));
    scene.sandbox.ocx(["o", "run"]).run().exits(76).done();
    scene.docker.forget_calls();
    scene.docker.clear_rules();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    let mut asked = scene.asked();
    asked[..2].sort();
    assert_eq!(asked, ["info", "version", "image inspect", "run"]);
}

#[test]
fn a_programs_own_failure_makes_ocx_forget_nothing() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene.docker.rule(Rule::on(&["run"]).starts().exit(3));
    scene.sandbox.ocx(["o", "run"]).run().exits(3).done();
    scene.docker.clear_rules();
    scene.docker.forget_calls();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

#[test]
fn another_program_in_place_of_dockers_is_asked_about() {
    let scene = Scene::new();
    scene.warm_up();
    // The program is shared with other sandboxes; its copy is this one's own.
    let program = scene.sandbox.bin().join("docker");
    let copy = program.with_extension("new");
    std::fs::copy(&program, &copy).unwrap();
    std::fs::set_permissions(&copy, PermissionsExt::from_mode(0o755)).unwrap();
    let file = File::options().append(true).open(&copy).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600))
        .unwrap();
    drop(file);
    std::fs::rename(&copy, &program).unwrap();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    let mut asked = scene.asked();
    asked[..2].sort();
    assert_eq!(asked[..2], ["info", "version"]);
    assert_eq!(asked.last().unwrap(), "run");
}

#[test]
fn another_engine_is_asked_about() {
    let scene = Scene::new();
    scene.warm_up();
    let output = scene
        .sandbox
        .ocx(["o", "run"])
        .env("DOCKER_HOST", "unix:///nonexistent.sock")
        .run();
    output.success().done();
    assert!(scene.asked().contains(&"info".to_owned()));
}

/// A session that runs until the scene ends, and the name of its container.
fn start_session(scene: &mut Scene) -> (Running, String) {
    scene.warm_up();
    scene
        .docker
        .rule(
            Rule::on(&["run"])
                .starts()
                .shell("echo started; exec sleep 60"),
        )
        .rule(Rule::on(&["exec"]).exit(7));
    let mut running = scene.sandbox.ocx(["o", "run"]).start();
    running.wait_for("started", Duration::from_secs(30));
    let container = scene.docker.calls_of(&["run"])[0].values("--name")[0].to_owned();
    scene.docker.forget_calls();
    (running, container)
}

/// Where the project's sessions have their files.
fn sessions(scene: &Scene) -> camino::Utf8PathBuf {
    let projects = scene.sandbox.state().join("ocx/projects");
    let project = std::fs::read_dir(&projects).unwrap().next().unwrap();
    let project = project.unwrap().file_name().into_string().unwrap();
    projects.join(project).join("sessions")
}

/// Waits until the session has written down that its container runs; its file.
fn settled(scene: &Scene, running: &mut Running) -> camino::Utf8PathBuf {
    let directory = sessions(scene);
    let find = || {
        let mut entries = directory.read_dir_utf8().unwrap();
        let file = entries.find(|entry| entry.as_ref().unwrap().path().extension() == Some("runs"));
        file.map(|file| file.unwrap().into_path())
    };
    let patience = Duration::from_secs(60);
    running.wait_until("the session to be settled", patience, |_| find().is_some());
    find().unwrap()
}

#[test]
fn a_program_in_a_session_of_the_project_asks_nothing_but_that() {
    let mut scene = Scene::new();
    let (mut running, container) = start_session(&mut scene);
    let file = settled(&scene, &mut running);
    let session = file.file_stem().unwrap();
    for args in [
        &["exec", "true"][..],
        &["exec", "--session", &session[..4], "true"],
    ] {
        scene.docker.forget_calls();
        let output = scene.sandbox.ocx(args.iter().copied()).run().exits(7);
        assert_eq!(output.stderr(), "");
        assert_eq!(scene.asked(), ["exec"]);
        assert!(scene.docker.calls()[0].has(&container));
    }
    // Which others there are, only the engine knows.
    scene.docker.forget_calls();
    let exec = ["exec", "--session", "nobody", "true"];
    scene.sandbox.ocx(exec).run().exits(64).done();
    assert_eq!(scene.asked(), ["ps"]);
}

#[test]
fn the_engine_is_asked_about_a_session_that_has_just_begun() {
    let mut scene = Scene::new();
    let (_running, _) = start_session(&mut scene);
    let exec = ["exec", "--session", "nobody", "true"];
    scene.sandbox.ocx(exec).run().exits(64).done();
    let output = scene.sandbox.ocx(["--dry-run", "exec", "true"]).run();
    output.success().done();
    assert_eq!(scene.asked(), ["ps", "ps", "image inspect"]);
}

#[test]
fn a_session_on_another_engine_is_not_taken_for_one_of_this() {
    let mut scene = Scene::new();
    let (mut running, _) = start_session(&mut scene);
    settled(&scene, &mut running);
    let exec = ["--dry-run", "exec", "--session", "", "true"];
    let output = scene
        .sandbox
        .ocx(exec)
        .env("DOCKER_HOST", "unix:///nonexistent.sock")
        .run();
    output.exits(64).done();
    assert!(scene.asked().contains(&"ps".to_owned()));
}

#[test]
fn a_forced_build_asks_no_more_than_it_must() {
    let scene = Scene::new();
    scene.warm_up();
    let build = ["build", "--force"];
    scene.sandbox.ocx(build).run().success().done();
    let mut asked = scene.asked();
    // What runs side by side comes in any order.
    asked.sort();
    let expected = [
        ("build", 1),
        // How the engine confines a container, looked at while the layer is built.
        ("container inspect", 1),
        ("create", 1),
        // Base and image, the image once more under the lock, the new one while it is given its name
        // and when it has it, and the replaced one.
        ("image inspect", 5),
        // Whether a killed build has left a candidate: there is none to be removed.
        ("image ls", 1),
        ("info", 1),
        ("rm", 1),
        ("rmi", 3),
        ("run", 1),
        ("tag", 2),
        ("version", 1),
    ];
    let expected: Vec<&str> = expected
        .iter()
        .flat_map(|&(call, times)| std::iter::repeat_n(call, times))
        .collect();
    assert_eq!(asked, expected);
}

#[test]
fn the_engines_confinement_is_looked_at_while_the_layer_is_built() {
    let mut scene = Scene::new();
    scene.warm_up();
    let looked = scene.docker.directory().join("looked");
    let wait = format!("while [ ! -e {looked} ]; do sleep 0.05; done");
    scene
        .docker
        .rule(Rule::on(&["build"]).shell(&wait))
        .rule(Rule::on(&["rm"]).shell(&format!("echo > {looked}")));
    // The fake builder makes no image when a rule is the answer; that the build ended well is enough.
    let output = scene.sandbox.ocx(["build", "--force"]).run();
    output.says("trying opencode").done();
}

#[test]
fn a_container_that_has_ended_is_not_taken_for_one_that_runs() {
    let mut scene = Scene::new();
    scene.warm_up();
    let stopped = scene.docker.directory().join("stopped");
    let wait = format!("echo started; while [ ! -e {stopped} ]; do sleep 0.05; done");
    scene.docker.rule(Rule::on(&["run"]).starts().shell(&wait));
    let mut running = scene.sandbox.ocx(["o", "run"]).start();
    running.wait_for("started", Duration::from_secs(30));
    settled(&scene, &mut running);
    // A session that was killed keeps this one busy after its own container has ended.
    let sessions = sessions(&scene);
    scene.sandbox.write(sessions.join("dead.lock"), "dead");
    let seen = scene.docker.directory().join("seen");
    let look = format!("echo {sessions}/*.runs > {seen}");
    scene.docker.rule(Rule::on(&["stop"]).shell(&look));
    scene.sandbox.write(&stopped, "");
    running.wait(Duration::from_secs(30)).success().done();
    let nothing = format!("{sessions}/*.runs");
    assert_eq!(scene.sandbox.read(&seen).trim(), nothing);
}
