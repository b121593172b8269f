//! The agent changes a file of the project, and it belongs to the user.

use ocx_tests::{
    account::owner,
    bases,
    engine::Docker,
    sandbox::Sandbox,
    stub_model::{CLOSING, DEFAULT_CONTENT, Options, StubModel},
};

use crate::session_setup::Project;

fn a_custom_base_by_dockerfile(sandbox: Sandbox) {
    let Some(docker) = Docker::get() else { return };
    let base = bases::debian(&docker);
    let name = format!("{}-team-tools", sandbox.name());
    sandbox.write(
        "ocx.toml",
        format!("custom_base_image = \"{name}\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n"),
    );
    sandbox.write(
        "docker/Dockerfile",
        format!("FROM {base}\nRUN ln -s /bin/uname /usr/local/bin/team-tool\n"),
    );
    let project = Project::bare(sandbox, docker);
    let sandbox = &project.sandbox;
    let model = project.start_model();

    sandbox.ocx(["build"]).run().success().done();
    let result = format!(
        "ocx-{name}:{}",
        sandbox.environment()["OCX_OPENCODE_VERSION"]
    );
    assert!(project.docker.image(&result).is_some(), "no {result}");

    sandbox
        .ocx(["opencode", "run", "write hello.txt"])
        .run()
        .success()
        .prints(CLOSING)
        .done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    let hello = sandbox.project().join("hello.txt");
    assert_eq!(owner(&hello), *sandbox.account());

    let command = "run: mkdir -p a/b && team-tool > a/b/c";
    sandbox
        .ocx(["opencode", "run", command])
        .run()
        .success()
        .done();
    assert_eq!(sandbox.read("a/b/c"), "Linux\n");
    for path in ["a", "a/b", "a/b/c"] {
        let path = sandbox.project().join(path);
        assert_eq!(owner(&path), *sandbox.account(), "{path}");
    }
    assert!(model.requests().len() >= 4);
    project.assert_no_containers();
}

#[test]
fn an_ordinary_users_file() {
    a_custom_base_by_dockerfile(Sandbox::new());
}

#[test]
fn roots_file() {
    if let Some(sandbox) = Sandbox::of_root() {
        a_custom_base_by_dockerfile(sandbox);
    }
}

#[test]
fn on_the_default_bridge() {
    let Some(mut project) = Project::new() else {
        return;
    };
    let base = bases::debian(&project.docker);
    let found = project.docker.cli().require(&[
        "run",
        "--rm",
        "--pull=never",
        "--add-host=gateway:host-gateway",
        &base,
        "getent",
        "hosts",
        "gateway",
    ]);
    let gateway = found.split_whitespace().next().expect("an address");
    let model = StubModel::listen(&format!("{gateway}:0"), Options::default())
        .expect("the bridge's gateway is this machine");
    let url = model.base_url().replace(gateway, "host.docker.internal");
    project.use_model(&url);
    project
        .sandbox
        .set_env("OCX_ADD_HOST_DOCKER_INTERNAL", "true");
    project.sandbox.set_env("OCX_NETWORK", "default");
    project
        .opencode(&["run", "write hello.txt"])
        .run()
        .success()
        .done();
    assert_eq!(project.sandbox.read("hello.txt"), DEFAULT_CONTENT);
    assert!(!model.requests().is_empty());
}
