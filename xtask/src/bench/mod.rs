//! `cargo xtask bench`

mod bridge;
mod builds;
mod disk;
mod instant;
mod machine;
mod report;
mod scene;
mod sessions;
mod timing;

use std::fs;

use ocx_tests::{
    engine::{Engine, EngineKind, Lane},
    registry::Registry,
};

use self::{
    report::{Comparison, Measured, Report},
    scene::Scene,
};
use crate::{
    engine_setup::{Engines, version},
    step::{self, Outcome, cargo, say, workspace},
};

/// Options of the task.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many rounds of runs each comparison has; those that take long have seven at most
    #[arg(long, default_value_t = 15)]
    pairs: usize,
    /// Print the report instead of writing docs/performance.md
    #[arg(long)]
    print: bool,
    /// Only on this engine, such as `docker` or `podman`
    #[arg(long, value_name = "LANE", requires = "print")]
    engine: Option<Lane>,
    /// Measure what images take of the disk instead, and write that into docs/disk.md; as root only
    #[arg(long)]
    disk: bool,
    /// Only these measurements: `warm`, `first`, `exec`, `hidden`, `filtered`, `bridge`,
    /// `build`, `no-op`, `cold` or `instant`, which alone needs no engine
    #[arg(long, value_name = "NAME", requires = "print")]
    only: Vec<String>,
}

/// Measures what ocx adds to the engine: each of its commands beside what a person would type for the
/// same result, in turns, so that a machine whose speed drifts slows both down.
pub(crate) fn run(args: &Args) -> Outcome {
    if args.disk {
        step::run(&mut cargo(&["build", "--workspace", "--bins"]))?;
        let lanes = args
            .engine
            .map_or_else(|| disk::MEASURED.to_vec(), |lane| vec![lane]);
        return disk::run(&lanes, args.print);
    }
    step::run(&mut cargo(&["build", "--release", "--package=ocx"]))?;
    step::run(&mut cargo(&[
        "build",
        "--quiet",
        "--package=ocx-tests",
        "--bins",
    ]))?;
    let instant = instant::measure(args.pairs)?;
    for one in &instant {
        say(&one.in_short());
    }
    if args.only.iter().any(|name| name == INSTANT) && args.only.len() == 1 {
        return instant::check(&instant);
    }
    let lanes = args
        .engine
        .map_or_else(|| MEASURED.to_vec(), |lane| vec![lane]);
    let engines = Engines::get(&lanes)?;
    let measured = measure(&engines, args);
    engines.finish();
    let report = Report {
        machine: machine::describe()?,
        pairs: args.pairs,
        measured: measured?,
        instant,
    };
    publish(&report.to_markdown(), args)?;
    // Whoever is told also has the report.
    instant::check(&report.instant)
}

/// What needs no engine, by its name.
const INSTANT: &str = "instant";

/// Prints the report, or writes it.
fn publish(text: &str, args: &Args) -> Outcome {
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

/// A measurement by its name, and the rows that it makes.
type Measurement = (&'static str, fn(&Scene<'_>) -> Outcome<Vec<Comparison>>);

fn measurements(kind: EngineKind) -> Vec<Measurement> {
    let mut all: Vec<Measurement> = vec![("warm", sessions::warm_start)];
    if kind == EngineKind::Podman {
        all.push(("first", sessions::first_session));
    }
    all.extend([
        ("exec", sessions::exec as fn(&Scene<'_>) -> _),
        ("hidden", sessions::hidden_files),
        ("filtered", bridge::start),
        ("bridge", bridge::load),
        ("build", builds::layer),
        ("no-op", builds::no_op),
        ("cold", builds::cold_path),
    ]);
    all
}

fn measure(engines: &Engines, args: &Args) -> Outcome<Vec<Measured>> {
    let registry = Registry::start();
    let mut measured = Vec::new();
    for engine in engines.all() {
        say(&format!("measuring on {}", engine.lane()));
        let scene = Scene::prepare(engine, &registry, args.pairs)?;
        measured.push(Measured {
            engine: version::describe(engine),
            comparisons: measure_one(engine, &scene, args)?,
        });
    }
    Ok(measured)
}

fn measure_one(engine: &Engine, scene: &Scene<'_>, args: &Args) -> Outcome<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    for (name, measurement) in measurements(engine.kind()) {
        if args.only.is_empty() || args.only.iter().any(|wanted| wanted == name) {
            say(&format!("measuring `{name}`"));
            let rows = measurement(scene)?;
            for row in &rows {
                say(&row.in_short());
            }
            comparisons.extend(rows);
        }
    }
    Ok(comparisons)
}
