//! What is followed, and what is not, with files in a temporary directory.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::*;
use crate::{
    project::sandbox::Sandbox,
    settings::{Approvals, Layers, Loaded, Override, SettingsError},
};

const APP: &str = "home/work/app";
const USUAL: &str = ".devcontainer/devcontainer.json";
const FOLLOW: &str = "custom_base_devcontainer = true\n";

/// A project that follows its file, with these others.
fn project(settings: &str, files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(&format!("{APP}/ocx.toml"), settings);
    for (path, text) in files {
        sandbox.write(&format!("{APP}/{path}"), text);
    }
    sandbox
}

fn try_load(sandbox: &Sandbox, flags: &[(&str, &str)]) -> Result<Loaded, SettingsError> {
    let mut layers = Layers::read(&sandbox.host, &sandbox.project())?;
    for (key, value) in flags {
        layers = layers.with(&Override {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
            flag: format!("--set {key}={value}"),
        })?;
    }
    layers.resolve(&Approvals::none())
}

fn load(sandbox: &Sandbox) -> Loaded {
    try_load(sandbox, &[]).unwrap()
}

fn error(sandbox: &Sandbox) -> String {
    sandbox.plain(&try_load(sandbox, &[]).unwrap_err())
}

/// Why a file with this text is not followed.
fn why(text: &str) -> String {
    error(&project(FOLLOW, &[(USUAL, text), ("Dockerfile", "FROM x")]))
}

#[test]
fn an_image() {
    let text = "{\n  // Ours.\n  \"image\": \"ruby:${localEnv:TAG:3.4}\",\n}";
    let mut sandbox = project(FOLLOW, &[(USUAL, text)]);
    // Nobody is asked, so nothing of the user's environment gets into it.
    sandbox
        .host
        .environment
        .insert("TAG".to_owned(), "evil".to_owned());
    let loaded = load(&sandbox);
    let settings = &loaded.settings;
    assert_eq!(
        settings.custom_base_image,
        Some("ruby:3.4".parse().unwrap())
    );
    let file = sandbox.host.current_dir.join(USUAL);
    let origin = Origin::ProjectFile(file.clone());
    assert_eq!(loaded.origins.of("custom_base_image"), &origin);
    let followed = settings.devcontainer.as_ref().unwrap();
    assert_eq!(
        (&followed.file, &followed.read),
        (&file, &vec![file.clone()])
    );
    assert!(loaded.warnings.is_empty());

    // Without the setting it says nothing.
    let sandbox = project("", &[(USUAL, text)]);
    let settings = load(&sandbox).settings;
    assert_eq!(
        (settings.custom_base_image, settings.devcontainer),
        (None, None)
    );
    // A flag outranks the file's word, also for one that is broken.
    let sandbox = project(FOLLOW, &[(USUAL, "{")]);
    let settings = try_load(&sandbox, &[(KEY, "false")]).unwrap().settings;
    assert_eq!(
        (settings.custom_base_image, settings.devcontainer),
        (None, None)
    );
}

#[test]
fn a_build_is_what_the_settings_would_say() {
    let text = r#"{
        "build": {
            "dockerfile": "../dev/Dockerfile",
            "context": "..",
            "args": { "RUBY": "3.3", "TOKEN": "${localEnv:TOKEN}" },
            "target": "dev",
        },
        "features": { "x": {} }, "forwardPorts": [1], "containerEnv": { "A": "b" },
        "postCreateCommand": "true", "mounts": ["x"], "runArgs": ["--privileged"],
    }"#;
    let said = "custom_base_dockerfile = \"dev/Dockerfile\"\ncustom_base_context = \".\"\n\
                custom_base_target = \"dev\"\ncustom_base_build_args = { RUBY = \"3.3\" }\n";
    let dockerfile = ("dev/Dockerfile", "FROM x AS dev");
    let mut followed = load(&project(FOLLOW, &[(USUAL, text), dockerfile])).settings;
    let left_out = followed.devcontainer.take().unwrap().left_out;
    followed.custom_base_devcontainer = false;
    assert_eq!(followed, load(&project(said, &[dockerfile])).settings);
    let names: Vec<&str> = left_out.iter().map(|one| one.name.as_str()).collect();
    let expected = [
        "args.TOKEN",
        "containerEnv",
        "forwardPorts",
        "features",
        "postCreateCommand",
        "mounts",
        "runArgs",
    ];
    assert_eq!(names, expected);

    // The older keys, and the other place. Its own directory is the context.
    let older = [
        (".devcontainer.json", r#"{"dockerFile": "dev/Dockerfile"}"#),
        dockerfile,
    ];
    let settings = load(&project(FOLLOW, &older)).settings;
    assert_eq!(settings.custom_base_context.as_deref(), Some(".".into()));
}

#[test]
fn a_service_of_a_compose_file() {
    let text = r#"{"dockerComposeFile": "../c.yaml", "service": "app"}"#;
    let compose = "services: {app: {build: {context: dev}}, db: {image: x}}";
    let files = [
        (USUAL, text),
        ("c.yaml", compose),
        ("dev/Dockerfile", "FROM x"),
    ];
    let sandbox = project(FOLLOW, &files);
    let settings = load(&sandbox).settings;
    let dockerfile = settings.custom_base_dockerfile.as_deref();
    assert_eq!(dockerfile, Some("dev/Dockerfile".into()));
    let read = [USUAL, "c.yaml"].map(|path| sandbox.host.current_dir.join(path));
    assert_eq!(settings.devcontainer.unwrap().read, read);
}

#[test]
fn the_first_place_counts() {
    let files = [
        (".devcontainer.json", r#"{"image": "a"}"#),
        (USUAL, r#"{"image": "b"}"#),
    ];
    let image = load(&project(FOLLOW, &files)).settings.custom_base_image;
    assert_eq!(image, Some("b".parse().unwrap()));
}

#[test]
fn what_is_not_there_or_no_base_is_an_error() {
    assert_snapshot!(error(&project(FOLLOW, &[])), @"`custom_base_devcontainer` is set in /home/work/app/ocx.toml, and the project has no .devcontainer/devcontainer.json and no .devcontainer.json");
    assert_snapshot!(why("{\n  \"image\": }"), @"/home/work/app/.devcontainer/devcontainer.json, line 2, column 12: Unexpected close brace");
    assert_snapshot!(why("{}"), @"/home/work/app/.devcontainer/devcontainer.json, line 1: it names neither an image nor a Dockerfile");
    assert_snapshot!(why("{\n\n  \"image\": \"No Image\"}"), @"/home/work/app/.devcontainer/devcontainer.json, line 3: `No Image` is no image that can be a base");
    assert_snapshot!(why("{\n\"image\": \"x:${localEnv:TAG}\"}"), @"/home/work/app/.devcontainer/devcontainer.json, line 2: its `image` cannot be used: it hangs on a variable of your environment that is not set, or not read without a question");
    assert_snapshot!(why("{\"build\": {\n\"dockerfile\": \"none\"}}"), @"/home/work/app/.devcontainer/devcontainer.json, line 2: it names a Dockerfile that the project does not have, `.devcontainer/none`");
    assert_snapshot!(why("{\"build\": {\"dockerfile\": \"../Dockerfile\",\n\"context\": \"../none\"}}"), @"/home/work/app/.devcontainer/devcontainer.json, line 2: its `context` cannot be used: `none` is no directory of the project");
    assert_snapshot!(why("{\"build\": {\"dockerfile\": \"../Dockerfile\",\n\n\"target\": \"\"}}"), @"/home/work/app/.devcontainer/devcontainer.json, line 3: its `target` cannot be used: `` is no stage");
    assert_snapshot!(why("{\n\"dockerComposeFile\": \"none.yml\", \"service\": \"a\"}"), @"/home/work/app/.devcontainer/devcontainer.json, line 2: it names `.devcontainer/none.yml`, which the project does not have");
}

/// It comes with the project, and so it gets nothing of what lies outside.
#[test]
fn nothing_outside_of_the_project_is_read_or_built() {
    for (text, expected) in [
        (
            r#"{"build": {"dockerfile": "/etc/passwd"}}"#,
            "outside of the project",
        ),
        (
            r#"{"build": {"dockerfile": "../../x"}}"#,
            "outside of the project",
        ),
        (
            r#"{"build": {"dockerfile": "../out/Dockerfile"}}"#,
            "that the project does not have",
        ),
        (
            r#"{"build": {"dockerfile": "../Dockerfile", "context": "../.."}}"#,
            "outside of the project",
        ),
        (
            r#"{"build": {"dockerfile": "../Dockerfile", "context": "../out"}}"#,
            "is no directory of the project",
        ),
        (
            r#"{"build": {"dockerfile": "../Dockerfile", "context": "/"}}"#,
            "outside of the project",
        ),
        (
            r#"{"dockerComposeFile": "../out/c.yaml", "service": "a"}"#,
            "link out of the project",
        ),
    ] {
        let sandbox = project(FOLLOW, &[(USUAL, text), ("Dockerfile", "FROM x")]);
        sandbox.write("home/elsewhere/Dockerfile", "FROM x");
        sandbox.write("home/elsewhere/c.yaml", "services: {a: {image: x}}");
        let root = &sandbox.host.current_dir;
        symlink(sandbox.top.join("home/elsewhere"), root.join("out")).unwrap();
        let error = error(&sandbox);
        assert!(error.contains(expected), "{text}: {error}");
    }
    // The file itself is none of the project's.
    let sandbox = project(FOLLOW, &[]);
    let secret = sandbox.write("home/secret", r#"{"image": "secret"}"#);
    symlink(secret, sandbox.host.current_dir.join(".devcontainer.json")).unwrap();
    let error = error(&sandbox);
    assert!(error.contains("link out of the project"), "{error}");
    assert!(!error.contains("is secret"), "{error}");
}

/// A name for what a project builds would be one for others; none comes of it.
#[test]
fn no_other_setting_says_what_the_base_is() {
    const GLOBAL: &str = "home/.config/ocx/ocx.toml";
    let file = (USUAL, r#"{"image": "x"}"#);
    let text = format!("\n{FOLLOW}\ncustom_base_target = \"dev\"\n");
    assert_snapshot!(error(&project(&text, &[file])), @"`custom_base_devcontainer` (in /home/work/app/ocx.toml, line 2) and `custom_base_target` (in /home/work/app/ocx.toml, line 4) cannot both say what the base is");
    for set in [
        "custom_base_image = \"x\"",
        "custom_base_dockerfile = \"x\"",
        "custom_base_build_args = { A = \"b\" }",
        "custom_base_target = \"x\"",
        "custom_base_context = \".\"",
    ] {
        let sandbox = project(FOLLOW, &[file]);
        sandbox.write(GLOBAL, &format!("\n{set}\n"));
        let error = error(&sandbox);
        let key = set.split(' ').next().unwrap();
        let other = format!("`{key}` (in /home/.config/ocx/ocx.toml, line 2)");
        assert!(error.contains(&other), "{error}");
        assert!(error.contains("/home/work/app/ocx.toml, line 1"), "{error}");
        // As long as it is not followed, nothing is wrong.
        try_load(&sandbox, &[(KEY, "false")]).unwrap();
    }
    let sandbox = project(FOLLOW, &[file]);
    let error = try_load(&sandbox, &[("custom_base_image", "y")]).unwrap_err();
    assert!(error.to_string().contains("from the flag"), "{error}");
    // What says nothing contradicts nothing.
    let text = format!("{FOLLOW}custom_base_build_args = {{}}\n");
    load(&project(&text, &[file]));
}

#[test]
fn the_users_own_file_may_ask_for_it() {
    let file = (USUAL, r#"{"image": "x"}"#);
    let sandbox = project("", &[file]);
    sandbox.write("home/.config/ocx/ocx.toml", FOLLOW);
    let loaded = load(&sandbox);
    assert!(loaded.settings.devcontainer.is_some());
    // Not of a project that does not want it.
    sandbox.write(
        &format!("{APP}/ocx.toml"),
        "custom_base_devcontainer = false\n",
    );
    assert_eq!(load(&sandbox).settings.devcontainer, None);
    // Set by itself, it is about no project.
    let mut edit = crate::settings::SettingsEdit::of_user(&sandbox.host).unwrap();
    edit.set(Key::find(KEY).unwrap(), "true").unwrap();
    edit.write(&sandbox.host).unwrap();
}
