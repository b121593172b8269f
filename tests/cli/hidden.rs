//! Hidden paths, as far as a fake engine can tell.

use crate::scene::Scene;

/// What is covered in the session of `call`, relative to the project.
fn covered(scene: &Scene) -> Vec<String> {
    let call = scene.session_call();
    let project = format!("target={}/", scene.sandbox.project());
    let mounts = call.values("--mount").into_iter();
    let covers = mounts.filter(|mount| mount.contains("/empty-"));
    let mut found: Vec<String> = covers
        .map(|mount| {
            let (_, target) = mount.split_once(&project).expect("it is in the project");
            target.trim_end_matches(",readonly").to_owned()
        })
        .collect();
    found.sort();
    found
}

#[test]
fn patterns_mean_what_they_mean_in_gitignore() {
    let scene = Scene::new();
    for file in [
        ".env",
        "a/.env",
        "examples/.env",
        "key.pem",
        "deep/er/KEY.PEM",
        "open",
    ] {
        scene.sandbox.write(file, "x");
    }
    scene.set_global("custom_base_image = \"team\"\nforbidden_paths = [\"*.pem\"]\n");
    // What one list takes out, another hides all the same.
    let project = "forbidden_paths = [\"**/.env\", \"!examples/.env\", \"!key.pem\"]\n";
    scene.sandbox.write("ocx.toml", project);
    scene.warm_up();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    assert_eq!(
        covered(&scene),
        [".env", "a/.env", "deep/er/KEY.PEM", "key.pem"]
    );
    assert_eq!(scene.asked(), ["image inspect", "run"]);
}

/// They are no part of a pattern, and what it names is hidden all the same.
#[test]
fn blanks_at_the_end_of_a_pattern_show_nothing() {
    let scene = Scene::new();
    for file in [
        "config/secret.yml",
        "keys/a",
        "deep/keys/b",
        "token",
        "kept ",
    ] {
        scene.sandbox.write(file, "x");
    }
    scene.set_global(
        "custom_base_image = \"team\"\nforbidden_paths = [\"config/secret.yml \", \"keys/ \", \"/token  \", \"kept\\\\ \"]\n",
    );
    scene.warm_up();
    scene.sandbox.ocx(["o", "run"]).run().success().done();
    assert_eq!(
        covered(&scene),
        ["config/secret.yml", "deep/keys", "kept ", "keys", "token"]
    );
}

#[test]
fn what_covers_goes_with_the_session() {
    let scene = Scene::new();
    scene.sandbox.write(".env", "x");
    scene.set_global("custom_base_image = \"team\"\nforbidden_paths = [\".env\"]\n");
    scene.warm_up();
    let projects = scene.sandbox.state().join("ocx/projects");
    for project in projects.read_dir_utf8().unwrap() {
        let sessions = project.unwrap().into_path().join("sessions");
        let left: Vec<_> = sessions.read_dir_utf8().unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn mounts_that_contradict_are_errors_with_both_paths() {
    let scene = Scene::new();
    scene.sandbox.write("secrets/public/x", "x");
    let project = scene.sandbox.project();
    for (mount, expected) in [
        (
            format!("{project}/secrets/public:/public"),
            "a mount shows it at `/public`",
        ),
        (
            format!("/usr/share:{project}/secrets/share"),
            "a mount lies in it",
        ),
    ] {
        scene.set_global(&format!(
            "custom_base_image = \"team\"\nforbidden_paths = [\"secrets\"]\nextra_mounts = [\"{mount}\"]\n"
        ));
        let output = scene.sandbox.ocx(["o", "run"]).run().exits(78);
        output.says(expected).says("take one of them out").done();
    }
}
