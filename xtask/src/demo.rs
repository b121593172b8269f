//! `cargo xtask demo`

use std::{fs, process::Command};

use camino::Utf8Path;
use ocx_tests::{
    account::owner,
    engine::{Engine, Lane},
    registry::Registry,
    sandbox::Sandbox,
    stub_model::{Options, StubModel, project_config},
};

use crate::{
    engine_setup::Engines,
    step::{self, Outcome, cargo, say, workspace},
};

/// What is asked of the agent, and the file that comes of it.
const PROMPT: &str = "write hello.txt: Hello from inside the container";
const FILE: &str = "hello.txt";

/// Options of the task.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The project under `examples` to show
    #[arg(default_value = "team-tools")]
    example: String,
    /// The engine to show it on, such as `docker`, `podman` or `podman-testing`. Otherwise any that answers
    #[arg(long, value_name = "NAME")]
    engine: Option<Lane>,
}

/// Shows the main job: a custom base, the real opencode, a file changed by the agent.
///
/// A model server that answers from a script stands in for a model, and the user's own settings are
/// neither read nor changed.
pub(crate) fn run(args: &Args) -> Outcome {
    let example = workspace().join("examples").join(&args.example);
    if !example.join("ocx.toml").is_file() {
        return Err(format!("there is no project at {example}"));
    }
    let engines = Engines::get_one(args.engine)?;
    let result = show(&example, engines.first());
    engines.finish();
    result
}

fn show(example: &Utf8Path, engine: &Engine) -> Outcome {
    step::run(&mut cargo(&[
        "build",
        "--quiet",
        "--package=ocx-tests",
        "--bins",
    ]))?;
    let network = engine.host_network().ok_or("the example needs a model")?;
    let model = StubModel::with(Options {
        network,
        ..Options::default()
    });
    let registry = Registry::start();
    let mut sandbox = Sandbox::new();
    sandbox.use_engine(engine);
    sandbox.set_env("OCX_OPENCODE_REGISTRY", &registry.url());
    sandbox.set_env("OCX_NETWORK", "host");
    copy(example, &sandbox.project(), &sandbox)?;
    sandbox.write("opencode.json", project_config(&model.base_url()));
    let image = name_base(&sandbox)?;

    say(&format!(
        "the project of a team, copied to {}:",
        sandbox.project()
    ));
    println!("$ cat ocx.toml\n{}", sandbox.read("ocx.toml"));
    for args in [
        vec!["build"],
        vec!["build"],
        vec!["opencode", "run", PROMPT],
    ] {
        in_the_open(&sandbox, engine, &args)?;
    }
    println!("$ cat {FILE}\n{}", sandbox.read(FILE).trim_end());
    let file = owner(&sandbox.project().join(FILE));
    println!("$ stat -c %u:%g {FILE}\n{}:{}", file.uid, file.gid);
    if file != *sandbox.account() {
        return Err(format!(
            "{FILE} belongs to {}:{}, not to the user who ran ocx",
            file.uid, file.gid
        ));
    }
    say(&format!(
        "{image} was built, the agent worked in it, and its file belongs to the user"
    ));
    Ok(())
}

/// Gives the example's base a name of this run's own, so that no image of the user's is touched.
fn name_base(sandbox: &Sandbox) -> Outcome<String> {
    let text = sandbox.read("ocx.toml");
    let line = text
        .lines()
        .find(|line| line.starts_with("custom_base_image"))
        .ok_or("the example's ocx.toml names no custom_base_image")?;
    let name = line
        .split('"')
        .nth(1)
        .ok_or("the example's custom_base_image is no text")?;
    let own = format!("{}-{name}", sandbox.name());
    sandbox.write("ocx.toml", text.replace(line, &line.replace(name, &own)));
    Ok(own)
}

/// Runs ocx as the sandbox's user with its output on the screen.
fn in_the_open(sandbox: &Sandbox, engine: &Engine, args: &[&str]) -> Outcome {
    println!("$ ocx {}", args.join(" "));
    let invocation = sandbox.ocx(args.iter().copied());
    let mut command: Command = invocation.command();
    let status = command
        .status()
        .map_err(|error| format!("cannot run ocx: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "`ocx {}` ended with {status}; images of this run: {:?}",
            args.join(" "),
            engine.images_mentioning(sandbox.name())
        ))
    }
}

fn copy(from: &Utf8Path, to: &Utf8Path, sandbox: &Sandbox) -> Outcome {
    let entries = from
        .read_dir_utf8()
        .map_err(|error| format!("{from}: {error}"))?;
    for entry in entries.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(entry.path(), &target, sandbox)?;
        } else {
            let content =
                fs::read(entry.path()).map_err(|error| format!("{}: {error}", entry.path()))?;
            sandbox.write(target, content);
        }
    }
    Ok(())
}
