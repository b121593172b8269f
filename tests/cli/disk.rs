//! `ocx du` and `ocx prune`.

use std::{fs, time::Duration};

use camino::Utf8PathBuf;
use ocx_core::project::ProjectId;
use ocx_tests::fake_engine::{FakeEngine, Rule};
use serde_json::{Value, json};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(60);

/// A second project, with a base of its own.
pub(crate) struct Other {
    pub(crate) scene: Scene,
    root: Utf8PathBuf,
}

impl Other {
    pub(crate) fn new() -> Self {
        let scene = Scene::new();
        scene.docker.add_image("theirs", &[]);
        let root = scene.sandbox.root().join("other");
        scene.sandbox.make_directory(&root);
        scene.sandbox.trust(&root);
        scene
            .sandbox
            .write(root.join("ocx.toml"), "custom_base_image = \"theirs\"\n");
        Self { scene, root }
    }

    /// With the images of both projects, by their names.
    pub(crate) fn built(&self) -> [String; 2] {
        let sandbox = &self.scene.sandbox;
        sandbox.ocx(["build"]).run().success().done();
        let other = sandbox.ocx(["build"]).in_dir(&self.root);
        other.run().success().done();
        ["ocx-team:", "ocx-theirs:"].map(|prefix| self.image(prefix))
    }

    fn image(&self, prefix: &str) -> String {
        let images = self.scene.docker.images();
        let found = images.into_iter().find(|name| name.contains(prefix));
        found.unwrap_or_else(|| panic!("no {prefix}"))
    }

    fn has(&self, image: &str) -> bool {
        self.scene.docker.images().contains(&image.to_owned())
    }

    pub(crate) fn vanishes(&self) {
        fs::remove_dir_all(&self.root).unwrap();
    }

    /// The items of `ocx du`: state and reason by name.
    fn du(&self) -> Vec<(String, String)> {
        let output = self.scene.sandbox.ocx(["du", "--json"]).run().success();
        let answer: Value = serde_json::from_str(output.stdout()).unwrap();
        let items = answer["items"].as_array().unwrap();
        let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
        items
            .iter()
            .map(|item| (text(item, "name"), text(item, "state")))
            .collect()
    }

    #[track_caller]
    fn assert_state(&self, name: &str, expected: &str) {
        let found = self.du();
        let state = found.iter().find(|(item, _)| name.ends_with(item.as_str()));
        assert_eq!(
            state.map(|(_, state)| state.as_str()),
            Some(expected),
            "{found:#?}"
        );
    }
}

#[test]
fn outside_of_a_project_and_with_nothing_at_all() {
    let scene = Scene::new();
    for command in ["du", "prune"] {
        let output = scene.sandbox.ocx([command]).in_dir("/").run().success();
        assert_eq!(output.stderr(), "");
        let expected = match command {
            "du" => " in all",
            _ => "there is nothing that nobody needs",
        };
        output.prints(expected).done();
    }
    scene.assert_nothing_changed();
}

#[test]
fn what_a_project_that_is_gone_used_goes_and_nothing_else() {
    let other = Other::new();
    let [ours, theirs] = other.built();
    // One that says of itself all that ocx's says.
    let labels: Vec<(String, String)> =
        other.scene.docker.image_record(&theirs)["Config"]["Labels"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
    let labels: Vec<(&str, &str)> = labels
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    other.scene.docker.add_image("ocx-forged:1.0.300", &labels);
    other.assert_state(&theirs, "needed");
    other.vanishes();
    other.assert_state(&ours, "needed");
    other.assert_state(&theirs, "unneeded");

    let sandbox = &other.scene.sandbox;
    let dry = sandbox.ocx(["prune", "--dry-run", "--yes"]).run().success();
    dry.prints("no known project uses it").done();
    assert!(other.has(&theirs));
    let young = ["prune", "--yes", "--older-than", "1d"];
    sandbox.ocx(young).run().success().done();
    assert!(other.has(&theirs));
    // Nobody is there to be asked.
    sandbox
        .ocx(["prune"])
        .run()
        .exits(64)
        .prints("ocx-theirs:")
        .says("`ocx prune --yes`")
        .done();
    assert!(other.has(&theirs));
    let output = sandbox.ocx(["prune", "--yes"]).run().success();
    output.says("removed 1 of 1").done();
    assert!(!other.has(&theirs));
    for stays in [
        &ours,
        "docker.io/library/theirs:latest",
        "docker.io/library/team:latest",
    ] {
        let name = stays.trim_start_matches("docker.io/library/");
        assert!(
            other
                .scene
                .docker
                .images()
                .iter()
                .any(|image| image.ends_with(name)),
            "{stays}"
        );
    }
    let images = other.scene.docker.images();
    assert!(
        images
            .iter()
            .any(|image| image.ends_with("ocx-forged:1.0.300"))
    );
    let again = sandbox.ocx(["prune"]).run().success();
    again.prints("there is nothing that nobody needs").done();
}

#[test]
fn what_labels_say_takes_nothing_out_of_the_records() {
    let other = Other::new();
    let [_, theirs] = other.built();
    other.vanishes();
    // Under the name that is on record there is another image now.
    let forged = other.scene.docker.image_record(&theirs)["Config"]["Labels"].clone();
    let id = other.scene.docker.add_image(&theirs, &[]);
    let mut record = other.scene.docker.image_record(&theirs);
    record["Config"]["Labels"] = forged;
    other.scene.docker.add_image_record(&theirs, &record);
    let output = other.scene.sandbox.ocx(["prune", "--yes"]).run().success();
    output.prints("there is nothing that nobody needs").done();
    assert_eq!(other.scene.docker.image_record(&theirs)["Id"], id.as_str());
}

#[test]
fn an_image_that_a_session_is_in_stays() {
    let mut other = Other::new();
    let [_, theirs] = other.built();
    other.vanishes();
    let list = json!({
        "ID": "1".repeat(64),
        "Names": "s",
        "Image": theirs,
        "Command": "opencode",
        "CreatedAt": "2026-01-02 03:04:05 +0000 UTC",
        "Labels": "ocx.session=s",
    });
    let rule = Rule::on(&["ps"]).stdout(&list.to_string());
    other.scene.docker.rule(rule);
    other.assert_state(&theirs, "needed");
    let output = other.scene.sandbox.ocx(["prune", "--yes"]).run();
    output.success().done();
    assert!(other.has(&theirs));
}

#[test]
fn what_an_engine_refuses_to_remove_does_not_keep_the_rest() {
    let mut other = Other::new();
    let [_, theirs] = other.built();
    let cached = other.scene.sandbox.cache().join("ocx/opencode");
    for version in ["1.0.300", "1.0.301", "1.0.302"] {
        let file = cached.join(version).join("package/opencode");
        other.scene.sandbox.write(file, "x");
    }
    other.vanishes();
    let rule = Rule::on(&["rmi"]).stderr("it is in use\n").exit(1);
    other.scene.docker.rule(rule);
    let output = other.scene.sandbox.ocx(["prune", "--yes"]).run().exits(76);
    output
        .says("ocx-theirs:")
        .says("it is in use")
        .says("removed 1 of 2")
        .done();
    assert!(other.has(&theirs));
    assert!(!cached.join("1.0.300").exists());
    assert!(cached.join("1.0.301").exists());
    let trash = other.scene.sandbox.cache().join("ocx/trash");
    assert_eq!(fs::read_dir(trash).unwrap().count(), 0);
    // The next run goes on.
    other.scene.docker.clear_rules();
    let output = other.scene.sandbox.ocx(["prune", "--yes", "--json"]).run();
    let output = output.success();
    let answer: Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(answer["removed"].as_array().unwrap().len(), 1, "{answer:#}");
    assert!(!other.has(&theirs));
}

#[test]
fn a_home_and_conversations_go_only_by_a_word() {
    let other = Other::new();
    let sandbox = &other.scene.sandbox;
    for root in [&sandbox.project(), &other.root] {
        let session = sandbox.ocx(["opencode", "run"]).in_dir(root);
        session.run().success().done();
        let detached = sandbox.ocx(["run", "--detach", "x"]).in_dir(root);
        detached.run().success().done();
        sandbox.ocx(["wait"]).in_dir(root).run().success().done();
    }
    let kept = || {
        let state = sandbox.state().join("ocx");
        ["session-logs", "detached"].map(|name| fs::read_dir(state.join(name)).unwrap().count())
    };
    assert_eq!(kept(), [4, 2]);
    let volumes = || other.scene.docker.volumes();
    let stores = || {
        let projects = sandbox.state().join("ocx/projects");
        fs::read_dir(projects).unwrap().count()
    };
    assert_eq!((volumes().len(), stores()), (2, 2));
    // One more, of a base with the other C library.
    let id = ProjectId::of(&other.root);
    let label = format!("--label=ocx.project-id={id}");
    let name = format!("ocx-{id}-home-1-musl");
    let create = ["volume", "create", &label, &name];
    sandbox.command("docker", create).run().success().done();
    other.vanishes();
    let output = sandbox.ocx(["prune", "--yes"]).run().success();
    output
        .prints("only with --volumes")
        .prints("-home-1")
        .prints("-home-1-musl")
        .done();
    assert_eq!((volumes().len(), stores(), kept()), (3, 2, [4, 2]));
    let output = sandbox.ocx(["prune", "--yes", "--volumes"]).run().success();
    output.prints("its project is gone").done();
    assert_eq!((volumes().len(), stores(), kept()), (1, 1, [2, 1]));
    assert!(volumes()[0].starts_with("ocx-project-"), "{:?}", volumes());
}

#[test]
fn a_volume_that_somebody_else_made_stays() {
    let other = Other::new();
    let sandbox = &other.scene.sandbox;
    let name = format!("ocx-{}-home-1", ProjectId::of(&other.root));
    let create = ["volume", "create", &name];
    sandbox.command("docker", create).run().success().done();
    let session = sandbox.ocx(["opencode", "run"]).in_dir(&other.root);
    session.run().success().done();
    other.vanishes();
    let output = sandbox.ocx(["prune", "--yes", "--volumes"]).run().success();
    output.prints("its project is gone").done();
    assert_eq!(other.scene.docker.volumes(), [name]);
}

#[test]
fn a_store_stays_as_long_as_a_home_is_there() {
    let mut other = Other::new();
    let session = other
        .scene
        .sandbox
        .ocx(["opencode", "run"])
        .in_dir(&other.root);
    session.run().success().done();
    other.vanishes();
    let rule = Rule::on(&["volume", "rm"]).stderr("in use\n").exit(1);
    other.scene.docker.rule(rule);
    let prune = ["prune", "--yes", "--volumes"];
    let output = other.scene.sandbox.ocx(prune).run().exits(76);
    output.says("a home of the project is still there").done();
    let projects = other.scene.sandbox.state().join("ocx/projects");
    assert_eq!(fs::read_dir(&projects).unwrap().count(), 1);
    other.scene.docker.clear_rules();
    other.scene.sandbox.ocx(prune).run().success().done();
    assert_eq!(fs::read_dir(&projects).unwrap().count(), 0);
}

#[test]
fn all_engines_are_asked_and_a_silent_one_is_left_alone() {
    let mut other = Other::new();
    let [_, theirs] = other.built();
    let _podman = FakeEngine::podman(&other.scene.sandbox);
    other.vanishes();
    let rule = Rule::on(&[]).stderr("no daemon\n").exit(1);
    other.scene.docker.rule(rule);
    for command in [&["du"][..], &["prune", "--yes"]] {
        let output = other.scene.sandbox.ocx(command.iter().copied()).run();
        output.success().says("docker is left alone: ").done();
    }
    assert!(other.has(&theirs));
    let only = ["du", "--runtime", "podman"];
    let output = other.scene.sandbox.ocx(only).run().success();
    output.never_says("docker").done();
}

/// A second engine is installed and does not run, and ocx has never worked with it.
#[test]
fn a_silent_engine_that_ocx_never_worked_with_is_no_matter() {
    let other = Other::new();
    other.built();
    for directory in [other.scene.sandbox.project(), other.root.clone()] {
        let session = other.scene.sandbox.ocx(["opencode", "--version"]);
        session.in_dir(directory).run().success().done();
    }
    let mut podman = FakeEngine::podman(&other.scene.sandbox);
    podman.rule(Rule::on(&[]).stderr("no machine\n").exit(1));
    other.vanishes();
    let command = ["prune", "--yes", "--volumes"];
    let output = other.scene.sandbox.ocx(command).run().success();
    output.never_says("podman").done();
    let store = other.root.as_str();
    let output = other.scene.sandbox.ocx(["du"]).run().success();
    assert!(!output.stdout().contains(store), "{output}");
    output.never_says("podman").done();
    let output = other.scene.sandbox.ocx(["du", "--json"]).run().success();
    let answer: Value = serde_json::from_str(output.stdout()).unwrap();
    assert_eq!(answer["silent"], json!([]));
    // Who asks for just this one is told.
    let only = ["--runtime", "podman", "du"];
    let output = other.scene.sandbox.ocx(only).run().success();
    output.says("podman is left alone: ").done();
}

#[test]
fn a_project_whose_settings_are_wrong_may_use_anything() {
    let other = Other::new();
    let [_, theirs] = other.built();
    other.vanishes();
    other.scene.sandbox.write("ocx.toml", "memroy = 1\n");
    other.assert_state(&theirs, "needed");
    let output = other.scene.sandbox.ocx(["prune", "--yes"]).run();
    output.success().done();
    assert!(other.has(&theirs));
}

#[test]
fn what_was_half_removed_goes_with_the_next_run() {
    let other = Other::new();
    let trash = other.scene.sandbox.cache().join("ocx/trash");
    other.scene.sandbox.write(trash.join("x/it/opencode"), "x");
    let output = other.scene.sandbox.ocx(["prune", "--yes"]).run().success();
    output.prints("left over").done();
    assert_eq!(fs::read_dir(trash).unwrap().count(), 0);
}

#[test]
fn nothing_goes_while_another_ocx_builds() {
    let other = Other::new();
    let [_, theirs] = other.built();
    other.vanishes();
    let lock = other
        .scene
        .sandbox
        .cache()
        .join("ocx/locks/images-docker.lock");
    let lock = fs::File::open(lock).unwrap();
    lock.lock_shared().unwrap();
    let output = other.scene.sandbox.ocx(["prune", "--yes"]).run().exits(75);
    output.says("another ocx builds an image").done();
    assert!(other.has(&theirs));
}

#[test]
fn a_terminal_is_asked() {
    let other = Other::new();
    let [_, theirs] = other.built();
    other.vanishes();
    for (answer, there) in [("n\r", true), ("y\r", false)] {
        let mut terminal = other.scene.sandbox.ocx(["prune"]).in_terminal();
        terminal.wait_for("Remove that? [y/N]:", PATIENCE);
        terminal.send(answer);
        assert!(terminal.wait(PATIENCE).success());
        assert_eq!(other.has(&theirs), there);
    }
}

#[test]
fn how_many_versions_stay_is_a_setting_too() {
    let scene = Scene::without_base();
    let cache = scene.sandbox.cache().join("ocx/opencode");
    for version in ["1.18.30", "1.18.31", "1.18.32", "1.18.33"] {
        let path = cache.join(version).join("opencode-linux-x64/opencode");
        scene.sandbox.write(&path, "opencode");
    }
    let unneeded = |args: &[&str]| {
        let args = args.iter().copied().chain(["--json"]);
        let output = scene.sandbox.ocx(args).run().success();
        let answer = output.promised("du");
        let items = answer["items"].as_array().unwrap().iter();
        let unneeded =
            items.filter(|item| item["kind"] == "opencode" && item["state"] == "unneeded");
        unneeded.count()
    };
    assert_eq!(unneeded(&["du"]), 2);
    scene.set_global("keep_versions = 3\n");
    assert_eq!(unneeded(&["du"]), 1);
    assert_eq!(unneeded(&["du", "--keep-versions", "1"]), 3);
    // Where there is no project, too, and for no project alone.
    let at_home = scene
        .sandbox
        .ocx(["du", "--json"])
        .in_dir(scene.sandbox.home());
    let answer = at_home.run().success().promised("du");
    let items = answer["items"].as_array().unwrap().iter();
    assert_eq!(items.filter(|item| item["state"] == "unneeded").count(), 1);
    scene.set_global("");
    scene.sandbox.write("ocx.toml", "keep_versions = 0\n");
    assert_eq!(unneeded(&["du"]), 2);
    // Nobody knows how many while the settings are wrong.
    scene.set_global("keep_versions = 3\n");
    scene.sandbox.write("ocx.toml", "keep_version = 0\n");
    assert_eq!(unneeded(&["du"]), 0);
    assert_eq!(unneeded(&["du", "--keep-versions", "1"]), 3);
}
