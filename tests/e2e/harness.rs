//! The harness keeps its promises on real engines.

use std::{fs, io::Read, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{
    account::owner,
    bases, cache,
    engine::Docker,
    pty::key,
    registry,
    sandbox::Sandbox,
    stub_model::{CLOSING, DEFAULT_CONTENT, StubModel, project_config},
};

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

#[test]
fn docker_runs_opencode_on_a_base_of_the_harness() {
    let Some(docker) = Docker::get() else { return };
    let model = StubModel::start();
    let mut sandbox = Sandbox::new();
    sandbox.use_docker(&docker);
    sandbox.write("opencode.json", project_config(&model.base_url()));
    let program = put_opencode(&sandbox);
    let base = bases::debian(&docker);
    let project = sandbox.project();
    let bind = format!("type=bind,source={project},target={project}");
    let user = format!("--user={}:{}", sandbox.account().uid, sandbox.account().gid);
    sandbox
        .command(
            "docker",
            [
                "run",
                "--rm",
                "--network=host",
                "--mount",
                &bind,
                &user,
                "--env=HOME=/tmp",
                "--workdir",
                project.as_str(),
                &base,
                program.as_str(),
                "run",
                "write hello.txt",
            ],
        )
        .run()
        .success()
        .done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    assert_eq!(owner(&project.join("hello.txt")), *sandbox.account());
}

#[test]
fn the_bases_are_what_they_say() {
    let Some(docker) = Docker::get() else { return };
    let env = |name: &str| docker.image(name).unwrap()["Config"]["Env"].clone();
    assert_eq!(env(&bases::without_path(&docker)), serde_json::Value::Null);
    assert_eq!(
        env(&bases::with_own_path(&docker)),
        serde_json::json!(["PATH=/opt/team/bin:/usr/bin:/bin"])
    );
    let run = |image: &str, command: &[&str]| {
        let mut args = vec!["run", "--rm", "--pull=never", image];
        args.extend(command);
        docker.cli().require(&args)
    };
    assert_eq!(run(&bases::with_user(&docker), &["id", "-u"]), "1000");
    assert_eq!(
        run(&bases::with_entrypoint(&docker), &[]),
        "entrypoint: default"
    );
    let bare = bases::glibc_only(&docker);
    let shell = docker
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

#[test]
fn what_a_sandbox_makes_in_the_engine_goes_with_it() {
    let Some(docker) = Docker::get() else { return };
    let foreign = docker.cli().lines(&["image", "ls", "--quiet"]);
    let base = bases::debian(&docker);
    let mut sandbox = Sandbox::new();
    sandbox.use_docker(&docker);
    let name = sandbox.name().to_owned();
    let image = format!("ocx-{name}-base:1.2.3");
    bases::build(&docker, &image, &format!("FROM {base}\nRUN touch /x\n"));
    let label = format!("ocx.project={}", sandbox.project());
    let container = docker.cli().require(&[
        "run",
        "--detach",
        "--pull=never",
        "--label",
        &label,
        &base,
        "sleep",
        "600",
    ]);
    assert_eq!(docker.exec(&container, &["echo", "up"]), "up");
    assert_eq!(docker.running(&label).len(), 1);
    let volume = format!("ocx-home-{name}");
    docker.cli().require(&["volume", "create", &volume]);
    assert_eq!(docker.images_mentioning(&name), [image.as_str()]);
    let bind = format!("type=bind,source={},target=/p", sandbox.project());
    docker.cli().require(&[
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
    assert!(docker.image(&image).is_none());
    assert!(docker.running(&label).is_empty());
    assert!(docker.cli().inspect("volume", &[&volume]).is_empty());
    assert!(!root.exists());
    assert!(docker.image(&base).is_some(), "the run's own base stays");
    let left = docker.cli().lines(&["image", "ls", "--quiet"]);
    assert!(foreign.iter().all(|id| left.contains(id)));
}
