//! Values of build arguments are nobody else's business.

use ocx_tests::fake_engine::{Call, Rule};

use crate::scene::{Scene, assert_secret};

fn with_arguments(arguments: &str) -> Scene {
    let scene = Scene::with_dockerfile();
    scene.sandbox.write(
        "ocx.toml",
        format!(
            "custom_base_dockerfile = \"docker/Dockerfile\"\ncustom_base_build_args = {{ {arguments} }}\n"
        ),
    );
    scene
}

/// The build of the base.
fn base_build(scene: &Scene) -> Call {
    let builds = scene.docker.calls_of(&["build"]);
    let of_base = |call: &&Call| call.values("--tag")[0].starts_with("ocx-base-");
    builds.iter().find(of_base).expect("it was built").clone()
}

#[test]
fn they_reach_the_engine_through_its_environment_and_are_never_shown() {
    let mut scene = with_arguments("TOKEN = \"hunter2\", VERSION = \"3 or 4\"");
    for flag in ["--dry-run", "--verbose"] {
        let output = scene.sandbox.ocx([flag, "build"]).run().success();
        assert_secret(&output, "hunter2");
        output.done();
    }
    let build = base_build(&scene);
    assert_eq!(build.values("--build-arg"), ["TOKEN", "VERSION"]);
    assert_eq!(build.env["TOKEN"], "hunter2");
    assert_eq!(build.env["VERSION"], "3 or 4");
    for call in scene.docker.calls() {
        assert!(!call.line().contains("hunter2"), "{}", call.line());
    }
    // Another value is another base.
    scene.sandbox.write(
        "ocx.toml",
        "custom_base_image = \"team\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n\
         custom_base_build_args = { TOKEN = \"hunter2\" }\n",
    );
    let rule = Rule::on(&["build"]).stderr("no\n").exit(1);
    scene.docker.rule(rule);
    let output = scene.sandbox.ocx(["build"]).run().exits(76);
    assert_secret(&output, "hunter2");
    output.done();
    let output = scene.sandbox.ocx(["build", "--verbose"]).run().exits(76);
    assert_secret(&output, "hunter2");
    output.says("--build-arg TOKEN").done();
}

/// What the engine's own command would obey does not get into its environment.
#[test]
fn none_steers_the_engines_own_command() {
    let scene = with_arguments(
        "LD_PRELOAD = \"/project/evil.so\", DOCKER_HOST = \"tcp://evil:1\", http_proxy = \"http://inside:1\"",
    );
    scene.sandbox.ocx(["build"]).run().success().done();
    let build = base_build(&scene);
    assert_eq!(
        build.values("--build-arg"),
        [
            "DOCKER_HOST=tcp://evil:1",
            "LD_PRELOAD=/project/evil.so",
            "http_proxy=http://inside:1"
        ]
    );
    assert!(!build.env.contains_key("LD_PRELOAD") && !build.env.contains_key("http_proxy"));
    assert_ne!(build.env["DOCKER_HOST"], "tcp://evil:1");
}

#[test]
fn what_was_for_one_build_only_is_told_with_the_line_that_keeps_it() {
    let scene = with_arguments("TOKEN = \"hunter2\"");
    let arguments = "custom_base_build_args={ TOKEN = \"hunter3\" }";
    let build = [
        "build",
        "--set",
        "custom_base_target=dev",
        "--set",
        arguments,
    ];
    let output = scene.sandbox.ocx(build).run().success();
    assert_secret(&output, "hunter");
    output
        .says("warning: `--set custom_base_target` was for this build")
        .says("`ocx config set --project custom_base_target dev` keeps it")
        .says("`ocx config set --project custom_base_build_args VALUE` keeps it")
        .done();
    // Kept, or about something else, there is nothing to tell.
    let settings = scene.sandbox.read("ocx.toml");
    scene.sandbox.write(
        "ocx.toml",
        format!("{settings}custom_base_target = \"dev\"\n"),
    );
    let build = ["build", "--set", "memory=4g"];
    let output = scene.sandbox.ocx(build).run().success();
    output.never_says("was for this build").done();
}
