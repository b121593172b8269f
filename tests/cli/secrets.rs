//! Secrets are given in every way in which ocx takes them, and then searched for wherever something might
//! have been left of them.

use std::{collections::BTreeSet, fs};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{fake_engine::Rule, output::Output};

use crate::scene::Scene;

/// What all of them begin with; the rest says where one was given.
const SECRET: &str = "hunter2";

/// A project on a Dockerfile's base, and a user who gives secrets in every way.
fn scene() -> Scene {
    let mut scene = Scene::with_dockerfile();
    let write = |path: Utf8PathBuf, text: &str| scene.sandbox.write(path, text);
    let (config, data) = (scene.sandbox.config(), scene.sandbox.data());
    write(
        config.join("opencode/opencode.json"),
        r#"{
            "model": "anthropic/claude",
            "provider": {
                "anthropic": { "options": { "apiKey": "hunter2-literal" } },
                "openai": { "options": { "apiKey": "{env:NAMED_TOKEN}" } }
            },
            "mcp": { "linear": { "headers": { "Authorization": "hunter2-header" } } }
        }"#,
    );
    write(
        data.join("opencode/auth.json"),
        r#"{
            "anthropic": { "type": "api", "key": "hunter2-auth" },
            "openai": { "type": "oauth", "refresh": "hunter2-refresh", "access": "hunter2-access", "expires": 4102444800000 }
        }"#,
    );
    write(
        data.join("opencode/mcp-auth.json"),
        r#"{ "linear": { "tokens": { "accessToken": "hunter2-mcp" }, "clientInfo": { "clientSecret": "hunter2-client" } } }"#,
    );
    let file = scene.sandbox.root().join("vars");
    write(
        file.clone(),
        "OF_FILE=hunter2-file\nPEM='hunter2-pem\nlines'\n",
    );
    scene.set_global(&format!(
        "env_file = \"{file}\"\nenv_passthrough = [\"PASSED\", \"NAMED_TOKEN\"]\n\
         custom_base_build_args = {{ NPM_TOKEN = \"hunter2-build\" }}\n\
         [env]\nOF_ENV = \"hunter2-env\"\nHTTP_PROXY = \"http://me:hunter2-proxy@127.0.0.1:9\"\n"
    ));
    for (name, value) in [
        ("PASSED", "hunter2-passed"),
        ("NAMED_TOKEN", "hunter2-named"),
        ("ANTHROPIC_API_KEY", "hunter2-key"),
        ("HTTPS_PROXY", "http://me:hunter2-hostproxy@127.0.0.1:9"),
        ("NO_PROXY", "127.0.0.1"),
    ] {
        scene.sandbox.set_env(name, value);
    }
    scene
}

#[track_caller]
fn assert_silent(output: &Output) {
    let all = format!("{}{}", output.stdout(), output.stderr());
    assert!(!all.contains(SECRET), "{output}");
}

#[track_caller]
fn run(scene: &Scene, args: &[&str]) -> Output {
    let output = scene.sandbox.ocx(args.iter().copied()).run();
    assert_silent(&output);
    output
}

/// No secret stands in a command line, be it as a value, a label or a name.
#[track_caller]
fn assert_no_call_tells(scene: &Scene) {
    let calls = scene.docker.calls();
    assert!(!calls.is_empty());
    for call in calls {
        assert!(!call.line().contains(SECRET), "{}", call.line());
    }
}

/// The files below `directory` that hold a secret, relative to it, without the names of projects.
fn holders(directory: &Utf8Path) -> BTreeSet<String> {
    fn search(directory: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
        for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_symlink() {
                let target = path.read_link_utf8().unwrap();
                assert!(!target.as_str().contains(SECRET), "{path}");
            } else if path.is_dir() {
                search(path, found);
            } else if fs::read(path).is_ok_and(|content| {
                let mut parts = content.windows(SECRET.len());
                parts.any(|part| part == SECRET.as_bytes())
            }) {
                found.push(path.to_owned());
            }
        }
    }
    let mut found = Vec::new();
    search(directory, &mut found);
    let shown = |path: Utf8PathBuf| {
        let path = path.strip_prefix(directory).unwrap();
        let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
        match parts[..] {
            ["projects", _, ref rest @ ..] => format!("projects/ID/{}", rest.join("/")),
            _ => parts.join("/"),
        }
    };
    found.into_iter().map(shown).collect()
}

/// What of ocx's holds secrets by right: what the user wrote, and the copies that sessions of the project
/// get, which are 0600 in directories of 0700.
#[track_caller]
fn assert_at_rest(scene: &Scene) {
    let sandbox = &scene.sandbox;
    let own = |directory: Utf8PathBuf| holders(&directory.join("ocx"));
    let expected = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let none: BTreeSet<String> = BTreeSet::new();
    assert_eq!(own(sandbox.cache()), none);
    assert_eq!(own(sandbox.data()), none);
    assert_eq!(own(sandbox.runtime()), none);
    assert_eq!(holders(&sandbox.project()), none);
    let settings: BTreeSet<String> = expected(&["ocx.toml"]);
    assert_eq!(own(sandbox.config()), settings);
    let copies: BTreeSet<String> = expected(&[
        "projects/ID/credentials/auth.json",
        "projects/ID/credentials/auth.json.bak",
        "projects/ID/credentials/mcp-auth.json",
        "projects/ID/credentials/mcp-auth.json.bak",
        "projects/ID/opencode-config/opencode.json",
    ]);
    assert_eq!(own(sandbox.state()), copies);
}

#[test]
fn none_is_left_by_builds_and_sessions() {
    let scene = scene();
    run(&scene, &["--verbose", "build"]).success().done();
    let output = run(&scene, &["--verbose", "opencode", "run", "x"]);
    output.success().done();
    // They arrived.
    let call = scene.session_call();
    for (name, value) in [
        ("OF_ENV", "hunter2-env"),
        ("OF_FILE", "hunter2-file"),
        ("PASSED", "hunter2-passed"),
        ("NAMED_TOKEN", "hunter2-named"),
        ("ANTHROPIC_API_KEY", "hunter2-key"),
        ("HTTP_PROXY", "http://me:hunter2-proxy@127.0.0.1:9"),
    ] {
        assert_eq!(call.variables[name], value);
    }
    for args in [
        &["--verbose", "exec", "true"][..],
        &["--verbose", "build", "--force", "--base"],
        &["--verbose", "upgrade"],
        &["--dry-run", "run"],
        &["--dry-run", "build", "--force", "--base"],
        &["--verbose", "status"],
        &["status", "--json"],
        &["config"],
        &["config", "--sources"],
        &["config", "--json", "--sources"],
        &["ps"],
        &["ps", "--all", "--json"],
        &["compat", "debian"],
        &["logins"],
        &["logins", "--json"],
        &["trust"],
        &["trust", "--list"],
        &["stop"],
    ] {
        let _ = run(&scene, args);
    }
    assert_no_call_tells(&scene);
    assert_at_rest(&scene);
    for image in scene.docker.images() {
        let record = scene.docker.image_record(&image).to_string();
        assert!(!record.contains(SECRET), "{record}");
    }
}

/// Whatever fails, and however it complains.
#[test]
fn none_is_told_when_something_fails() {
    for (words, text, code) in [
        (&["build"][..], "", 1),
        (&["run"], "ocx.session=", 125),
        (&["run"], "", 125),
        (&["image", "inspect"], "", 1),
        (&["version"], "", 1),
        (&["network"], "", 1),
        (&["create"], "", 1),
        (&["tag"], "", 1),
    ] {
        let mut scene = scene();
        let rule = Rule::on(words).containing(text);
        scene
            .docker
            .rule(rule.stderr("it does not work\n").exit(code));
        for args in [
            &["build"][..],
            &["--verbose", "build", "--force"],
            &["run"],
            &["--verbose", "run"],
            &["exec", "true"],
            &["status"],
        ] {
            let _ = run(&scene, args);
        }
        assert_no_call_tells(&scene);
        for directory in [scene.sandbox.cache(), scene.sandbox.data()] {
            assert_eq!(
                holders(&directory.join("ocx")),
                BTreeSet::new(),
                "{words:?}"
            );
        }
    }
}

/// In settings and files that are wrong, what is wrong is told without the value.
#[test]
fn none_is_told_of_settings_that_are_wrong() {
    let vars = |text: &str| {
        let scene = Scene::new();
        let file = scene.sandbox.root().join("vars");
        scene.sandbox.write(&file, text);
        scene.set_global(&format!(
            "custom_base_image = \"team\"\nenv_file = \"{file}\"\n"
        ));
        scene
    };
    for text in [
        "A hunter2\n",
        "A='hunter2\n",
        "A=\"hunter2\" hunter2\n",
        "=hunter2\n",
        "A B=hunter2\n",
        "A=hunter2\0\n",
        "hunter2*\n",
    ] {
        let scene = vars(text);
        let output = run(&scene, &["opencode", "run"]);
        assert_ne!(output.code(), Some(0), "{text:?}: {output}");
        output.done();
    }
    for text in [
        "env = { A = [\"hunter2\"] }\n",
        "env = { \"A B\" = \"hunter2\" }\n",
        "env = { A = \"hunter2\\u0000\" }\n",
        "custom_base_build_args = { A = [\"hunter2\"] }\n",
        "custom_base_build_args = { \"A=B\" = \"hunter2\" }\n",
        "opencode_registry = \"http://me:hunter2@127.0.0.1:9/\"\n",
        "opencode_registry = \"ftp://me:hunter2@127.0.0.1/\"\n",
    ] {
        let scene = Scene::new();
        scene.set_global(&format!("custom_base_image = \"team\"\n{text}"));
        let output = scene
            .sandbox
            .ocx(["build"])
            .env_remove("OCX_OPENCODE_REGISTRY")
            .run();
        assert_silent(&output);
        assert_eq!(output.code(), Some(78), "{text:?}: {output}");
        output.done();
    }
}
