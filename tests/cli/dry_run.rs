//! `--dry-run` prints what would be done, and does none of it.

use ocx_tests::{fake_engine::Call, output::Output};

use crate::scene::{Scene, assert_secret};

fn dry(scene: &Scene, args: &[&str]) -> Output {
    let line = ["--dry-run"].into_iter().chain(args.iter().copied());
    scene.sandbox.ocx(line).run().success()
}

/// The build context and generated files are named by their content.
fn contents_hidden(text: &str) -> String {
    let mut text = text.to_owned();
    for (directory, digits) in [("/contexts/", 16), ("/ocx/files/", 32), ("/projects/", 12)] {
        while let Some(start) = text.find(directory) {
            let name = start + directory.len();
            let end = text[name..]
                .char_indices()
                .find(|(_, character)| matches!(character, '/' | ' ' | '\n' | ','))
                .map_or(text.len(), |(position, _)| name + position);
            let shown = format!("/[{} {digits}]", directory.trim_matches('/'));
            text.replace_range(start..end, &shown);
        }
    }
    text
}

#[test]
fn a_build() {
    let scene = Scene::new();
    let output = dry(&scene, &["build"]);
    // What a trial is run with depends on the host; it is a session's, and tested there.
    let shown: Vec<String> = contents_hidden(&output.snapshot())
        .lines()
        .map(
            |line| match line.strip_prefix("docker run --rm --name ocx-trial-") {
                Some(trial) => format!(
                    "docker run [FLAGS] {}",
                    &trial[trial.rfind("ocx-tmp").unwrap()..]
                ),
                None => line.to_owned(),
            },
        )
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    $ ocx --dry-run build
    [exit code 0]
    --- stdout
    docker tag [IMAGE ID] ocx-tmp---[HASH]:base
    docker build --tag ocx-tmp---[HASH]:candidate --file [CACHE]/ocx/[contexts 16]/Dockerfile --force-rm [CACHE]/ocx/[contexts 16]
    docker run [FLAGS] ocx-tmp---[HASH]:candidate /ocx/bin/opencode '--env-file=/dev/null' '--config=/dev/null' /ocx/etc/search-path.js opencode --version
    docker tag ocx-tmp---[HASH]:candidate ocx-team:[LOCAL VERSION]
    docker rmi ocx-tmp---[HASH]:candidate
    docker rmi ocx-tmp---[HASH]:base
    --- stderr
    ocx: looking into team
    ocx: building ocx-team:[LOCAL VERSION]: there is no such image yet
    warning: opencode's search needs `rg` in the base, since ripgrep could not be added: could not reach [URL]/@vscode/ripgrep-linux-x64/-/ripgrep-linux-x64-[VERSION].tgz
    ocx: trying opencode [LOCAL VERSION] out in the new image
    ");
    scene.assert_nothing_changed();
}

#[test]
fn a_build_of_a_dockerfiles_base() {
    let scene = Scene::with_dockerfile();
    let output = dry(&scene, &["build"]);
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx --dry-run build
    [exit code 0]
    --- stdout
    docker build --tag ocx-base-project-docker---[HASH] --file [PROJECT]/docker/Dockerfile --label 'ocx.base.args-sha256=[ID]' --label 'ocx.base.dockerfile=[PROJECT]/docker/Dockerfile' --label 'ocx.base.dockerfile-sha256=[ID]' --label 'ocx.base.reference=ocx-base-project-docker---[HASH]' --label 'ocx.base.target=' --force-rm [PROJECT]/docker
    --- stderr
    ocx: building base image ocx-base-project-docker---[HASH]: there is no such image yet
    ocx: what comes after that depends on a base image that is not there yet
    ");
    scene.assert_nothing_changed();
    dry(&scene, &["opencode", "run"])
        .says("depends on a base image")
        .done();
    scene.assert_nothing_changed();
}

#[test]
fn a_build_with_nothing_to_do() {
    let scene = Scene::new();
    scene.warm_up();
    let output = dry(&scene, &["build"]);
    assert_eq!(output.stdout(), "");
    scene.assert_nothing_changed();
}

#[test]
fn a_first_session() {
    let scene = Scene::new();
    let output = dry(&scene, &["opencode", "run", "it's here"]);
    let last = output.stdout().lines().last().unwrap();
    assert!(
        last.starts_with("docker run --rm --name ocx-project-"),
        "{last}"
    );
    assert!(last.ends_with(r"opencode run 'it'\''s here'"), "{last}");
    output
        .prints("docker volume create")
        .prints("docker build --tag")
        .done();
    scene.assert_nothing_changed();
    assert!(scene.docker.calls_of(&["run"]).is_empty());
}

#[test]
fn a_key_stays_a_name() {
    let scene = Scene::new();
    scene
        .sandbox
        .write(scene.sandbox.root().join("vars"), "FROM_FILE=hunter2\n");
    scene.set_global(&format!(
        "custom_base_image = \"team\"\nenv_passthrough = [\"MINE\"]\nenv_file = [\"{}\"]\n",
        scene.sandbox.root().join("vars")
    ));
    for args in [&["--dry-run", "o", "run"][..], &["--verbose", "o", "run"]] {
        let output = scene
            .sandbox
            .ocx(args.iter().copied())
            .env("ANTHROPIC_API_KEY", "hunter2")
            .env("MINE", "hunter2")
            .env("HTTPS_PROXY", "http://me:hunter2@proxy:3128")
            .run()
            .success();
        assert_secret(&output, "hunter2");
        let all = format!("{}{}", output.stdout(), output.stderr());
        for name in ["ANTHROPIC_API_KEY", "MINE", "HTTPS_PROXY", "FROM_FILE"] {
            assert!(all.contains(&format!("--env {name} ")), "{name}: {all}");
        }
    }
}

/// A session has a name of its own, in its container's name, in a label and in its files.
fn without_session(call: &Call) -> Vec<String> {
    let label = call
        .values("--label")
        .into_iter()
        .find_map(|label| label.strip_prefix("ocx.session="))
        .expect("sessions are labelled");
    // Which variables have their values in a file is told by the container's own.
    let is_hidden = |pair: &[String]| {
        let [option, value] = pair else { return false };
        option == "--env-file" || (option == "--env" && !value.contains('='))
    };
    let mut args = call.args.clone();
    while let Some(place) = args.windows(2).position(is_hidden) {
        args.drain(place..place + 2);
    }
    args.iter()
        .map(|arg| arg.replace(label, "[SESSION]"))
        // What covers hidden files is a session's own, and everybody's in what is printed.
        .map(|arg| match arg.split_once("/files/empty-file,") {
            Some((_, target)) => format!("[EMPTY],{target}"),
            None => arg,
        })
        .collect()
}

#[test]
fn what_is_printed_is_what_would_run() {
    let scene = Scene::new();
    scene.sandbox.write(".env", "A=1\n");
    scene.set_global(
        "custom_base_image = \"team\"\nforbidden_paths = [\".env\"]\nmemory = \"2g\"\n[env]\nODD = \"it's $HOME `id` \\\\ \\\"x\\\"\"\n",
    );
    scene.warm_up();
    let args = [
        "opencode",
        "run",
        "it's \"odd\" $HOME `id` *",
        "",
        "two\nlines",
    ];
    let real = scene.session(&args);

    let output = dry(&scene, &args);
    let line = output.stdout().to_owned();
    scene.docker.forget_calls();
    scene
        .sandbox
        .command("bash", ["-c", &line])
        .env("ODD", ODD)
        .run()
        .success()
        .done();
    let pasted = scene.session_call();
    assert_eq!(without_session(&pasted), without_session(&real));
    // Values are not shown; the shell has them.
    assert!(!line.contains("$HOME `id` \\"), "{line}");
    assert_eq!(real.variables["ODD"], ODD);
    assert_eq!(pasted.variables, real.variables);
}

const ODD: &str = r#"it's $HOME `id` \ "x""#;

#[test]
fn what_is_printed_for_a_build_can_be_run() {
    let scene = Scene::new();
    let output = dry(&scene, &["build"]);
    let script = format!("set -e\n{}", output.stdout());
    scene
        .sandbox
        .command("sh", ["-c", &script])
        .run()
        .success()
        .done();
    let images = scene.docker.images();
    assert_eq!(images.len(), 2, "{images:?}");
    scene
        .sandbox
        .ocx(["build"])
        .run()
        .success()
        .says("is up to date")
        .done();
}

#[test]
fn that_there_is_nothing_to_do_is_said() {
    let scene = Scene::new();
    let output = dry(&scene, &["stop"]);
    output.says("no session of this project is running").done();
    let output = dry(&scene, &["prune"]);
    output.prints("there is nothing that nobody needs").done();
}
