//! `ocx image`, `ocx volume` and `ocx cache`.

use std::{fs, time::Duration};

use ocx_tests::fake_engine::Rule;
use serde_json::{Value, json};

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(60);

/// A project with an image, a home and three downloads.
fn used() -> Scene {
    let scene = Scene::new();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    for version in ["1.0.300", "1.0.301", "1.0.302"] {
        let cached = scene.sandbox.cache().join("ocx/opencode");
        let file = cached.join(version).join("package/opencode");
        scene.sandbox.write(file, "x");
    }
    scene
}

/// Names of the items that a listing has.
fn names(scene: &Scene, part: &str) -> Vec<String> {
    let output = scene.sandbox.ocx([part, "list", "--json"]).run().success();
    let answer: Value = serde_json::from_str(output.stdout()).unwrap();
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn each_lists_its_part() {
    let scene = used();
    let [image] = &names(&scene, "image")[..] else {
        panic!("{:?}", names(&scene, "image"))
    };
    assert!(image.starts_with("ocx-team:"), "{image}");
    let [volume] = &names(&scene, "volume")[..] else {
        panic!("{:?}", names(&scene, "volume"))
    };
    assert!(volume.starts_with("ocx-project-"), "{volume}");
    let cached = names(&scene, "cache");
    assert!(cached.contains(&"1.0.301".to_owned()), "{cached:?}");
    assert!(!cached.contains(image), "{cached:?}");
    let table = scene.sandbox.ocx(["image", "ls"]).run().success();
    table.prints(image).prints("in all").done();
}

#[test]
fn an_image_in_use_is_removed_by_its_name_and_built_again() {
    let scene = used();
    let image = names(&scene, "image").remove(0);
    let dry = ["--dry-run", "image", "rm", &image];
    scene.sandbox.ocx(dry).run().success().prints(&image).done();
    assert!(
        scene
            .docker
            .images()
            .iter()
            .any(|name| name.contains(&image))
    );
    let output = scene.sandbox.ocx(["image", "rm", &image]).run().success();
    output.says("removed 1 of 1").done();
    assert!(
        !scene
            .docker
            .images()
            .iter()
            .any(|name| name.contains(&image))
    );
    // The base is somebody else's.
    assert!(
        scene
            .docker
            .images()
            .iter()
            .any(|name| name.contains("team"))
    );
    assert!(names(&scene, "image").is_empty());
    let again = scene.sandbox.ocx(["opencode", "run"]).run().success();
    again.says("there is no such image yet").done();
}

#[test]
fn what_ocx_did_not_make_is_not_removed() {
    let scene = used();
    scene.docker.add_image("ocx-forged:1.0.300", &[]);
    for (command, name) in [
        ("image", "team"),
        ("image", "ocx-forged:1.0.300"),
        ("volume", "nonsense"),
    ] {
        let image = names(&scene, command).remove(0);
        let output = scene
            .sandbox
            .ocx([command, "rm", &image, name])
            .run()
            .exits(64);
        output
            .says(&format!("ocx has made no {command} `{name}`"))
            .says(&format!("hint: `ocx {command} list`"))
            .done();
        // Nor is the one that was named with it.
        assert_eq!(names(&scene, command), [image]);
    }
}

#[test]
fn an_image_that_a_session_is_in_stays_though_it_is_named() {
    let mut scene = used();
    let image = names(&scene, "image").remove(0);
    let list = json!({
        "ID": "1".repeat(64),
        "Names": "s",
        "Image": image,
        "Command": "opencode",
        "CreatedAt": "2026-01-02 03:04:05 +0000 UTC",
        "Labels": "ocx.session=s",
    });
    scene
        .docker
        .rule(Rule::on(&["ps"]).stdout(&list.to_string()));
    let output = scene.sandbox.ocx(["image", "rm", &image]).run().exits(75);
    output.says("stays: a session is running").done();
    assert!(
        scene
            .docker
            .images()
            .iter()
            .any(|name| name.contains(&image))
    );
}

#[test]
fn who_builds_an_image_again_is_said_and_asked() {
    let scene = used();
    let image = names(&scene, "image").remove(0);
    let project = scene.sandbox.project();
    let said = format!("{image} is built again by the next session of {project}");
    let mut terminal = scene.sandbox.ocx(["image", "rm", &image]).in_terminal();
    terminal.wait_for("Remove that? [y/N]:", PATIENCE);
    assert!(
        terminal.screen().replace('\n', "").contains(&said),
        "{}",
        terminal.screen()
    );
    terminal.send("n\r");
    assert!(terminal.wait(PATIENCE).success());
    assert_eq!(names(&scene, "image"), [image.as_str()]);
    let yes = ["image", "rm", "--yes", &image];
    let mut terminal = scene.sandbox.ocx(yes).in_terminal();
    assert!(terminal.wait(PATIENCE).success());
    assert!(!terminal.screen().contains("Remove that?"));
    assert!(names(&scene, "image").is_empty());
    // Nobody is there to be asked.
    scene.sandbox.ocx(["build"]).run().success().done();
    let output = scene.sandbox.ocx(["image", "rm", &image]).run().success();
    output.says(&said).says("removed 1 of 1").done();
}

#[test]
fn a_base_stays_with_what_was_built_on_it() {
    let scene = Scene::with_dockerfile();
    scene.sandbox.ocx(["build"]).run().success().done();
    let both = names(&scene, "image");
    let (image, base) = (&both[0], &both[1]);
    assert!(image.starts_with("ocx-"), "{both:?}");
    let output = scene.sandbox.ocx(["image", "rm", base]).run().exits(75);
    output
        .says(&format!(
            "base {base} stays: {image} was built on it, and has to go first"
        ))
        .says(&format!("hint: `ocx image rm {image} {base}` removes both"))
        .done();
    assert_eq!(names(&scene, "image"), both);
}

#[test]
fn a_base_goes_with_what_was_built_on_it() {
    let scene = Scene::with_dockerfile();
    scene.sandbox.ocx(["build"]).run().success().done();
    let both = names(&scene, "image");
    assert_eq!(both.len(), 2, "{both:?}");
    // In whatever order they are named.
    let args = ["image", "rm", &both[1], &both[0]];
    let output = scene.sandbox.ocx(args).run().success();
    output.says("removed 2 of 2").done();
    assert!(names(&scene, "image").is_empty());
}

#[test]
fn a_home_goes_only_by_a_word() {
    let scene = used();
    let home = names(&scene, "volume").remove(0);
    let output = scene.sandbox.ocx(["volume", "rm", &home]).run().exits(64);
    output
        .says(&format!("hint: `ocx volume rm --yes {home}`"))
        .done();
    for (answer, there) in [("n\r", true), ("y\r", false)] {
        let mut terminal = scene.sandbox.ocx(["volume", "rm", &home]).in_terminal();
        terminal.wait_for("Remove that? [y/N]:", PATIENCE);
        terminal.send(answer);
        assert!(terminal.wait(PATIENCE).success());
        assert_eq!(scene.docker.volumes().contains(&home), there);
    }
    // The next session begins with an empty one, and has its conversations.
    let again = scene.sandbox.ocx(["opencode", "run"]).run();
    again.success().done();
    assert_eq!(names(&scene, "volume"), [home]);
}

#[test]
fn the_cache_is_pruned_and_nothing_else() {
    let scene = used();
    let trash = scene.sandbox.cache().join("ocx/opencode/1.0.300");
    // An image that nobody needs is none of the cache's.
    scene
        .sandbox
        .ocx(["build", "--force"])
        .run()
        .success()
        .done();
    let before = scene.docker.images();
    let output = scene.sandbox.ocx(["cache", "prune"]).run().exits(64);
    output.says("hint: `ocx cache prune --yes`").done();
    assert!(trash.exists());
    let prune = ["cache", "prune", "--yes"];
    let output = scene.sandbox.ocx(prune).run().success();
    output.prints("1.0.300").done();
    assert!(!trash.exists());
    assert!(fs::exists(trash.with_file_name("1.0.302")).unwrap());
    assert_eq!(scene.docker.images(), before);
}
