//! How often the engine is asked when everything is there already.

use std::{
    fs::File,
    os::unix::fs::PermissionsExt,
    time::{Duration, SystemTime},
};

use ocx_tests::fake_engine::Rule;

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
    scene.sandbox.ocx(["o"]).run().success().done();
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

#[test]
fn a_warm_session_on_the_default_base_asks_once() {
    let scene = Scene::without_base();
    scene.warm_up();
    scene.sandbox.ocx(["o"]).run().success().done();
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

#[test]
fn an_exact_version_needs_no_memory_of_the_last_build() {
    let scene = Scene::new();
    let session = || {
        let output = scene
            .sandbox
            .ocx(["--set", "opencode_version=1.18.33", "o"]);
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
    let output = scene.sandbox.ocx(["o"]).run().success();
    output.says("building base image").done();
    assert_eq!(scene.docker.calls_of(&["build"]).len(), 2);
}

#[test]
fn a_base_that_moved_is_noticed_by_a_session() {
    let scene = Scene::new();
    scene.warm_up();
    scene.docker.add_image("team", &[]);
    scene.sandbox.ocx(["o"]).run().success().done();
    assert_eq!(scene.docker.calls_of(&["build"]).len(), 1);
}

#[test]
fn a_base_that_is_gone_is_not_needed_for_a_session() {
    let scene = Scene::new();
    scene.warm_up();
    scene.docker.remove_image("team");
    let output = scene.sandbox.ocx(["o"]).run().success();
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
    scene.sandbox.ocx(["o"]).run().exits(76).done();
    scene.docker.forget_calls();
    scene.docker.clear_rules();
    scene.sandbox.ocx(["o"]).run().success().done();
    let mut asked = scene.asked();
    asked[..2].sort();
    assert_eq!(asked, ["info", "version", "image inspect", "run"]);
}

#[test]
fn a_programs_own_failure_makes_ocx_forget_nothing() {
    let mut scene = Scene::new();
    scene.warm_up();
    scene.docker.rule(Rule::on(&["run"]).starts().exit(3));
    scene.sandbox.ocx(["o"]).run().exits(3).done();
    scene.docker.clear_rules();
    scene.docker.forget_calls();
    scene.sandbox.ocx(["o"]).run().success().done();
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
    scene.sandbox.ocx(["o"]).run().success().done();
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
        .ocx(["o"])
        .env("DOCKER_HOST", "unix:///nonexistent.sock")
        .run();
    output.success().done();
    assert!(scene.asked().contains(&"info".to_owned()));
}
