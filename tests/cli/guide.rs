//! The guide to custom bases: its commands do what it shows, and its messages are the real ones.

use std::{collections::BTreeMap, fs};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{
    fake_engine::{Rule, image_record},
    output::Output,
};
use serde_json::{Value, json};

use crate::scene::{DEAD_REGISTRY, GLIBC, Scene};

/// The version of opencode in the guide. In these tests a local program stands in for it, whose
/// version is another one on every machine.
const VERSION: &str = "1.18.33";

fn guide() -> String {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/custom-base.md");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What ocx printed, as the guide would show it.
fn as_in_guide(scene: &Scene, output: &Output) -> String {
    let text = format!("{}{}", output.stdout(), output.stderr());
    let mut text = text.replace(scene.sandbox.home().as_str(), "/home/ann");
    while let Some(start) = text.find("9999.0.0-local.") {
        let rest = &text[start..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        text.replace_range(start..start + end, VERSION);
    }
    text
}

/// A command in a console block, with the lines that are shown for it.
#[derive(Debug)]
struct Step {
    command: String,
    shown: Vec<String>,
}

fn steps(guide: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in guide.split("```console\n").skip(1) {
        let (block, _) = block.split_once("\n```").expect("the block ends");
        for line in block.lines() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step {
                    command: command.to_owned(),
                    shown: Vec::new(),
                }),
                (None, Some(step)) => step.shown.push(line.to_owned()),
                (None, None) => panic!("`{line}` stands before the first command"),
            }
        }
    }
    steps
}

#[test]
fn its_commands_do_what_it_shows() {
    let scene = Scene::without_base();
    for image in ["ruby:3.3", "registry.acme.example/tools:2"] {
        scene.docker.publish_image(image);
    }
    let path = format!("{}:/usr/bin:/bin", scene.sandbox.bin());
    let mut directory = scene.sandbox.home();
    let steps = steps(&guide());
    assert!(steps.len() >= 15, "{steps:#?}");
    for Step { command, shown } in &steps {
        // The next command runs where this one has gone.
        let script = format!("{command}\nstatus=$?; pwd > \"$HOME/.where\"; exit $status");
        let output = scene
            .sandbox
            .command("sh", ["-c", &script])
            .env("PATH", &path)
            // The machine's own Podman may be in there, too.
            .env("OCX_RUNTIME", "docker")
            .in_dir(&directory)
            .run();
        let fails = shown.iter().any(|line| line.starts_with("error: "));
        assert_eq!(output.code() != Some(0), fails, "{output}");
        directory = Utf8PathBuf::from(
            scene
                .sandbox
                .read(scene.sandbox.home().join(".where"))
                .trim(),
        );

        // ocx says more than the guide shows, but all that it shows, in its order.
        let printed = as_in_guide(&scene, &output);
        let mut lines = printed.lines();
        for line in shown {
            assert!(
                lines.any(|printed| printed.starts_with(line.as_str())),
                "`{line}` is not shown by `{command}`, or not in this order:\n{printed}"
            );
        }
    }
}

#[test]
fn its_table_of_names_is_right() {
    let guide = guide();
    let rows: Vec<(&str, &str)> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix("` |"))
        .filter_map(|row| row.split_once("` | `"))
        .filter(|(_, image)| image.starts_with("ocx-"))
        .collect();
    assert_eq!(rows.len(), 4, "{rows:?}");
    for (base, image) in rows {
        let scene = Scene::without_base();
        scene.docker.add_image(base, &[]);
        scene.set_global(&format!("custom_base_image = {base:?}\n"));
        let output = scene.sandbox.ocx(["build"]).run().success();
        let printed = as_in_guide(&scene, &output);
        assert!(
            printed.contains(&format!("ocx: {image} is ready")),
            "{printed}"
        );
    }
}

/// A message in the part on troubleshooting, and the exit code that is said to go with it; 0 for a
/// warning.
fn messages(guide: &str) -> BTreeMap<String, i32> {
    let (_, part) = guide
        .split_once("\n## Troubleshooting\n")
        .expect("there is such a part");
    part.split("\n### ")
        .skip(1)
        .map(|entry| {
            let (message, text) = entry.split_once("\n\n").expect("there is a text");
            let code = match text.strip_prefix("Exit code ") {
                Some(rest) => rest.split('.').next().unwrap().parse().unwrap(),
                None => {
                    assert!(text.starts_with("A warning."), "{message}");
                    0
                }
            };
            (message.to_owned(), code)
        })
        .collect()
}

#[test]
fn its_messages_are_what_ocx_says() {
    let mut messages = messages(&guide());
    for (message, cause) in CAUSES {
        let code = messages
            .remove(*message)
            .unwrap_or_else(|| panic!("not in the guide: {message}"));
        let (scene, output) = cause();
        let printed = as_in_guide(&scene, &output);
        assert!(
            printed.contains(message),
            "`{message}` is not in:\n{printed}"
        );
        assert_eq!(output.code(), Some(code), "{output}");
    }
    assert!(messages.is_empty(), "no test makes ocx say: {messages:#?}");
}

type Cause = fn() -> (Scene, Output);

/// How each message of the guide comes about.
const CAUSES: &[(&str, Cause)] = &[
    (
        "base image `team-tools` is not in the local storage of docker",
        || build(with_settings("custom_base_image = \"team-tools\"\n")),
    ),
    ("no Dockerfile `docker/Dockerfile` was found", || {
        build(with_settings(
            "custom_base_dockerfile = \"docker/Dockerfile\"\n",
        ))
    }),
    ("leads out of the project, to", || {
        let scene = with_settings("custom_base_dockerfile = \"Dockerfile\"\n");
        let elsewhere = scene.sandbox.home().join("Dockerfile");
        scene.sandbox.write(&elsewhere, "FROM scratch\n");
        std::os::unix::fs::symlink(elsewhere, scene.sandbox.project().join("Dockerfile")).unwrap();
        // The settings of the project may not name it either, but those of the user may.
        let settings = scene.sandbox.project().join("ocx.toml");
        fs::remove_file(settings).unwrap();
        scene.set_global("custom_base_dockerfile = \"Dockerfile\"\n");
        build(scene)
    }),
    (
        "which is neither in the project nor, for a Dockerfile of your own, in ocx's configuration directory",
        || {
            let args = ["--set", "custom_base_context=..", "build"];
            run(with_dockerfile(), &args)
        },
    ),
    ("cannot both say what the base is", || {
        build(with_settings(
            "custom_base_devcontainer = true\ncustom_base_image = \"team\"\n",
        ))
    }),
    (
        "and the project has no .devcontainer/devcontainer.json",
        || build(with_settings("custom_base_devcontainer = true\n")),
    ),
    (
        "the build could read files outside of the project, and a project may not decide that",
        || {
            build(with_settings(
                "custom_base_dockerfile = \"../Dockerfile\"\n",
            ))
        },
    ),
    (
        "nobody has agreed yet to a build from the project's Dockerfile",
        || {
            let scene = with_dockerfile();
            scene.sandbox.forget_trust();
            run(scene, &["opencode", "run"])
        },
    ),
    (
        "the image that is built from the Dockerfile would get a name that others are known by",
        || {
            build(with_settings(
                "custom_base_image = \"ruby:3.4\"\ncustom_base_dockerfile = \"Dockerfile\"\n",
            ))
        },
    ),
    ("setting `custom_base_image`", || {
        build(with_settings("custom_base_image = \"Team/App\"\n"))
    }),
    (
        "base image `team-tools` was built from another Dockerfile",
        || {
            let scene = with_dockerfile();
            scene.sandbox.ocx(["build"]).run().success().done();
            scene.sandbox.write("other/Dockerfile", "FROM scratch\n");
            let other = "custom_base_dockerfile = \"other/Dockerfile\"\n";
            let settings = format!("custom_base_image = \"team-tools\"\n{other}");
            scene.sandbox.write("ocx.toml", settings);
            build(scene)
        },
    ),
    ("does not take it for its own base", || {
        let scene = with_dockerfile();
        scene.sandbox.ocx(["build"]).run().success().done();
        let other = scene.sandbox.root().join("other");
        let settings = "custom_base_image = \"team-tools\"\n";
        scene.sandbox.write(other.join("ocx.toml"), settings);
        let args = ["--workspace", other.as_str(), "build"];
        run(scene, &args)
    }),
    ("is not used: there is no record that ocx built it", || {
        let mut scene = with_image();
        scene.sandbox.ocx(["build"]).run().success().done();
        fs::remove_dir_all(scene.sandbox.state().join("ocx/images")).unwrap();
        let said = "write /var/lib/docker/tmp: no space left on device\n";
        scene.docker.rule(Rule::on(&["save"]).stderr(said).exit(1));
        build(scene)
    }),
    ("could not build image `team-tools`", || {
        let mut scene = with_dockerfile();
        let rule = Rule::on(&["build"]).stderr("unknown instruction: FORM\n");
        scene.docker.rule(rule.exit(1));
        build(scene)
    }),
    ("requires BuildKit", || {
        let mut scene = with_dockerfile();
        let said =
            "the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/\n";
        scene.docker.rule(Rule::on(&["build"]).stderr(said).exit(1));
        scene.sandbox.write(
            "docker/Dockerfile",
            "FROM scratch\nRUN --mount=type=cache true\n",
        );
        build(scene)
    }),
    ("could not pull image `team-tools`", || {
        let mut scene = with_settings("custom_base_image = \"team-tools\"\n");
        let rule = Rule::on(&["pull"]).stderr("manifest unknown\n");
        scene.docker.rule(rule.exit(1));
        run(scene, &["build", "--pull"])
    }),
    (
        "could not ask the registry for a newer acme/team-tools",
        || {
            let mut scene =
                with_settings("custom_base_image = \"acme/team-tools\"\nbase_pull = \"newer\"\n");
            scene.docker.publish_image("acme/team-tools");
            scene.sandbox.ocx(["build"]).run().success().done();
            let rule = Rule::on(&["pull"]).stderr("no route to host\n");
            scene.docker.rule(rule.exit(1));
            build(scene)
        },
    ),
    (
        "could not build team-tools on what its registries have now",
        || {
            let mut scene = with_dockerfile();
            scene.set_global("base_pull = \"newer\"\n");
            let rule = Rule::on(&["build"]).containing("--pull");
            scene.docker.rule(rule.stderr("no route to host\n").exit(1));
            build(scene)
        },
    ),
    (
        "images would be fetched, which you have switched off",
        || {
            let scene = with_settings("base_pull = \"missing\"\n");
            scene.set_global("base_pull = \"never\"\n");
            build(scene)
        },
    ),
    ("base image `team-tools` has no C library", || {
        build(with_files(&[]))
    }),
    (
        "base image `team-tools` lacks libstdc++.so.6 and libgcc_s.so.1, which opencode needs with musl",
        || {
            let loader = if cfg!(target_arch = "aarch64") {
                "/lib/ld-musl-aarch64.so.1"
            } else {
                "/lib/ld-musl-x86_64.so.1"
            };
            build(with_files(&[loader]))
        },
    ),
    (
        "base image `team-tools` is for riscv64, but this machine is",
        || {
            build(with_record(|record| {
                record["Architecture"] = json!("riscv64");
            }))
        },
    ),
    (
        "base image `team-tools` is for windows, and opencode runs in Linux images only",
        || {
            build(with_record(|record| {
                record["Os"] = json!("windows");
            }))
        },
    ),
    ("base image `team-tools` has ONBUILD instructions", || {
        build(with_record(|record| {
            record["Config"]["OnBuild"] = json!(["RUN make"]);
        }))
    }),
    (
        "opencode 1.18.33 does not run in base image `team-tools`",
        || {
            let mut scene = with_image();
            let rule = Rule::on(&["run"]).containing("ocx-tmp---").starts();
            scene
                .docker
                .rule(rule.stderr("Segmentation fault\n").exit(139));
            build(scene)
        },
    ),
    ("could not find out the newest version of opencode", || {
        build(with_published_opencode())
    }),
    ("could not get opencode", || {
        let args = ["--set", "opencode_version=1.18.33", "build"];
        run(with_published_opencode(), &args)
    }),
    ("opencode's search needs `rg` in the base", || {
        build(with_image())
    }),
    ("`uid` and `gid` cannot be set with rootless docker", || {
        let mut scene = with_image();
        scene.set_global("custom_base_image = \"team-tools\"\nuid = 4321\ngid = 4321\n");
        security_option(&mut scene, "name=rootless");
        run(scene, &["opencode", "run"])
    }),
    (
        "docker remaps all users of containers (`userns-remap`)",
        || {
            let mut scene = with_image();
            security_option(&mut scene, "name=userns");
            run(scene, &["opencode", "run"])
        },
    ),
    ("this project has settings already", || {
        run(with_settings(""), &["init"])
    }),
    ("exists already, and is not overwritten", || {
        let scene = Scene::without_base();
        scene.sandbox.write("docker/Dockerfile", "FROM scratch\n");
        run(scene, &["init", "--template", "go"])
    }),
];

pub(crate) fn run(scene: Scene, args: &[&str]) -> (Scene, Output) {
    let output = scene.sandbox.ocx(args.iter().copied()).run();
    (scene, output)
}

pub(crate) fn build(scene: Scene) -> (Scene, Output) {
    run(scene, &["build"])
}

pub(crate) fn with_settings(toml: &str) -> Scene {
    let scene = Scene::without_base();
    scene.sandbox.write("ocx.toml", toml);
    scene
}

pub(crate) fn with_image() -> Scene {
    let scene = with_settings("custom_base_image = \"team-tools\"\n");
    scene.docker.add_image("team-tools", &[]);
    scene
}

pub(crate) fn with_dockerfile() -> Scene {
    let scene = with_settings(
        "custom_base_image = \"team-tools\"\ncustom_base_dockerfile = \"docker/Dockerfile\"\n",
    );
    scene.sandbox.write("docker/Dockerfile", "FROM scratch\n");
    scene
}

/// A scene in which opencode comes from a registry that cannot be reached.
pub(crate) fn with_published_opencode() -> Scene {
    let scene = with_image();
    let settings = format!("opencode_registry = {DEAD_REGISTRY:?}\n");
    scene
        .sandbox
        .write(scene.sandbox.config().join("ocx/ocx.toml"), settings);
    scene
}

/// A scene whose base is described by what `change` makes of an ordinary image.
fn with_record(change: impl FnOnce(&mut Value)) -> Scene {
    let scene = with_image();
    let id = format!("sha256:{}", "5".repeat(64));
    let mut record = image_record(&id, "team-tools:latest", &BTreeMap::new());
    change(&mut record);
    scene.docker.add_image_record("team-tools", &record);
    scene
}

/// A scene whose base has these files in place of glibc.
fn with_files(files: &[&str]) -> Scene {
    let mut scene = with_image();
    for path in files {
        scene.docker.add_file(path, b"");
    }
    let absent = "Error response from daemon: Could not find the file in container\n";
    let rule = Rule::on(&["cp"]).containing(GLIBC).stderr(absent);
    scene.docker.rule(rule.exit(1));
    scene
}

/// Lets the engine say that it has another security option.
fn security_option(scene: &mut Scene, option: &str) {
    let info = scene
        .sandbox
        .command("docker", ["info", "--format", "{{json .}}"]);
    let info = info.run().success();
    let mut info: Value = serde_json::from_str(info.stdout()).unwrap();
    let options = info["SecurityOptions"].as_array_mut().unwrap();
    options.push(json!(option));
    let answer = format!("{info}\n");
    scene.docker.rule(Rule::on(&["info"]).stdout(&answer));
}
