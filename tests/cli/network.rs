//! The network of sessions.

use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use ocx_tests::{fake_engine::Rule, running::Running};
use rustix::process::Signal;

use crate::scene::Scene;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

fn own(scene: &Scene) -> String {
    format!("ocx-{}", scene.sandbox.account().uid)
}

#[test]
fn the_first_session_makes_a_network_in_which_none_reaches_another() {
    let scene = Scene::new();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
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
        let output = scene.sandbox.ocx(["o", "run"]).in_dir(directory).run();
        output.success().done();
    }
    assert!(scene.docker.calls_of(&["network"]).is_empty());
}

#[test]
fn one_that_vanished_is_made_anew() {
    let scene = Scene::new();
    scene.warm_up();
    scene.docker.remove_networks();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    assert_eq!(scene.docker.calls_of(&["network", "create"]).len(), 1);
    // And that is all: another failure is told.
    scene.warm_up();
    assert!(scene.docker.calls_of(&["network"]).is_empty());
}

#[test]
fn a_network_of_that_name_that_is_another_is_not_used() {
    let scene = Scene::new();
    scene.docker.add_network(&own(&scene));
    let output = scene.sandbox.ocx(["o", "run"]).run().exits(78);
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
        .ocx(["--set", "network=mine", "o", "run"])
        .run()
        .success()
        .done();
    assert_eq!(scene.session_call().values("--network"), ["mine"]);
}

#[test]
fn one_that_cannot_be_made_keeps_a_session_from_starting() {
    let mut scene = Scene::new();
    scene.docker.rule(
        Rule::on(&["network", "create"])
            .stderr("could not find an available address pool\n")
            .exit(1),
    );
    let output = scene.sandbox.ocx(["o", "run"]).run().exits(76);
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
    let output = scene.sandbox.ocx(["--dry-run", "o", "run"]).run().success();
    output
        .prints("docker network create")
        .prints(&format!("--network {} ", own(&scene)))
        .done();
    scene.assert_nothing_changed();
    // Nor does it remember one.
    scene.sandbox.ocx(["o", "run"]).run().success().done();
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

/// A session that waits for its engine, as one of `network` does, and the file that ends it.
pub(crate) fn running(network: &str) -> (Scene, Running, Utf8PathBuf) {
    let mut scene = Scene::new();
    scene.warm_up();
    let done = scene.sandbox.root().join("done");
    scene.docker.rule(Rule::on(&["run"]).waits_for(&done));
    let set = format!("network={network}");
    let session = scene.sandbox.ocx(["--set", &set, "o", "run"]).start();
    (scene, session, done)
}

/// The only file of this kind among those of the project's running sessions.
fn file_of_session(scene: &Scene, kind: &str) -> Option<Utf8PathBuf> {
    let projects = scene.sandbox.state().join("ocx/projects");
    let mut found = Vec::new();
    for project in projects.read_dir_utf8().ok()?.flatten() {
        let sessions = project.path().join("sessions").read_dir_utf8();
        let files = sessions.into_iter().flatten().flatten();
        let files = files.map(|entry| entry.path().to_owned());
        found.extend(files.filter(|file| file.extension() == Some(kind)));
    }
    assert!(found.len() < 2, "{found:?}");
    found.pop()
}

pub(crate) fn wait_for_file(scene: &Scene, kind: &str) -> Utf8PathBuf {
    let begun = Instant::now();
    loop {
        if let Some(file) = file_of_session(scene, kind) {
            return file;
        }
        assert!(begun.elapsed() < PATIENCE, "no file `.{kind}`");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) const PENDING: &str = r#"[
    {"destination": "10.0.0.1:5432", "since": "2026-01-02T03:04:06Z"},
    {"destination": "docs.rs:443", "since": "2026-01-02T03:04:05Z"},
    {"destination": "\u001b[31mevil:1", "since": "2026-01-02T03:04:05Z"}
]"#;

#[test]
fn what_waits_is_shown_and_answered_from_outside() {
    let (scene, session, done) = running("ask");
    let admitted = wait_for_file(&scene, "admitted");
    let name = admitted.file_stem().unwrap().to_owned();
    let output = scene.sandbox.ocx(["network", "pending"]).run().success();
    output
        .says("no session of this project waits for an answer")
        .done();
    scene
        .sandbox
        .write(admitted.with_extension("pending"), PENDING);
    let output = scene.sandbox.ocx(["network", "pending"]).run().success();
    let expected = format!(
        "2026-01-02T03:04:06Z  {name}  10.0.0.1:5432\n2026-01-02T03:04:05Z  {name}  docs.rs:443\n"
    );
    assert_eq!(output.stdout(), expected);
    let json = ["network", "pending", "--json"];
    let output = scene.sandbox.ocx(json).run().success();
    let lines = output.stdout().lines();
    let records: Vec<serde_json::Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        records[1],
        serde_json::json!({
            "since": "2026-01-02T03:04:05Z", "session": name, "destination": "docs.rs:443"
        })
    );
    assert_eq!(records.len(), 2);
    // Without a terminal it asks nobody.
    let follow = ["network", "pending", "--follow"];
    let mut following = scene.sandbox.ocx(follow).start();
    following.wait_for("docs.rs:443", PATIENCE);
    following.signal(Signal::TERM);
    let output = following.wait(PATIENCE);
    assert_eq!(output.stdout(), expected);
    assert_eq!(scene.sandbox.read(&admitted), "");
    // What is said is there for the session.
    let deny = ["network", "deny", "Docs.RS:443", "@pypi"];
    scene
        .sandbox
        .ocx(deny)
        .run()
        .success()
        .says(&format!(
            "session {name} may not reach docs.rs:443, @pypi until it ends"
        ))
        .says("network_deny = [\"docs.rs:443\",\"@pypi\"]")
        .done();
    assert_eq!(scene.sandbox.read(&admitted), "!docs.rs:443\n!@pypi\n");
    let allow = ["network", "allow", "docs.rs"];
    scene.sandbox.ocx(allow).run().success().done();
    assert_eq!(scene.sandbox.read(&admitted), "docs.rs\n!@pypi\n");
    scene.sandbox.write(&done, "");
    session.wait(PATIENCE).success().done();
    for kind in ["admitted", "pending"] {
        assert_eq!(file_of_session(&scene, kind), None);
    }
}

#[test]
fn on_a_terminal_each_is_asked_about() {
    let (scene, session, done) = running("ask");
    let admitted = wait_for_file(&scene, "admitted");
    scene
        .sandbox
        .write(admitted.with_extension("pending"), PENDING);
    let follow = ["network", "pending", "--follow"];
    let terminal = scene.sandbox.ocx(follow).in_terminal();
    terminal.wait_for(
        "asks for 10.0.0.1:5432, which is no address of the public network",
        PATIENCE,
    );
    terminal.send("n\r");
    terminal.wait_for("may not reach 10.0.0.1:5432", PATIENCE);
    terminal.wait_for("asks for docs.rs:443: [y]es", PATIENCE);
    terminal.send("y\r");
    terminal.wait_for("may reach docs.rs:443", PATIENCE);
    assert_eq!(
        scene.sandbox.read(&admitted),
        "docs.rs:443\n!10.0.0.1:5432\n"
    );
    drop(terminal);
    scene.sandbox.write(&done, "");
    session.wait(PATIENCE).success().done();
}

#[test]
fn without_a_session_nothing_is_denied() {
    let scene = Scene::new();
    let deny = ["network", "deny", "docs.rs"];
    scene
        .sandbox
        .ocx(deny)
        .run()
        .success()
        .says("no session of this project runs with `network = \"filtered\"` or `\"ask\"`")
        .says("network_deny = [\"docs.rs\"]")
        .done();
    for rule in ["https://docs.rs", "@nothing", "a b"] {
        scene
            .sandbox
            .ocx(["network", "deny", rule])
            .run()
            .exits(64)
            .done();
    }
}

#[test]
fn what_is_said_of_a_host_is_written_into_the_users_own_settings() {
    let scene = Scene::new();
    let own = "network = \"filtered\"\nnetwork_allow = [\n  \"@npm\", # ours\n]\n";
    scene.set_global(own);
    let global = scene.sandbox.config().join("ocx/ocx.toml");
    let before = scene.sandbox.read(&global);
    // What the project makes of the list is not the user's.
    scene.sandbox.write("ocx.toml", "network_allow = []\n");
    let ocx = |args: &[&'static str]| scene.sandbox.ocx(args.to_vec());
    ocx(&["--dry-run", "network", "allow", "--save", "docs.rs"])
        .run()
        .success()
        .says("this would write `network_allow` in ")
        .done();
    assert_eq!(scene.sandbox.read(&global), before);
    ocx(&["network", "allow", "--save", "Docs.RS", "@npm"])
        .run()
        .success()
        .says("wrote `network_allow` in ")
        .done();
    let with_docs = before.replace("# ours\n", "# ours\n  \"docs.rs\",\n");
    assert_eq!(scene.sandbox.read(&global), with_docs);
    ocx(&["network", "allow", "--save", "docs.rs"])
        .run()
        .success()
        .says("has that for later sessions")
        .done();
    assert_eq!(scene.sandbox.read(&global), with_docs);
    // On a terminal it is asked.
    for (answer, is_written) in [("n\r", false), ("\r", false), ("y\r", true)] {
        let mut terminal = ocx(&["network", "deny", "evil.example"]).in_terminal();
        terminal.wait_for("for later sessions? [y/N]:", PATIENCE);
        terminal.send(answer);
        assert!(terminal.wait(PATIENCE).success(), "{}", terminal.screen());
        let text = scene.sandbox.read(&global);
        assert_eq!(text.contains("evil.example"), is_written, "{text}");
    }
    // Where the network is not filtered, it says when that counts; and it changes no JSON.
    scene.set_global("memory = \"2g\"\n");
    ocx(&["network", "allow", "--save", "docs.rs"])
        .run()
        .success()
        .says("it counts for sessions with `network = \"filtered\"`")
        .done();
    let text = scene.sandbox.read(&global);
    assert!(
        text.ends_with("memory = \"2g\"\nnetwork_allow = [\"@models\", \"docs.rs\"]\n"),
        "{text}"
    );
    std::fs::remove_file(&global).unwrap();
    scene.sandbox.write(global.with_extension("json"), "{}\n");
    ocx(&["network", "allow", "--save", "docs.rs"])
        .run()
        .exits(78)
        .says("is JSON, which is changed by hand")
        .done();
    ocx(&["network", "allow", "docs.rs"])
        .run()
        .success()
        .says("`network = \"filtered\"` and `network_allow = [\"docs.rs\"]`")
        .done();
    assert_eq!(scene.sandbox.read(global.with_extension("json")), "{}\n");
}

#[test]
fn a_project_cannot_have_more_asked_for() {
    let scene = Scene::new();
    scene.set_global("custom_base_image = \"team\"\nnetwork = \"filtered\"\n");
    scene.sandbox.write("ocx.toml", "network = \"ask\"\n");
    let output = scene.sandbox.ocx(["o", "run"]).run().exits(78);
    output
        .says("is `ask`: the agent could ask for more than you have allowed")
        .done();
    // From a whole network it is less.
    scene.set_global("custom_base_image = \"team\"\n");
    let output = scene.sandbox.ocx(["config", "--json"]).run().success();
    assert!(output.stdout().contains("\"ask\""), "{output}");
}
