//! What ocx built is known by a record outside of it; what has none proves itself or is not run.

use std::io::Read;

use camino::Utf8PathBuf;
use ocx_tests::fake_engine::{Rule, layer};
use serde_json::{Value, json};

use crate::scene::Scene;

/// The only ocx image.
fn ocx_image(scene: &Scene) -> String {
    let mut images = scene.docker.images();
    images.retain(|name| name.starts_with("ocx-team:"));
    assert_eq!(images.len(), 1, "{images:?}");
    images.remove(0)
}

fn id(scene: &Scene, name: &str) -> String {
    let record = scene.docker.image_record(name);
    record["Id"].as_str().unwrap().to_owned()
}

/// Forgets what was built.
fn lose_records(scene: &Scene) {
    std::fs::remove_dir_all(scene.sandbox.state().join("ocx/images")).unwrap();
}

type Entries = Vec<(String, u32, Vec<u8>)>;

/// What is in the uppermost layer of an image.
fn uppermost(scene: &Scene, record: &Value) -> Entries {
    let layers = record["RootFS"]["Layers"].as_array().unwrap();
    let bytes = scene.docker.layer(layers.last().unwrap().as_str().unwrap());
    let mut archive = tar::Archive::new(bytes.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        (path, entry.header().mode().unwrap(), content)
    });
    entries.collect()
}

/// Puts another image in the place of the genuine one: with the same labels, another ID, and what
/// `change` makes of it. Returns its ID.
fn forge(scene: &Scene, change: impl FnOnce(&mut Value, &mut Entries)) -> String {
    let name = ocx_image(scene);
    let mut record = scene.docker.image_record(&name);
    let genuine = record["Id"].as_str().unwrap().to_owned();
    let mut entries = uppermost(scene, &record);
    change(&mut record, &mut entries);
    let digest = scene.docker.add_layer(&layer(&entries));
    let layers = record["RootFS"]["Layers"].as_array_mut().unwrap();
    *layers.last_mut().unwrap() = json!(digest);
    record["Id"] = json!(format!("sha256:{}", "f".repeat(64)));
    scene.docker.add_image_record(&name, &record);
    assert_ne!(id(scene, &name), genuine);
    id(scene, &name)
}

#[test]
fn an_image_whose_record_is_lost_proves_itself_once() {
    let scene = Scene::new();
    scene.warm_up();
    let image = ocx_image(&scene);
    let before = id(&scene, &image);
    lose_records(&scene);
    let output = scene.sandbox.ocx(["opencode", "run"]).run().success();
    output
        .says(&format!("looking into {image}"))
        .never_says("building")
        .done();
    assert_eq!(scene.asked(), ["image inspect", "save", "run"]);
    // The image is read by its ID: the name may move.
    assert_eq!(scene.docker.calls_of(&["save"])[0].args[1], before);
    assert_eq!(id(&scene, &image), before);
    scene.docker.forget_calls();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

/// As on an engine that several use: somebody else built it, and their records are theirs.
#[test]
fn another_users_image_is_used_only_if_it_proves_itself() {
    let scene = Scene::new();
    scene.warm_up();
    let before = id(&scene, &ocx_image(&scene));
    for directory in [scene.sandbox.state(), scene.sandbox.cache()] {
        std::fs::remove_dir_all(directory.join("ocx")).unwrap();
    }
    // Looking only.
    let status = scene.sandbox.ocx(["status"]).run().success();
    status.never_says("is not used").done();
    scene.assert_nothing_changed();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert_eq!(id(&scene, &ocx_image(&scene)), before);
    assert!(scene.docker.calls_of(&["build"]).is_empty());
}

/// Each of them has the labels of a genuine image. None is run, and the next session has an image that
/// was built anew.
#[test]
fn forged_images_are_rebuilt_and_never_run() {
    type Forgery = (&'static str, &'static str, fn(&mut Value, &mut Entries));
    let forgeries: [Forgery; 12] = [
        (
            "opencode is another program",
            "`ocx/bin/opencode` in it is not what",
            |_, entries| {
                let opencode = entries
                    .iter_mut()
                    .find(|entry| entry.0.ends_with("opencode"));
                opencode.unwrap().2 = b"#!/bin/sh\nevil".to_vec();
            },
        ),
        (
            "a file of the base is replaced",
            "holds `bin/sh`",
            |_, entries| {
                entries.push(("bin/sh".to_owned(), 0o755, b"evil".to_vec()));
            },
        ),
        // Deletes a file of the base.
        (
            "a file of the base is deleted",
            "holds `etc/.wh.ssl`",
            |_, entries| {
                entries.push(("etc/.wh.ssl".to_owned(), 0o644, Vec::new()));
            },
        ),
        (
            "a file more beside opencode",
            "holds `ocx/bin/git`",
            |_, entries| {
                entries.push(("ocx/bin/git".to_owned(), 0o755, b"evil".to_vec()));
            },
        ),
        (
            "a file that a shell reads at start is another",
            "`ocx/home/.profile` in it",
            |_, entries| {
                let profile = entries
                    .iter_mut()
                    .find(|entry| entry.0.ends_with("/.profile"));
                profile.unwrap().2 = b"evil".to_vec();
            },
        ),
        (
            "opencode has the setuid bit",
            "`ocx/bin/opencode` in it",
            |_, entries| {
                let opencode = entries
                    .iter_mut()
                    .find(|entry| entry.0.ends_with("opencode"));
                opencode.unwrap().1 = 0o4755;
            },
        ),
        (
            "a file of ocx's is missing",
            "`ocx/etc/tui.json` is missing",
            |_, entries| {
                entries.retain(|entry| entry.0 != "ocx/etc/tui.json");
            },
        ),
        (
            "opencode is there twice",
            "holds `ocx/bin/opencode`",
            |_, entries| {
                // The second one counts when it is unpacked.
                entries.push(("ocx/bin/opencode".to_owned(), 0o755, b"evil".to_vec()));
            },
        ),
        (
            "the entry point is another",
            "its configuration is not",
            |record, _| {
                record["Config"]["Entrypoint"] = json!(["/evil"]);
            },
        ),
        (
            "a variable more",
            "its configuration is not",
            |record, _| {
                let environment = record["Config"]["Env"].as_array_mut().unwrap();
                environment.push(json!("LD_PRELOAD=/evil.so"));
            },
        ),
        (
            "the user is another",
            "its configuration is not",
            |record, _| {
                record["Config"]["User"] = json!("0");
            },
        ),
        ("a layer more", "its layers are not", |record, _| {
            let layers = record["RootFS"]["Layers"].as_array_mut().unwrap();
            layers.insert(1, json!(format!("sha256:{}", "e".repeat(64))));
        }),
    ];
    for (name, reason, change) in forgeries {
        let scene = Scene::new();
        scene.warm_up();
        let forged = forge(&scene, change);
        let image = ocx_image(&scene);
        let output = scene.sandbox.ocx(["opencode", "run"]).run().success();
        output
            .says(&format!(
                "warning: {image} is not used: there is no record that ocx built it"
            ))
            .says(reason)
            .says("nothing shows that the image of that name is one of ocx's")
            .done();
        assert_ne!(id(&scene, &image), forged, "{name}");
        let calls = scene.docker.calls();
        let built = calls.iter().position(|call| call.starts_with(&["build"]));
        let run = calls
            .iter()
            .position(|call| call.has(&image) && call.starts_with(&["run"]));
        assert!(built.unwrap() < run.unwrap(), "{name}");
        // It was looked at once.
        assert!(scene.docker.calls_of(&["save"]).len() <= 1);
        scene.docker.forget_calls();
        scene
            .sandbox
            .ocx(["opencode", "run"])
            .run()
            .success()
            .done();
        assert_eq!(scene.asked(), ["image inspect", "run"]);
    }
}

#[test]
fn what_cannot_be_looked_into_is_rebuilt() {
    let mut scene = Scene::new();
    scene.warm_up();
    lose_records(&scene);
    let rule = Rule::on(&["save"])
        .stderr("no space left on device\n")
        .exit(1);
    scene.docker.rule(rule);
    let output = scene.sandbox.ocx(["build"]).run().success();
    output
        .says("its layer cannot be read:")
        .says("no space left on device")
        .says("is ready")
        .done();
}

/// A record is for one image under one name.
#[test]
fn a_genuine_image_of_another_base_does_not_stand_in() {
    let scene = Scene::new();
    scene.warm_up();
    let image = ocx_image(&scene);
    scene.docker.add_image("other", &[]);
    let other = ["--set", "custom_base_image=other", "run"];
    scene.sandbox.ocx(other).run().success().done();
    let mut images = scene.docker.images();
    images.retain(|name| name.starts_with("ocx-other:"));
    let record = scene.docker.image_record(&images[0]);
    scene.docker.add_image_record(&image, &record);
    // And the base that it would have to be compared with is gone.
    scene.docker.remove_image("team");
    let output = scene.sandbox.ocx(["opencode", "run"]).run().exits(78);
    output.never_says("using the image").done();
}

#[test]
fn a_base_under_a_name_of_ocxs_own_needs_a_record() {
    let scene = Scene::without_base();
    scene.warm_up();
    let base = "ocx-base:latest";
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert!(scene.docker.calls_of(&["build"]).is_empty());
    let planted = scene.docker.add_image(base, &[]);
    let output = scene.sandbox.ocx(["opencode", "run"]).run().success();
    output
        .says("there is no record that ocx built the image of that name")
        .done();
    assert_ne!(id(&scene, base), planted);
}

/// Another project, which the user has built before.
fn second_project(scene: &Scene, dockerfile: &str, settings: &str) -> Utf8PathBuf {
    let root = scene.sandbox.root().join("second");
    scene
        .sandbox
        .write(root.join("docker/Dockerfile"), dockerfile);
    scene.sandbox.write(root.join("ocx.toml"), settings);
    scene.sandbox.trust(&root);
    root
}

const OWN: &str = "custom_base_image = \"tools\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n";

#[test]
fn what_one_project_built_is_not_another_projects_base() {
    let scene = Scene::without_base();
    scene.sandbox.write("docker/Dockerfile", "FROM scratch\n");
    scene.sandbox.write("ocx.toml", OWN);
    scene.warm_up();
    let first = scene.sandbox.project();
    for settings in [OWN, "custom_base_image = \"tools\"\n"] {
        let second = second_project(&scene, "FROM scratch\n# mine\n", settings);
        let flag = format!("--workspace={second}");
        for command in ["run", "build"] {
            let output = scene.sandbox.ocx([flag.as_str(), command]).run().exits(78);
            output
                .says("base image `tools` was built from")
                .says(&format!("for the project `{first}`"))
                .says(&format!("the project `{second}`"))
                .says("hint:")
                .done();
        }
        let status = scene.sandbox.ocx([flag.as_str(), "status"]).run();
        assert!(status.stdout().contains("tools"), "{status}");
        status.done();
    }
    // What the first has, it has.
    let output = scene.sandbox.ocx(["opencode", "run"]).run().success();
    output.never_says("building").done();
    // By another name it is the user's own affair.
    let second = second_project(&scene, "", "custom_base_image = \"shared\"\n");
    let tag = ["tag", "tools", "shared"];
    scene.sandbox.command("docker", tag).run().success().done();
    let flag = format!("--workspace={second}");
    scene
        .sandbox
        .ocx([flag.as_str(), "opencode", "run"])
        .run()
        .success()
        .done();
}

#[test]
fn a_clone_with_the_same_text_shares_its_base() {
    let scene = Scene::without_base();
    scene.sandbox.write("docker/Dockerfile", "FROM scratch\n");
    scene.sandbox.write("docker/more", "x");
    scene.sandbox.write("ocx.toml", OWN);
    scene.warm_up();
    let second = second_project(&scene, "FROM scratch\n", OWN);
    scene.sandbox.write(second.join("docker/more"), "x");
    let flag = format!("--workspace={second}");
    let session = || scene.sandbox.ocx([flag.as_str(), "opencode", "run"]).run();
    session().success().never_says("building").done();
    // A file of the context makes it another text.
    scene.sandbox.write(second.join("docker/more"), "y");
    session().exits(78).says("was built from").done();
    let args = [flag.as_str(), "build", "--base"];
    scene.sandbox.ocx(args).run().success().done();
    session().success().done();
}
