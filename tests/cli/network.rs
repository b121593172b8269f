//! The network of sessions.

use crate::scene::Scene;

fn own(scene: &Scene) -> String {
    format!("ocx-{}", scene.sandbox.account().uid)
}

#[test]
fn the_first_session_makes_a_network_in_which_none_reaches_another() {
    let scene = Scene::new();
    scene.sandbox.ocx(["o"]).run().success().done();
    let made = scene.docker.calls_of(&["network", "create"]);
    assert_eq!(made.len(), 1);
    assert_eq!(
        made[0].line(),
        format!(
            "network create --driver bridge --opt com.docker.network.bridge.enable_icc=false --label ocx.network=sessions {}",
            own(&scene)
        )
    );
    assert_eq!(scene.session_call().values("--network"), [own(&scene)]);
    // Nobody is asked about it again, in no project.
    scene.docker.forget_calls();
    scene
        .sandbox
        .make_directory(&scene.sandbox.root().join("other"));
    let other = scene.sandbox.root().join("other");
    for directory in [&scene.sandbox.project(), &other] {
        let output = scene.sandbox.ocx(["o"]).in_dir(directory).run();
        output.success().done();
    }
    assert!(scene.docker.calls_of(&["network"]).is_empty());
}

#[test]
fn one_that_vanished_is_made_anew() {
    let scene = Scene::new();
    scene.warm_up();
    scene.docker.remove_networks();
    scene.sandbox.ocx(["o"]).run().success().done();
    assert_eq!(scene.docker.calls_of(&["network", "create"]).len(), 1);
    // And that is all: another failure is told.
    scene.warm_up();
    assert!(scene.docker.calls_of(&["network"]).is_empty());
}

#[test]
fn a_network_of_that_name_that_is_another_is_not_used() {
    let scene = Scene::new();
    scene.docker.add_network(&own(&scene));
    let output = scene.sandbox.ocx(["o"]).run().exits(78);
    output
        .says("is not one in which sessions do not reach each other")
        .says(&format!("hint: `docker network rm {}`", own(&scene)))
        .done();
    assert!(
        scene
            .docker
            .calls_of(&["run"])
            .iter()
            .all(|call| call.values("--network") == ["none"])
    );
    // The user's own choice is the user's.
    scene
        .sandbox
        .ocx(["--set", "network=mine", "o"])
        .run()
        .success()
        .done();
    assert_eq!(scene.session_call().values("--network"), ["mine"]);
}

#[test]
fn one_that_cannot_be_made_keeps_a_session_from_starting() {
    let mut scene = Scene::new();
    scene.docker.rule(
        ocx_tests::fake_engine::Rule::on(&["network", "create"])
            .stderr("could not find an available address pool\n")
            .exit(1),
    );
    let output = scene.sandbox.ocx(["o"]).run().exits(76);
    output
        .says("could not make the network")
        .says("could not find an available address pool")
        .says("hint: `docker network prune`")
        .done();
}

#[test]
fn a_dry_run_makes_none() {
    let scene = Scene::new();
    scene.sandbox.ocx(["build"]).run().success().done();
    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["--dry-run", "o"]).run().success();
    output
        .prints("docker network create")
        .prints(&format!("--network {} ", own(&scene)))
        .done();
    scene.assert_nothing_changed();
    // Nor does it remember one.
    scene.sandbox.ocx(["o"]).run().success().done();
    assert_eq!(scene.docker.calls_of(&["network", "create"]).len(), 1);
}

#[test]
fn the_sets_of_hosts_are_shown() {
    let scene = Scene::new();
    let output = scene.sandbox.ocx(["network", "sets"]).run().success();
    let output = output.prints("@models").prints("registry.npmjs.org:443");
    output.done();
    let output = scene
        .sandbox
        .ocx(["network", "sets", "--json"])
        .run()
        .success();
    let sets: serde_json::Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(sets["@pypi"][0], "pypi.org:443");
    assert!(scene.docker.calls().is_empty());
}

#[test]
fn what_is_allowed_without_a_session_is_a_line_for_the_settings() {
    let scene = Scene::new();
    let allow = ["network", "allow", "Docs.RS:443", "@pypi"];
    scene
        .sandbox
        .ocx(allow)
        .run()
        .success()
        .says("no session of this project runs with `network = \"filtered\"`")
        .says("network_allow = [\"@models\",\"docs.rs:443\",\"@pypi\"]")
        .done();
    let output = scene.sandbox.ocx(["network", "log"]).run().success();
    output.says("has asked for anything yet").done();
    for rule in ["https://docs.rs", "@nothing", "docs.rs:0", "a b"] {
        let output = scene
            .sandbox
            .ocx(["network", "allow", rule])
            .run()
            .exits(64);
        assert!(output.stderr().contains(rule), "{output}");
    }
}
