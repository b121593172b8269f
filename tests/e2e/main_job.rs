//! The agent changes a file of the project, and it belongs to the user.

use ocx_tests::{
    account::owner,
    bases,
    engine::Engine,
    on_each_engine, on_engines,
    sandbox::Sandbox,
    stub_model::{CLOSING, DEFAULT_CONTENT, Options, StubModel},
};

use crate::session_setup::Project;

on_each_engine!(an_ordinary_users_file, on_the_default_bridge);
on_engines!(
    [docker],
    because "root's Podman starts no container on every machine, and rootless engines are not root's",
    roots_file
);

fn a_custom_base_by_dockerfile(engine: &Engine, sandbox: Sandbox) {
    let base = bases::debian(engine);
    let name = format!("{}-team-tools", sandbox.name());
    sandbox.write(
        "ocx.toml",
        format!("custom_base_image = \"{name}\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n"),
    );
    sandbox.write(
        "docker/Dockerfile",
        format!("FROM {base}\nRUN ln -s /bin/uname /usr/local/bin/team-tool\n"),
    );
    let project = Project::bare(sandbox, engine);
    let sandbox = &project.sandbox;
    let Some(model) = project.start_model() else {
        return;
    };

    sandbox.ocx(["build"]).run().success().done();
    let result = format!(
        "ocx-{name}:{}",
        sandbox.environment()["OCX_OPENCODE_VERSION"]
    );
    assert!(project.engine.image(&result).is_some(), "no {result}");

    sandbox
        .ocx(["opencode", "run", "write hello.txt"])
        .run()
        .success()
        .prints(CLOSING)
        .done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    let hello = sandbox.project().join("hello.txt");
    assert_eq!(owner(&hello), *sandbox.account());
    sandbox
        .ocx(["logs", "--engine"])
        .run()
        .success()
        .prints("the program begins")
        .prints(" ms\n")
        .prints("ended with 0\n")
        .done();

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
    let requests = model.requests();
    assert!(requests.len() >= 4);
    // The agent knows where it is.
    let told = |request: &serde_json::Value| request.to_string().contains("# Where you are");
    assert!(requests.iter().any(told), "{requests:?}");
    project.assert_no_containers();
}

fn an_ordinary_users_file(engine: &Engine) {
    a_custom_base_by_dockerfile(engine, Sandbox::new());
}

fn roots_file(engine: &Engine) {
    if let Some(sandbox) = Sandbox::of_root() {
        a_custom_base_by_dockerfile(engine, sandbox);
    }
}

fn on_the_default_bridge(engine: &Engine) {
    let mut project = Project::new(engine);
    let Some(network) = engine.host_network() else {
        return;
    };
    let options = Options {
        network,
        ..Options::default()
    };
    // The address under which containers see this machine is not always one of its own: pasta maps it.
    let model = StubModel::listen("0.0.0.0:0", options).expect("a free port");
    let url = model.base_url().replace("0.0.0.0", engine.host_alias());
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
