//! Projects whose directories were moved.

use std::{fs, time::Duration};

use camino::Utf8PathBuf;
use ocx_core::project::ProjectId;
use ocx_tests::{fake_engine::Rule, output::Output};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(120);

/// A project beside the scene's own, in which there has been a session.
pub(crate) struct Moving {
    pub(crate) scene: Scene,
    pub(crate) first: Utf8PathBuf,
    pub(crate) second: Utf8PathBuf,
}

impl Moving {
    pub(crate) fn new() -> Self {
        Self::between("first", "second")
    }

    /// With these places for it, below the sandbox's root.
    pub(crate) fn between(first: &str, second: &str) -> Self {
        let scene = Scene::with_dockerfile();
        let [first, second] = [first, second].map(|name| scene.sandbox.root().join(name));
        scene.sandbox.make_directory(&first.join("docker"));
        for file in ["ocx.toml", "docker/Dockerfile"] {
            let text = scene.sandbox.read(file);
            scene.sandbox.write(first.join(file), text);
        }
        let moving = Self {
            scene,
            first,
            second,
        };
        // What is agreed to here is to be agreed to over there.
        let trust = moving.ocx(&["trust", "--yes", "--always"], &moving.first);
        trust.success().done();
        moving.session(&moving.first).success().done();
        let talk = moving.data(&moving.first).join("opencode.db");
        moving.scene.sandbox.write(talk, "talk");
        moving
    }

    pub(crate) fn ocx(&self, args: &[&str], directory: &Utf8PathBuf) -> Output {
        let ocx = self.scene.sandbox.ocx(args.iter().copied());
        ocx.in_dir(directory).run()
    }

    fn session(&self, directory: &Utf8PathBuf) -> Output {
        self.scene.docker.forget_calls();
        let set = ["--set", "data_volumes_mode=always", "opencode", "run"];
        self.ocx(&set, directory)
    }

    fn store(&self, directory: &Utf8PathBuf) -> Utf8PathBuf {
        let projects = self.scene.sandbox.state().join("ocx/projects");
        projects.join(ProjectId::of(directory).as_str())
    }

    fn data(&self, directory: &Utf8PathBuf) -> Utf8PathBuf {
        self.store(directory).join("opencode-data")
    }

    /// The home of the last session.
    fn home(&self) -> String {
        let session = self.scene.session_call();
        let fields = session.values("--mount").into_iter();
        let mut fields = fields.flat_map(|mount| mount.split(','));
        let home = fields.find(|field| field.contains("-home-1"));
        home.expect("it has one").to_owned()
    }

    /// Whether the file system knows when a directory was made. With a message where it does not.
    fn is_known_by_itself(&self) -> bool {
        let knows = self.first.metadata().unwrap().created().is_ok();
        if !knows {
            ocx_tests::skip::skip("this file system does not know when a directory was made");
        }
        knows
    }

    fn rename(&self) {
        fs::rename(&self.first, &self.second).unwrap();
    }

    /// As on another disk.
    pub(crate) fn copy(&self) {
        self.scene.sandbox.make_directory(&self.second);
        let (all, second) = (self.first.join("."), self.second.as_str());
        let copy = self
            .scene
            .sandbox
            .command("/bin/cp", ["-a", all.as_str(), second]);
        copy.run().success().done();
    }

    #[track_caller]
    fn assert_talk(&self) {
        let talk = self.data(&self.second).join("opencode.db");
        assert_eq!(fs::read_to_string(talk).unwrap(), "talk");
    }
}

#[test]
fn one_that_was_renamed_is_recognised() {
    let moving = Moving::new();
    if !moving.is_known_by_itself() {
        return;
    }
    let home = moving.home();
    moving.rename();
    // Looking changes nothing.
    for command in [
        &["status"][..],
        &["du"],
        &["ps"],
        &["logins"],
        &["network", "log"],
        &["--dry-run", "opencode", "run"],
    ] {
        moving.ocx(command, &moving.second).success().done();
        assert!(moving.data(&moving.first).exists(), "{command:?}");
    }
    let was = format!("this project was at {}", moving.first);
    moving.session(&moving.second).success().says(&was).done();
    moving.assert_talk();
    assert_eq!(moving.home(), home);
    // It is said once, and its trust came along: what its settings loosen needs no word.
    let settings = moving.scene.sandbox.read(moving.second.join("ocx.toml"));
    let settings = format!("{settings}network = \"host\"\n");
    moving
        .scene
        .sandbox
        .write(moving.second.join("ocx.toml"), settings);
    let again = moving.session(&moving.second).success();
    again.never_says("this project was at").done();
    assert_eq!(moving.scene.session_call().values("--network"), ["host"]);
    // Who comes to the old place gets none of it.
    moving.scene.sandbox.make_directory(&moving.first);
    moving.session(&moving.first).success().done();
    assert_ne!(moving.home(), home);
    assert!(!moving.data(&moving.first).join("opencode.db").exists());
}

#[test]
fn one_that_was_copied_to_another_disk_is_told() {
    let moving = Moving::new();
    let home = moving.home();
    moving.copy();
    let adopt = |args: &[&str]| moving.ocx(&[&["adopt"], args].concat(), &moving.second);
    let first = moving.first.as_str();
    let there = adopt(&[first]).exits(73);
    there
        .says("is still there")
        .says("hint: a copy begins anew")
        .done();
    fs::remove_dir_all(&moving.first).unwrap();
    // It is not the same directory, and nobody but the user knows.
    let unnamed = adopt(&[]).exits(64);
    unnamed.says(&format!("hint: `ocx adopt {first}`")).done();
    let unknown = adopt(&["/nowhere"]).exits(64);
    unknown.says("ocx knows no project at `/nowhere`").done();
    let dry = moving.ocx(&["--dry-run", "adopt", "../first"], &moving.second);
    dry.success().says("this would take over").done();
    assert!(moving.data(&moving.first).exists());
    adopt(&["../first"]).success().says("came along").done();
    moving.assert_talk();
    // Whose directory that is, nobody knows: it is asked about anew.
    let session = moving.session(&moving.second).exits(78);
    session.done();
    moving
        .ocx(&["trust", "--yes"], &moving.second)
        .success()
        .done();
    moving.session(&moving.second).success().done();
    assert_eq!(moving.home(), home);
    adopt(&["../first"]).exits(64).done();
}

#[test]
fn what_a_project_has_itself_is_only_replaced_on_request() {
    let moving = Moving::new();
    moving.copy();
    moving
        .ocx(&["trust", "--yes"], &moving.second)
        .success()
        .done();
    moving.session(&moving.second).success().done();
    let own = moving.data(&moving.second).join("opencode.db");
    moving.scene.sandbox.write(own, "another talk");
    fs::remove_dir_all(&moving.first).unwrap();
    let first = moving.first.as_str();
    let refused = moving.ocx(&["adopt", first], &moving.second).exits(73);
    refused
        .says("conversations or logins of its own")
        .says("hint: `--replace`")
        .done();
    let replaced = moving.ocx(&["adopt", "--replace", first], &moving.second);
    replaced.success().done();
    moving.assert_talk();
}

#[test]
fn what_an_agent_made_stays_known_as_its_work() {
    let mut moving = Moving::new();
    let dockerfile = "docker/Dockerfile";
    // A session changes what is built from.
    let changed = moving.scene.sandbox.read(dockerfile) + "RUN echo evil\n";
    let path = moving.first.join(dockerfile);
    let script = format!("printf '%s' '{changed}' > {path}");
    let rule = Rule::on(&["run"]).containing("ocx.session=");
    moving
        .scene
        .docker
        .rule(rule.times(1).starts().shell(&script));
    moving.session(&moving.first).success().done();
    moving.rename();
    moving
        .ocx(&["adopt", moving.first.as_str()], &moving.second)
        .success()
        .done();
    moving.session(&moving.second).exits(78).done();
    let trust = moving.ocx(&["trust"], &moving.second);
    trust.prints("+ RUN echo evil").done();
}

#[test]
fn ten_sessions_at_once_take_it_along_once() {
    let moving = Moving::new();
    if !moving.is_known_by_itself() {
        return;
    }
    moving.rename();
    let begin = || {
        let ocx = moving.scene.sandbox.ocx(["opencode", "run"]);
        ocx.in_dir(&moving.second).start()
    };
    let sessions: Vec<_> = (0..10).map(|_| begin()).collect();
    let ended = sessions
        .into_iter()
        .map(|session| session.wait(PATIENCE).success());
    let told = ended.filter(|output| output.stderr().contains("this project was at"));
    assert_eq!(told.count(), 1);
    moving.assert_talk();
}
