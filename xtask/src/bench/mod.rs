//! `cargo xtask bench`

mod machine;
mod report;
mod timing;

use std::{fs, process::Command};

use camino::Utf8PathBuf;
use ocx_tests::{
    bases,
    engine::{Engine, EngineKind, Lane},
    registry::Registry,
    sandbox::Sandbox,
};

use self::{
    report::{Comparison, Measured, Report},
    timing::{Pairs, pairs},
};
use crate::{
    engine_setup::{Engines, version},
    step::{self, Outcome, cargo, read, say, workspace},
};

/// Options of the task.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many pairs of runs each comparison has
    #[arg(long, default_value_t = 15)]
    pairs: usize,
    /// Print the report instead of writing docs/performance.md
    #[arg(long)]
    print: bool,
}

/// Measures what ocx adds to the engine: each of its commands beside the engine's own commands that
/// it runs, in turns, so that a machine whose speed drifts slows both down.
pub(crate) fn run(args: &Args) -> Outcome {
    step::run(&mut cargo(&["build", "--release", "--package=ocx"]))?;
    step::run(&mut cargo(&[
        "build",
        "--quiet",
        "--package=ocx-tests",
        "--bins",
    ]))?;
    let engines = Engines::get(&MEASURED)?;
    let result = measure(&engines, args.pairs);
    engines.finish();
    let text = result?.to_markdown();
    if args.print {
        println!("{text}");
        return Ok(());
    }
    let path = workspace().join("docs/performance.md");
    fs::create_dir_all(workspace().join("docs"))
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| format!("{path}: {error}"))?;
    say(&format!("wrote {path}"));
    Ok(())
}

/// The engines that are measured.
const MEASURED: [Lane; 2] = [Lane::Docker, Lane::Podman];

/// A project with a base on an engine, and the release build of ocx.
struct Bench<'a> {
    engine: &'a Engine,
    sandbox: Sandbox,
    ocx: Utf8PathBuf,
    pairs: usize,
}

fn measure(engines: &Engines, pairs: usize) -> Outcome<Report> {
    let registry = Registry::start();
    let mut measured = Vec::new();
    let mut version = None;
    for engine in engines.all() {
        say(&format!("measuring on {}", engine.lane()));
        let bench = Bench::prepare(engine, &registry, pairs)?;
        let mut comparisons = vec![bench.warm_start()?];
        if engine.kind() == EngineKind::Podman {
            comparisons.push(bench.first_session()?);
        }
        comparisons.extend([bench.build()?, bench.no_op_build()?]);
        measured.push(Measured {
            engine: version::describe(engine),
            comparisons,
        });
        if version.is_none() {
            version = Some(bench.version()?);
        }
    }
    Ok(Report {
        machine: machine::describe()?,
        pairs,
        measured,
        version: version.ok_or("there is no engine to measure on")?,
    })
}

/// The Debian base under a name of this sandbox's own, so that everything made from it goes with it.
fn named_base(engine: &Engine, sandbox: &Sandbox) -> String {
    let name = format!("{}-bench", sandbox.name());
    engine
        .cli()
        .require(&["tag", &bases::debian(engine), &name]);
    name
}

impl<'a> Bench<'a> {
    fn prepare(engine: &'a Engine, registry: &Registry, pairs: usize) -> Outcome<Self> {
        let mut sandbox = Sandbox::new();
        sandbox.use_engine(engine);
        sandbox.set_env("OCX_OPENCODE_REGISTRY", &registry.url());
        let ocx = sandbox.root().join("bin/ocx-release");
        let built = workspace().join("target/release/ocx");
        fs::copy(&built, &ocx).map_err(|error| format!("{built} to {ocx}: {error}"))?;
        sandbox.write(
            "ocx.toml",
            format!("custom_base_image = \"{}\"\n", named_base(engine, &sandbox)),
        );
        let bench = Self {
            engine,
            sandbox,
            ocx,
            pairs,
        };
        say("building the image once, so that the binary is cached");
        bench.once(&["build"])?;
        bench.once(&["opencode", "--version"])?;
        Ok(bench)
    }

    /// The first session after a build beside a later one: the build has done what the engine does
    /// once for each image.
    fn first_session(&self) -> Outcome<Comparison> {
        let session = ["opencode", "--version"];
        let line = self.planned(&session)?.pop().ok_or("nothing was planned")?;
        let words = split(&line)?;
        let image = words
            .iter()
            .rposition(|word| word == "opencode")
            .and_then(|position| words.get(position - 1))
            .ok_or("the planned run has no image")?;
        let times = pairs(
            self.pairs.min(7),
            || {
                let _ = self.engine.cli().ask(&["rmi", image]);
                // What fails here fails in the session, too.
                let _ = self.ocx(&["--quiet", "build"]).status();
                self.ocx(&session)
            },
            || self.ocx(&session),
            || {},
        )?;
        Ok(Comparison {
            what: "the first session after a build".to_owned(),
            beside: "a later one".to_owned(),
            times,
        })
    }

    fn warm_start(&self) -> Outcome<Comparison> {
        let session = ["opencode", "--version"];
        let line = self.planned(&session)?.pop().ok_or("nothing was planned")?;
        let words = split(&line)?;
        let times = pairs(
            self.pairs,
            || self.ocx(&session),
            || self.by_hand(&words),
            || {},
        )?;
        Ok(Comparison {
            what: "warm start, `ocx opencode --version`".to_owned(),
            beside: format!("the same `{} run`", self.program()),
            times,
        })
    }

    fn build(&self) -> Outcome<Comparison> {
        let lines = self.planned(&["build", "--force"])?;
        let script = lines.join(" && ");
        let words = ["sh", "-c", &format!("{{ {script}; }} >/dev/null 2>&1")]
            .map(str::to_owned)
            .to_vec();
        let count = self.pairs.min(7);
        let times = pairs(
            count,
            || self.ocx(&["build", "--force"]),
            || self.by_hand(&words),
            || {
                // ocx removes the build context when it is done with it; the script needs it.
                let _ = self.planned(&["build", "--force"]);
            },
        )?;
        Ok(Comparison {
            what: "image build with the binary cached, `ocx build --force`".to_owned(),
            beside: format!(
                "the same `{} tag`, `build`, `run … opencode --version`, `tag`, `rmi`",
                self.program()
            ),
            times,
        })
    }

    fn no_op_build(&self) -> Outcome<Comparison> {
        let output = self
            .sandbox
            .command(self.ocx.as_str(), ["--verbose", "build"])
            .run()
            .success();
        let line = output
            .stderr()
            .lines()
            .find_map(|line| line.strip_prefix("$ "))
            .ok_or("a no-op build that asks the engine nothing")?
            .to_owned();
        let words = split(&line)?;
        let times = pairs(
            self.pairs,
            || self.ocx(&["build"]),
            || self.by_hand(&words),
            || {},
        )?;
        Ok(Comparison {
            what: "no-op build, `ocx build`".to_owned(),
            beside: format!("one `{} image inspect` of two images", self.program()),
            times,
        })
    }

    fn version(&self) -> Outcome<Pairs> {
        let nothing = vec!["/bin/true".to_owned()];
        pairs(
            self.pairs * 2,
            || self.ocx(&["--version"]),
            || self.by_hand(&nothing),
            || {},
        )
    }

    fn program(&self) -> &'static str {
        self.engine.kind().program()
    }

    fn ocx<'b>(&'b self, args: &[&'b str]) -> Command {
        self.sandbox
            .command(self.ocx.as_str(), args.iter().copied())
            .command()
    }

    fn by_hand(&self, words: &[String]) -> Command {
        self.sandbox
            .command(&words[0], words[1..].iter().map(String::as_str))
            .command()
    }

    fn once(&self, args: &[&str]) -> Outcome {
        self.sandbox
            .command(self.ocx.as_str(), args.iter().copied())
            .run()
            .success()
            .done();
        Ok(())
    }

    /// The engine commands that ocx would run.
    fn planned(&self, args: &[&str]) -> Outcome<Vec<String>> {
        let args: Vec<&str> = std::iter::once("--dry-run")
            .chain(args.iter().copied())
            .collect();
        let text = read(&mut self.sandbox.command(self.ocx.as_str(), args).command())?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}

fn split(line: &str) -> Outcome<Vec<String>> {
    shell_words::split(line).map_err(|error| format!("`{line}`: {error}"))
}
