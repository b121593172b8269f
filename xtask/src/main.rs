//! The development tasks of ocx: `cargo xtask --help`.

mod attack_table;
mod bench;
mod check;
mod ci;
mod circles;
mod demo;
mod dependencies;
mod dependency_table;
mod dist;
mod engine_setup;
mod fuzz;
mod layers;
mod metadata;
mod oldest_rust;
mod package;
mod pages;
mod public_api;
mod record;
mod step;
mod test;
mod tidy;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The development tasks of ocx.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run all tests, those with real engines included; installs what is missing
    Test(test::Args),
    /// Show the main job on an example project with a stub model
    Demo(demo::Args),
    /// Measure what ocx adds to the engine and write docs/performance.md
    Bench(bench::Args),
    /// Check formatting, lints, documentation, dependencies, the public API and the oldest Rust
    Check,
    /// Check file sizes, wording, layers, the reasons for dependencies, the table of attacks, and manifests
    Tidy,
    /// Compare the public API of each package with its list in docs/public-api
    PublicApi(public_api::Args),
    /// Make the packages as for crates.io and build each of them, without publishing
    Package,
    /// Make what is handed out of a release, in target/dist: binary, archive, Debian package, bill of
    /// materials and checksums; the package is tried out
    Dist,
    /// Record how an engine answers, as fixtures for the tests of its backend
    RecordFixtures(record::Args),
    /// Throw damaged inputs at everything that reads what others write
    Fuzz(fuzz::Args),
    /// Do what CI does: check, tidy and test
    Ci,
}

fn main() -> ExitCode {
    let result = match Args::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Demo(args) => demo::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Check => check::run(),
        Task::Tidy => tidy::run(),
        Task::PublicApi(args) => public_api::run(&args),
        Task::Package => package::run(),
        Task::Dist => dist::run(),
        Task::RecordFixtures(args) => record::run(&args),
        Task::Fuzz(args) => fuzz::run_for(&args),
        Task::Ci => ci::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
