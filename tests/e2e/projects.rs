//! Small projects as the generators of their ecosystems make them, from `ocx init --yes` to a commit.
//!
//! No registry can be counted on, so Debian's packages stand in for the images of the projects and of
//! ocx's templates. What `ocx init` says of each is in `tests/cli/projects.rs`.

use std::time::Duration;

use camino::Utf8Path;
use ocx_tests::{
    account::owner,
    bases,
    engine::Engine,
    example, on_engines,
    output::Output,
    sandbox::Sandbox,
    stub_model::{CLOSING, DEFAULT_CONTENT},
};

use crate::{
    session_setup::Project,
    templates::{PATIENCE, stand_in},
};

/// A project and its own test.
struct Example {
    /// Its directory in `tests/projects`.
    name: &'static str,
    /// What stands in for the image that it builds on.
    base: fn(&Engine) -> String,
    /// That image, where a Dockerfile of the project's own names it; templates take another as an
    /// argument.
    image: Option<&'static str>,
    /// Its test, as a shell script.
    test: &'static str,
    /// What that prints, among others.
    passed: &'static str,
}

/// Makes a test of each project.
macro_rules! projects {
    ($($test:ident: $example:expr;)+) => {
        $(
            fn $test(engine: &Engine) {
                check(engine, &$example);
            }

            on_engines!(
                [docker, podman_of_releases],
                because "projects are the same on each engine and take their time",
                $test
            );
        )+
    };
}

projects! {
    a_rails_application_with_a_devcontainer: Example {
        name: "rails",
        base: |engine| stand_in(
            engine,
            "rails-application",
            "bundler puma ruby ruby-rails ruby-sqlite3",
        ),
        image: Some("ghcr.io/rails/devcontainer/images/ruby:$RUBY_VERSION"),
        test: "bin/rails test",
        passed: "1 runs, 1 assertions, 0 failures",
    };
    a_django_site_with_compose: Example {
        name: "django",
        base: |engine| stand_in(
            engine,
            "django",
            "python-is-python3 python3-django python3-pip python3-psycopg2",
        ),
        image: Some("python:3"),
        test: "python manage.py test 2>&1",
        passed: "Ran 1 test",
    };
    a_next_application: Example {
        name: "nextjs",
        base: |engine| stand_in(engine, "node", "nodejs npm"),
        image: None,
        test: "npm ci && NEXT_TELEMETRY_DISABLED=1 npm run build",
        passed: "Compiled successfully",
    };
    a_cargo_workspace: Example {
        name: "cargo",
        base: |engine| stand_in(engine, "rust", "cargo rustc"),
        image: None,
        test: "cargo test --workspace --locked && cargo run --quiet",
        passed: "Hello, world!",
    };
    a_go_module: Example {
        name: "go",
        base: |engine| stand_in(engine, "go", "golang-go"),
        image: None,
        test: "go test ./... && go run ./cmd/greet",
        passed: "Hello, world!",
    };
    a_python_package_with_uv: Example {
        name: "uv",
        base: |engine| stand_in(engine, "python", "python3 python3-pip python3-venv"),
        image: None,
        test: "uv run --locked pytest",
        passed: "1 passed",
    };
    a_gradle_build: Example {
        name: "gradle",
        base: |engine| stand_in(engine, "java", "gradle junit4 openjdk-17-jdk-headless"),
        image: None,
        // On cgroup v1, rootless Podman 4 shows a container groups that Java 17 cannot read
        // (`CgroupUtil.readStringValue` fails with a `NullPointerException`).
        test: "JAVA_TOOL_OPTIONS=-XX:-UseContainerSupport gradle --offline --console=plain test",
        passed: "BUILD SUCCESSFUL",
    };
    a_symfony_application: Example {
        name: "symfony",
        base: |engine| stand_in(
            engine,
            "php",
            "composer libicu-dev libpq-dev libzip-dev php-cli php-symfony-browser-kit \
             php-symfony-dotenv php-symfony-framework-bundle php-symfony-yaml php-xml phpunit",
        ),
        image: None,
        test: "phpunit",
        passed: "OK (1 test, 1 assertion)",
    };
    an_elixir_application: Example {
        name: "elixir",
        base: |engine| stand_in(engine, "elixir", "elixir erlang-dev inotify-tools"),
        image: None,
        test: "mix test",
        passed: "1 doctest, 1 test, 0 failures",
    };
    a_monorepo_with_several_dockerfiles: Example {
        name: "monorepo",
        base: bases::with_git,
        image: Some("debian:bookworm-slim"),
        test: "script/test && cat /opt/script/greet",
        passed: "3 passed",
    };
}

fn check(engine: &Engine, example: &Example) {
    let base = (example.base)(engine);
    let sandbox = Sandbox::new();
    let stand_ins = example.image.map(|image| (image, base.as_str()));
    example::copy_into(&sandbox, example.name, stand_ins.as_slice());
    let mut project = Project::bare(sandbox, engine);
    let sandbox = &mut project.sandbox;
    // The name that `ocx init` gives it is every sandbox's.
    let image = format!("{}-{}-tools", sandbox.name(), example.name);
    sandbox.set_env("OCX_CUSTOM_BASE_IMAGE", &image);
    if example.image.is_none() {
        let args = format!("{{ BASE = {base:?} }}");
        sandbox.set_env("OCX_CUSTOM_BASE_BUILD_ARGS", &args);
    }
    let sandbox = &project.sandbox;
    begin_repository(sandbox);
    sandbox.ocx(["init", "--yes"]).run().success().done();

    let Some(_model) = project.start_model() else {
        return;
    };
    run(sandbox, PATIENCE, &["build"]).done();
    run(sandbox, PATIENCE, &["opencode", "run", "write hello.txt"])
        .prints(CLOSING)
        .done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    run(sandbox, PATIENCE, &["exec", "sh", "-c", example.test])
        .prints(example.passed)
        .done();
    assert_commits_are_the_same(sandbox);
    assert_owned(sandbox, &sandbox.project());
    project.assert_no_containers();
}

/// ocx with these arguments, which has to succeed.
fn run(sandbox: &Sandbox, patience: Duration, args: &[&str]) -> Output {
    let args = args.iter().copied();
    sandbox.ocx(args).timeout(patience).run().success()
}

/// What Git prints on the host.
fn git(sandbox: &Sandbox, args: &[&str]) -> String {
    let output = sandbox.command("git", args.iter().copied()).run().success();
    output.stdout().trim_end().to_owned()
}

fn begin_repository(sandbox: &Sandbox) {
    sandbox.write(
        sandbox.home().join(".gitconfig"),
        "[user]\nname = Ann Example\nemail = ann@example.org\n",
    );
    git(sandbox, &["init", "--quiet", "--initial-branch=main"]);
    git(sandbox, &["add", "."]);
    git(sandbox, &["commit", "--quiet", "--message=generated"]);
}

/// Commits what the agent wrote in a session, and once more on the host: at the same time it would be the
/// very same commit.
fn assert_commits_are_the_same(sandbox: &Sandbox) {
    const MESSAGE: &str = "What the agent wrote";
    let before = git(sandbox, &["rev-parse", "HEAD"]);
    run(sandbox, PATIENCE, &["exec", "git", "add", "hello.txt"]).done();
    let commit = ["exec", "git", "commit", "--quiet", "--message", MESSAGE];
    run(sandbox, PATIENCE, &commit).done();
    let inside = git(sandbox, &["rev-parse", "HEAD"]);
    assert_ne!(inside, before);
    assert_eq!(
        git(sandbox, &["show", "--format=%an <%ae>", "--name-only"]),
        "Ann Example <ann@example.org>\n\nhello.txt"
    );

    let date = git(
        sandbox,
        &["show", "--no-patch", "--format=%ad", "--date=raw"],
    );
    git(sandbox, &["reset", "--quiet", "--mixed", &before]);
    git(sandbox, &["add", "hello.txt"]);
    sandbox
        .command("git", ["commit", "--quiet", "--message", MESSAGE])
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .run()
        .success()
        .done();
    assert_eq!(git(sandbox, &["rev-parse", "HEAD"]), inside);
}

/// Fails unless everything below a directory is the user's.
fn assert_owned(sandbox: &Sandbox, directory: &Utf8Path) {
    for entry in directory.read_dir_utf8().expect("it can be read") {
        let path = entry.expect("it can be read").into_path();
        // Where it leads may be in the base only.
        if path.is_symlink() {
            continue;
        }
        assert_eq!(owner(&path), *sandbox.account(), "{path}");
        if path.is_dir() {
            assert_owned(sandbox, &path);
        }
    }
}
