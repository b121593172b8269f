//! `cargo xtask test`

use ocx_tests::{engine::REQUIRED, run_id};

use crate::{
    engine_setup::Engine,
    step::{self, Outcome, cargo, say},
};

/// Options of the task.
#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// Runs all tests.
///
/// An engine is required, since a run in which the tests on real engines were left out proves
/// little; `cargo test --workspace` is for that.
pub(crate) fn run(args: &Args) -> Outcome {
    let engine = Engine::get()?;
    say("testing; tests that need Docker fail if it does not work");
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if let Some(filter) = &args.filter {
        command.arg(filter);
    }
    command
        .env(REQUIRED, "docker")
        .env(run_id::VARIABLE, engine.run.to_string());
    let result = step::run(&mut command);
    engine.finish();
    result
}
