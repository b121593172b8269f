//! What `ocx init --yes` says of projects as the generators of their ecosystems make them. In
//! `tests/e2e/projects.rs` sessions work on them.

use ocx_tests::{example, output::Output, sandbox::Sandbox};

/// `ocx init --yes` in a fresh copy of a project, without what it says in each.
fn said(name: &str) -> String {
    let (_sandbox, output) = begun(name);
    let said = output.stderr().lines();
    let said = said.filter(|line| !line.starts_with("ocx: wrote ") && !line.contains(": next: "));
    said.map(|line| format!("{}\n", line.trim_start_matches("ocx: ")))
        .collect()
}

fn begun(name: &str) -> (Sandbox, Output) {
    let sandbox = Sandbox::new();
    example::copy_into(&sandbox, name, &[]);
    let output = sandbox.ocx(["init", "--yes"]).run().success();
    (sandbox, output)
}

#[test]
fn rails_with_a_devcontainer() {
    insta::assert_snapshot!(said("rails"), @r"
    the base is project-tools, built from .devcontainer/Dockerfile (.devcontainer/devcontainer.json)
    set: custom_base_context: .
    set: env: CAPYBARA_SERVER_PORT, KAMAL_REGISTRY_PASSWORD, SELENIUM_HOST
    left out: ports 3000: they would be open on your host; for that, remove the `#` in ocx.toml
    left out: command: a session runs opencode, or what you type
    left out: volumes: what a session reaches of the host is up to your settings
    left out: services selenium: ocx starts no other containers; where Compose runs them, the name of its network as `network` lets sessions reach them
    left out: features: ocx installs none; what they bring belongs into the Dockerfile of the base
    left out: postCreateCommand: ocx runs no command by itself; what it installs belongs into the Dockerfile of the base
    left out: workspaceFolder: in a session the project lies where it lies on the host
    for a Dockerfile with lines for features and lifecycle commands, remove ocx.toml, then `ocx init --extend`
    to follow .devcontainer/devcontainer.json on each run instead, put `custom_base_devcontainer = true` in the place of the base in ocx.toml
    ");
}

#[test]
fn django_with_compose() {
    insta::assert_snapshot!(said("django"), @r"
    the base is project-tools, built from Dockerfile (Dockerfile)
    left out: command of compose.yaml: a session runs opencode, or what you type
    left out: volumes of compose.yaml: what a session reaches of the host is up to your settings
    left out: environment of compose.yaml: put what the agent needs into `env`
    left out: ports of compose.yaml: put what you want on the host into `ports`
    left out: services db of compose.yaml: ocx starts no other containers; where Compose runs them, the name of its network as `network` lets sessions reach them
    ");
}

#[test]
fn next() {
    insta::assert_snapshot!(said("nextjs"), @"the base is project-tools, built from docker/Dockerfile, the template node (package.json)");
}

#[test]
fn a_cargo_workspace() {
    insta::assert_snapshot!(said("cargo"), @"the base is project-tools, built from docker/Dockerfile, the template rust (Cargo.toml)");
}

#[test]
fn a_go_module() {
    insta::assert_snapshot!(said("go"), @"the base is project-tools, built from docker/Dockerfile, the template go, on golang:1.19 (go.mod)");
}

#[test]
fn a_python_package_with_uv() {
    insta::assert_snapshot!(said("uv"), @r"
    the base is project-tools, built from docker/Dockerfile, the template python, on python:3.11-slim (.python-version)
    docker/Dockerfile installs uv as well (uv.lock)
    ");
    let (sandbox, _) = begun("uv");
    let dockerfile = sandbox.read("docker/Dockerfile");
    assert!(
        dockerfile.ends_with("\n# For uv.lock.\nRUN pip install --no-cache-dir uv\n"),
        "{dockerfile}"
    );
}

#[test]
fn a_gradle_build() {
    insta::assert_snapshot!(said("gradle"), @"the base is project-tools, built from docker/Dockerfile, the template java (build.gradle)");
}

#[test]
fn a_symfony_application() {
    insta::assert_snapshot!(said("symfony"), @r"
    compose.yaml is not used: it builds no service; database: ocx starts no other containers; where Compose runs them, the name of its network as `network` lets sessions reach them
    the base is project-tools, built from docker/Dockerfile, the template php (composer.json)
    ");
}

#[test]
fn an_elixir_application() {
    insta::assert_snapshot!(said("elixir"), @"the base is project-tools, built from docker/Dockerfile, the template elixir (mix.exs)");
}

#[test]
fn a_monorepo_with_several_dockerfiles() {
    insta::assert_snapshot!(said("monorepo"), @r"
    the base is project-tools, built from api/Dockerfile (compose.yaml)
    set: custom_base_target: development
    set: custom_base_context: .
    left out: environment: put what the agent needs into `env`
    left out: ports: put what you want on the host into `ports`
    left out: services db, web, worker: ocx starts no other containers; where Compose runs them, the name of its network as `network` lets sessions reach them
    compose.yaml builds from web/Dockerfile, worker/Dockerfile, too; for another one, remove ocx.toml, then `ocx init --dockerfile PATH`
    ");
    let (sandbox, _) = begun("monorepo");
    let settings = sandbox.read("ocx.toml");
    for line in [
        "custom_base_target = \"development\"",
        "custom_base_context = \".\"",
    ] {
        assert!(settings.lines().any(|found| found == line), "{settings}");
    }
}
