//! Bases of every kind: a session on them works, or is refused with the error that the guide shows.

use std::{fs, time::Duration};

use camino::Utf8Path;
use ocx_tests::{
    account::owner,
    bases::{self, foreign, musl, unusual},
    engine::Engine,
    on_engines,
    output::Output,
    registry::{self, Registry},
    stub_model::{CLOSING, DEFAULT_CONTENT},
};
use serde_json::Value;

use crate::{session_setup::Project, workshop::PACKAGE};

/// A first session builds the image, and on Podman copies its layers.
const PATIENCE: Duration = Duration::from_secs(240);

/// What comes of a session on a base.
enum Outcome {
    /// The agent changes a file of the project. Then the scripts print these lines when `ocx exec`
    /// runs them in a shell.
    Works(&'static [(&'static str, &'static str)]),
    /// The same with the build of opencode for musl.
    WorksWithMusl(&'static [(&'static str, &'static str)]),
    /// ocx refuses the base with this message of the guide, in which it is called `team-tools`, and
    /// builds nothing.
    Refused(&'static str),
    /// ocx finds out with this message that the build of opencode for musl does not run there, and
    /// leaves nothing behind.
    FailsWithMusl(&'static str),
}

use Outcome::{FailsWithMusl, Refused, Works, WorksWithMusl};

/// Makes a test on each engine of each row: its name, its base, and what comes of it.
macro_rules! rows {
    ($($name:ident: $base:path => $outcome:expr;)+) => {
        $(
            fn $name(engine: &Engine) {
                check(engine, $base, &$outcome);
            }

            on_engines!(
                [docker, podman],
                because "rootless Docker builds and runs images as Docker does",
                $name
            );
        )+
    };
}

rows! {
    debian: bases::debian => Works(&[("command -v opencode; command -v rg", "/ocx/bin/opencode\n/ocx/bin/rg")]);
    a_user_with_a_number_that_may_be_the_hosts: bases::with_user => Works(&[
        ("getent passwd dev | cut -d: -f3", "1000"),
        ("echo $HOME", "/ocx/home"),
    ]);
    an_entrypoint_and_a_command: bases::with_entrypoint => Works(&[("echo run", "run")]);
    a_working_directory_with_files: unusual::with_workdir => Works(&[
        ("cat /workspace/of-the-base", "kept"),
        ("cat hello.txt", "written by the stub model"),
    ]);
    volumes_where_homes_are: unusual::with_volumes => Works(&[
        ("cat /home/dev/of-the-base /home/of-the-base /var/tmp/of-the-base", "kept\nkept\nkept"),
        ("touch ~/.cache/x ~/.config/opencode/x /tmp/x && echo writable", "writable"),
    ]);
    a_health_check_and_a_stop_signal: unusual::with_health_check => Works(&[("echo run", "run")]);
    instructions_for_later_builds: unusual::with_on_build =>
        Refused("base image `team-tools` has ONBUILD instructions");
    no_etc_passwd: unusual::without_passwd => Works(&[
        ("test \"$(id -un)\" = \"$USER\" && echo known", "known"),
    ]);
    glibc_and_nothing_else: bases::glibc_only => Works(&[]);
    musl_with_its_libraries: musl::musl => WorksWithMusl(&[("echo run", "run")]);
    musl_without_libraries: musl::musl_alone =>
        Refused("base image `team-tools` lacks libstdc++.so.6 and libgcc_s.so.1, which opencode needs with musl");
    a_musl_that_is_too_old: musl::musl_too_old =>
        FailsWithMusl("opencode 1.18.33 does not run in base image `team-tools`");
    no_c_library: musl::busybox_alone => Refused("base image `team-tools` has no C library");
    a_path_with_odd_characters: unusual::with_odd_path => Works(&[
        (OF_BASE, "/ocx/bin:/opt/my tools/bin:/opt/$HOME/\"bin\":/usr/bin:/bin:"),
    ]);
    no_path: bases::without_path => Works(&[("command -v opencode; command -v ls", "/ocx/bin/opencode\n/usr/bin/ls")]);
    a_path_with_relative_parts: unusual::with_relative_path => Works(&[
        (OF_BASE, "/ocx/bin:bin:./node_modules/.bin:/usr/bin:/bin"),
    ]);
    a_link_in_place_of_usr_local_bin: unusual::with_linked_bin => Works(&[
        ("readlink /usr/local/bin; team-tool", "/opt/bin\nLinux"),
    ]);
    no_tmp: unusual::without_tmp => Works(&[("touch /tmp/x && echo writable", "writable")]);
    an_opencode_of_its_own: unusual::with_opencode => Works(&[
        ("command -v opencode; command -v rg", "/ocx/bin/opencode\n/ocx/bin/rg"),
        ("/usr/local/bin/opencode || true", "of the base"),
    ]);
    for_another_architecture: foreign::foreign =>
        Refused("base image `team-tools` is for riscv64, but this machine is");
}

/// The search path without the places for what the user installs.
const OF_BASE: &str = r#"echo "${PATH%%:*}:${PATH##*/gem/ruby/2.7.0/bin:}""#;

fn check(engine: &Engine, base: fn(&Engine) -> String, outcome: &Outcome) {
    let base = base(engine);
    let mut project = Project::on(engine, &base);
    // For the builds of opencode that other tests do not need.
    let registry = Registry::start();
    project
        .sandbox
        .set_env("OCX_OPENCODE_REGISTRY", &registry.url());
    match outcome {
        Works(scripts) => assert_works(&project, scripts),
        WorksWithMusl(scripts) => {
            use_musl_build(&mut project);
            assert_works(&project, scripts);
        }
        Refused(message) => {
            for output in assert_refused(&project, &base, message) {
                output.never_says("building").done();
            }
        }
        FailsWithMusl(message) => {
            use_musl_build(&mut project);
            for output in assert_refused(&project, &base, message) {
                output
                    .says("trying opencode")
                    .says("with musl 1.2.3, as in Alpine 3.17, opencode crashes")
                    .done();
            }
        }
    }
    project.assert_no_containers();
}

fn assert_works(project: &Project, scripts: &[(&str, &str)]) {
    let Some(_model) = project.start_model() else {
        return;
    };
    let sandbox = &project.sandbox;
    sandbox
        .ocx(["opencode", "run", "write hello.txt"])
        .timeout(PATIENCE)
        .run()
        .success()
        .prints(CLOSING)
        .done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    let hello = sandbox.project().join("hello.txt");
    assert_eq!(owner(&hello), *sandbox.account());
    for (script, expected) in scripts {
        let output = sandbox.ocx(["exec", "sh", "-c", script]).run().success();
        assert_eq!(output.stdout().trim_end(), *expected, "{output}");
    }
}

/// Lets ocx install the newest version of which there is a build for musl: the builds of a version
/// are published at different times.
pub(crate) fn use_musl_build(project: &mut Project) {
    let package = format!("{PACKAGE}-musl");
    let metadata = registry::fetch(&format!("/{package}/latest")).expect("the registry is there");
    let metadata: Value = serde_json::from_slice(&metadata).expect("it answers in JSON");
    let version = metadata["version"].as_str().expect("a version");
    project.sandbox.set_env("OCX_OPENCODE_VERSION", version);
}

/// Fails unless both a session and a build end with the message and the exit code of the guide, and
/// leave no image.
fn assert_refused(project: &Project, base: &str, message: &str) -> [Output; 2] {
    let guide = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/custom-base.md");
    let guide = fs::read_to_string(guide).expect("the guide is there");
    let (_, entry) = guide
        .split_once(&format!("\n### {message}\n\nExit code "))
        .unwrap_or_else(|| panic!("not in the guide: {message}"));
    let code = entry
        .split_once('.')
        .and_then(|(code, _)| code.parse().ok())
        .expect("the guide tells the exit code");
    let said = message
        .replace("team-tools", base.trim_end_matches(":latest"))
        .replace(
            "1.18.33",
            &project.sandbox.environment()["OCX_OPENCODE_VERSION"],
        );
    let outputs = [&["opencode", "run", "write hello.txt"][..], &["build"]].map(|command| {
        project
            .sandbox
            .ocx(command.iter().copied())
            .timeout(PATIENCE)
            .run()
            .exits(code)
            .says(&said)
            .says("hint: ")
    });
    let images = project.engine.images_mentioning(base);
    assert!(
        images.iter().all(|image| !image.starts_with("ocx-")),
        "{images:?}"
    );
    outputs
}
