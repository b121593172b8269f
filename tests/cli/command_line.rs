//! Help, usage errors, and how much is shown.

use ocx_tests::sandbox::Sandbox;

use crate::scene::Scene;

#[test]
fn the_version() {
    let output = Sandbox::new().ocx(["--version"]).run().success();
    assert_eq!(
        output.stdout(),
        format!("ocx {}\n", env!("CARGO_PKG_VERSION"))
    );
    let output = Sandbox::new().ocx(["-V"]).run().success();
    assert_eq!(
        output.stdout(),
        format!("ocx {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn help_goes_to_standard_output() {
    let sandbox = Sandbox::new();
    for args in [&["--help"][..], &["-h"], &["help"]] {
        let output = sandbox.ocx(args.iter().copied()).run().success();
        assert_eq!(output.stderr(), "");
        output
            .prints("Usage: ocx")
            .prints("opencode")
            .prints("build")
            .prints("config")
            .done();
    }
    sandbox
        .ocx(["build", "--help"])
        .run()
        .success()
        .prints("--no-cache")
        .done();
}

#[test]
fn no_arguments_are_a_usage_error_that_shows_help() {
    let output = Sandbox::new().ocx([]).run().exits(64);
    assert_eq!(output.stdout(), "");
    output.says("Usage: ocx").done();
}

#[test]
fn usage_errors() {
    let sandbox = Sandbox::new();
    for (args, said) in [
        (&["bulid"][..], "build"),
        (&["nonsense"], "nonsense"),
        (&["login"], "`ocx opencode auth login`"),
        (&["logs"], "`ocx ps`"),
        (&["rm"], "`ocx stop`"),
        (&["update"], "`ocx upgrade`"),
        (&["models"], "`ocx opencode models`"),
        (&["config", "get", "memroy"], "did you mean `memory`?"),
        (&["--nonsense", "build"], "--nonsense"),
        (&["build", "extra"], "extra"),
        (&["--runtime", "lxc", "build"], "lxc"),
        (&["--set", "memory", "build"], "KEY=VALUE"),
        (&["--set", "=1", "build"], "KEY=VALUE"),
        (&["--quiet", "--verbose", "build"], "cannot be used with"),
        (&["--workspace"], "--workspace"),
        (&["--dry-run"], "Usage: ocx"),
    ] {
        let output = sandbox.ocx(args.iter().copied()).run().exits(64);
        assert_eq!(output.stdout(), "");
        output.says(said).done();
    }
}

#[test]
fn a_task_for_opencode_and_what_engines_take() {
    let scene = Scene::new();
    let sandbox = &scene.sandbox;
    let planned = |args: &[&str]| sandbox.ocx(args.iter().copied()).run().success();
    sandbox.ocx(["build"]).run().success().done();
    let run = planned(&["--dry-run", "run", "--help", "x"]);
    run.prints(" run --help x\n").done();
    let exec = planned(&["--dry-run", "exec", "-it", "true", "-i"]);
    exec.prints(" true -i\n").done();
    sandbox
        .ocx(["ls"])
        .run()
        .success()
        .says("no session")
        .done();
}

#[test]
fn an_argument_that_is_not_text_is_a_usage_error() {
    let sandbox = Sandbox::new();
    let script = "exec ocx opencode \"$(printf '\\377')\"";
    let output = sandbox.command("sh", ["-c", script]).run().exits(64);
    output.says("is not UTF-8").done();
}

#[test]
fn quiet_shows_errors_only() {
    let scene = Scene::new();
    let output = scene.sandbox.ocx(["-q", "build"]).run().success();
    assert_eq!((output.stdout(), output.stderr()), ("", ""));
    scene.docker.remove_image("team");
    let output = scene.sandbox.ocx(["-q", "build"]).run().exits(78);
    output.says("error: base image `team` is not in").done();
}

#[test]
fn verbose_shows_the_engines_commands() {
    let scene = Scene::new();
    let output = scene.sandbox.ocx(["-v", "build"]).run().success();
    assert_eq!(output.stdout(), "");
    output
        .says("$ docker image inspect team")
        .says("$ docker build --tag")
        .done();
    let output = scene.sandbox.ocx(["--verbose", "o", "run"]).run().success();
    output.says("$ docker run --rm").done();
}

#[test]
fn what_a_build_says() {
    let scene = Scene::new();
    let output = scene.sandbox.ocx(["build"]).run().success();
    insta::assert_snapshot!(output.snapshot(), @"
    $ ocx build
    [exit code 0]
    --- stderr
    ocx: looking into team
    ocx: building ocx-team:[LOCAL VERSION]: there is no such image yet
    warning: opencode's search needs `rg` in the base, since ripgrep could not be added: could not reach [URL]/@vscode/ripgrep-linux-x64/-/ripgrep-linux-x64-[VERSION].tgz
    ocx: trying opencode [LOCAL VERSION] out in the new image
    ocx: ocx-team:[LOCAL VERSION] is ready
    ");
}

#[test]
fn the_readmes_program_is_the_example() {
    let readme = include_str!("../../README.md");
    let example = include_str!("../../ocx-cli/examples/library.rs");
    let (_, rest) = readme.split_once("```rust\n").expect("there is Rust code");
    let (code, _) = rest.split_once("```\n").expect("it ends");
    let example: Vec<&str> = example.lines().map(str::trim).collect();
    let code: Vec<&str> = code.lines().map(str::trim).collect();
    assert!(code.len() >= 12, "{code:#?}");
    assert!(
        example.windows(code.len()).any(|lines| lines == code),
        "the README shows other code than ocx-cli/examples/library.rs"
    );
}

#[test]
fn documents_name_the_oldest_rust() {
    let manifest = include_str!("../../Cargo.toml");
    let (_, rest) = manifest
        .split_once("\nrust-version = \"")
        .expect("it is set");
    let (version, _) = rest.split_once('"').expect("it ends");
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&format!("Rust {version} or later")));
    let contributing = include_str!("../../CONTRIBUTING.md");
    assert!(contributing.contains(&format!("in `Cargo.toml` is {version},")));
}

#[test]
fn opencodes_interface_is_not_drawn_into_a_file() {
    let scene = Scene::new();
    scene.warm_up();
    scene.docker.forget_calls();
    for args in [
        &["opencode"][..],
        &["o", "--continue"],
        &["opencode", "--model", "a/b", "."],
    ] {
        scene
            .sandbox
            .ocx(args.iter().copied())
            .run()
            .exits(64)
            .says("needs a terminal")
            .says("`ocx run TASK`")
            .done();
    }
    assert_eq!(scene.docker.calls().len(), 0);
    scene
        .sandbox
        .ocx(["--dry-run", "opencode"])
        .run()
        .success()
        .done();
    scene
        .sandbox
        .ocx(["opencode", "--version"])
        .run()
        .success()
        .done();
}

#[test]
fn a_flag_in_the_place_of_a_program_is_told_before_anything_is_started() {
    let scene = Scene::new();
    let output = scene.sandbox.ocx(["exec", "--bad", "ls"]).run().exits(64);
    output.says("unexpected argument '--bad' found").done();
    assert!(scene.docker.calls().is_empty());
}
