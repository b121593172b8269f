//! The harness keeps its promises on real engines.

use std::{fs, io::Read, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{
    account::owner,
    bases, cache,
    engine::Engine,
    on_each_engine,
    pty::key,
    registry,
    sandbox::Sandbox,
    stub_model::{CLOSING, DEFAULT_CONTENT, Options, StubModel, project_config},
};

on_each_engine!(
    an_engine_runs_opencode_on_a_base_of_the_harness,
    the_bases_are_what_they_say,
    what_a_sandbox_makes_in_the_engine_goes_with_it,
);

const PACKAGE: &str = if cfg!(target_arch = "aarch64") {
    "opencode-linux-arm64"
} else {
    "opencode-linux-x64"
};

/// The real opencode, unpacked once.
fn opencode() -> Utf8PathBuf {
    let metadata = registry::fetch(&format!("/{PACKAGE}/latest")).unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).unwrap();
    let version = metadata["version"].as_str().unwrap();
    let binary = cache::directory("opencode").join(format!("{PACKAGE}-{version}"));
    cache::file(&binary, |unfinished: &Utf8Path| {
        let tarball = registry::fetch(&format!("/{PACKAGE}/-/{PACKAGE}-{version}.tgz"))?;
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tarball.as_slice()));
        let mut content = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            if entry.path().unwrap().ends_with("bin/opencode") {
                entry.read_to_end(&mut content).unwrap();
            }
        }
        assert!(!content.is_empty(), "no opencode in {PACKAGE} {version}");
        fs::write(unfinished, content).unwrap();
        fs::set_permissions(
            unfinished,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        Ok::<_, String>(())
    })
    .unwrap();
    binary
}

fn put_opencode(sandbox: &Sandbox) -> Utf8PathBuf {
    let path = sandbox.project().join("opencode");
    fs::copy(opencode(), &path).unwrap();
    path
}

#[test]
fn the_stub_model_makes_opencode_write_a_file() {
    let model = StubModel::start();
    let sandbox = Sandbox::new();
    sandbox.write("opencode.json", project_config(&model.base_url()));
    let program = put_opencode(&sandbox);
    sandbox
        .command(program.as_str(), ["run", "write hello.txt"])
        .run()
        .success()
        .prints(CLOSING)
        .done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    assert_eq!(
        owner(&sandbox.project().join("hello.txt")),
        *sandbox.account()
    );
    assert!(!model.requests().is_empty());

    sandbox
        .command(program.as_str(), ["run", "run: echo 6 times 7 > answer"])
        .run()
        .success()
        .done();
    assert_eq!(sandbox.read("answer"), "6 times 7\n");
}

#[test]
fn the_terminal_draws_opencode_and_is_restored() {
    let model = StubModel::start();
    let sandbox = Sandbox::new();
    sandbox.write("opencode.json", project_config(&model.base_url()));
    let program = put_opencode(&sandbox);
    let mut terminal = sandbox.command(program.as_str(), []).in_terminal();
    terminal.wait_for("Ask anything", Duration::from_secs(60));
    assert!(terminal.is_full_screen());
    terminal.resize(24, 80);
    terminal.wait_until(
        "a screen of 80 columns",
        Duration::from_secs(10),
        |screen| {
            screen.contains("Ask anything") && screen.lines().all(|line| line.chars().count() <= 80)
        },
    );
    terminal.send(key::CTRL_C);
    terminal.wait(Duration::from_secs(20));
    terminal.assert_restored();
}

fn an_engine_runs_opencode_on_a_base_of_the_harness(engine: &Engine) {
    let Some(network) = engine.host_network() else {
        return;
    };
    let model = StubModel::with(Options {
        network,
        ..Options::default()
    });
    let mut sandbox = Sandbox::new();
    sandbox.use_engine(engine);
    sandbox.write("opencode.json", project_config(&model.base_url()));
    let program = put_opencode(&sandbox);
    let base = bases::debian(engine);
    let project = sandbox.project();
    let bind = format!("type=bind,source={project},target={project}");
    let identity = engine.identity_flags(sandbox.account());
    let args = ["run", "--rm", "--network=host", "--mount", &bind]
        .into_iter()
        .chain(identity.iter().map(String::as_str))
        .chain(["--env=HOME=/tmp", "--workdir", project.as_str(), &base])
        .chain([program.as_str(), "run", "write hello.txt"]);
    sandbox
        .command(engine.kind().program(), args)
        .run()
        .success()
        .done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    assert_eq!(owner(&project.join("hello.txt")), *sandbox.account());
}

fn the_bases_are_what_they_say(engine: &Engine) {
    let env = |name: &str| engine.image(name).unwrap()["Config"]["Env"].clone();
    assert_eq!(env(&bases::without_path(engine)), serde_json::Value::Null);
    assert_eq!(
        env(&bases::with_own_path(engine)),
        serde_json::json!(["PATH=/opt/team/bin:/usr/bin:/bin"])
    );
    let run = |image: &str, command: &[&str]| {
        let mut args = vec!["run", "--rm", "--pull=never", image];
        args.extend(command);
        engine.cli().require(&args)
    };
    let user = engine.output_in(&bases::with_user(engine), &[], &["id", "-u"]);
    assert_eq!(user, "1000");
    assert_eq!(
        run(&bases::with_entrypoint(engine), &[]),
        "entrypoint: default"
    );
    let bare = bases::glibc_only(engine);
    let shell = engine
        .cli()
        .ask(&["run", "--rm", "--pull=never", &bare, "sh"]);
    assert_eq!(shell.status.code(), Some(127));
    let loader = if cfg!(target_arch = "aarch64") {
        "/lib/ld-linux-aarch64.so.1"
    } else {
        "/lib64/ld-linux-x86-64.so.2"
    };
    assert!(run(&bare, &[loader, "--help"]).contains("ld"));
}

/// The IDs of the images that are no test's. Other tests make and remove theirs meanwhile.
fn foreign_images(engine: &Engine) -> Vec<String> {
    let is_foreign = |image: &serde_json::Value| {
        let (tags, labels) = (&image["RepoTags"], &image["Config"]["Labels"]);
        let tags: Vec<&str> = tags
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
            .collect();
        let text = format!("{tags:?} {labels}");
        !tags.is_empty() && !text.contains("ocxt-") && !text.contains("\"ocx.")
    };
    engine
        .images()
        .iter()
        .filter(|image| is_foreign(image))
        .map(|image| image["Id"].as_str().expect("images have IDs").to_owned())
        .collect()
}

fn what_a_sandbox_makes_in_the_engine_goes_with_it(engine: &Engine) {
    let foreign = foreign_images(engine);
    let base = bases::debian(engine);
    let mut sandbox = Sandbox::new();
    sandbox.use_engine(engine);
    let name = sandbox.name().to_owned();
    let image = format!("ocx-{name}-base:1.2.3");
    bases::build(engine, &image, &format!("FROM {base}\nRUN touch /x\n"));
    let label = format!("ocx.project={}", sandbox.project());
    let container = engine.cli().require(&[
        "run",
        "--detach",
        "--pull=never",
        "--label",
        &label,
        &base,
        "sleep",
        "600",
    ]);
    assert_eq!(engine.exec(&container, &["echo", "up"]), "up");
    assert_eq!(engine.running(&label).len(), 1);
    let volume = format!("ocx-home-{name}");
    engine.cli().require(&["volume", "create", &volume]);
    assert_eq!(engine.images_mentioning(&name), [image.as_str()]);
    let bind = format!("type=bind,source={},target=/p", sandbox.project());
    engine.cli().require(&[
        "run",
        "--rm",
        "--pull=never",
        "--mount",
        &bind,
        &base,
        "touch",
        "/p/of-root",
    ]);

    let root = sandbox.root().to_owned();
    drop(sandbox);
    assert!(engine.image(&image).is_none());
    assert!(engine.running(&label).is_empty());
    assert!(engine.cli().inspect("volume", &[&volume]).is_empty());
    assert!(!root.exists());
    assert!(engine.image(&base).is_some(), "the run's own base stays");
    let left = foreign_images(engine);
    assert!(foreign.iter().all(|id| left.contains(id)));
}
