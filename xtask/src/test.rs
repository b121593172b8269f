//! `cargo xtask test`

use std::num::NonZero;

use ocx_tests::{
    engine::{CHOSEN, EngineKind, REQUIRED},
    run_id,
};

use crate::{
    engine_setup::{self, Engines},
    step::{self, Outcome, cargo, say},
};

/// How many tests run at once, <https://doc.rust-lang.org/rustc/tests/index.html>.
const THREADS: &str = "RUST_TEST_THREADS";

/// Options of the task.
#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Only tests whose name contains this
    filter: Option<String>,
    /// Only this engine: `docker`, `docker-rootless` or `podman`. May be given several times.
    #[arg(long, value_name = "NAME")]
    engine: Vec<EngineKind>,
}

/// Runs all tests.
///
/// The engines are required, since a run in which the tests on real engines were left out proves
/// little; `cargo test --workspace` is for that.
pub(crate) fn run(args: &Args) -> Outcome {
    let kinds: &[EngineKind] = match args.engine.as_slice() {
        [] => &EngineKind::ALL,
        chosen => chosen,
    };
    let names = kinds.iter().map(ToString::to_string).collect::<Vec<_>>();
    engine_setup::prepare_bases()?;
    let engines = Engines::get(kinds)?;
    say(&format!(
        "testing on {}; tests fail where these do not work",
        names.join(", ")
    ));
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if let Some(filter) = &args.filter {
        // Tests run them, and with a filter Cargo builds none.
        step::run(&mut cargo(&[
            "build",
            "--quiet",
            "--workspace",
            "--examples",
        ]))?;
        command.arg(filter);
    }
    command
        .env(REQUIRED, names.join(","))
        .env(CHOSEN, names.join(","))
        .env(run_id::VARIABLE, engines.run.to_string());
    if std::env::var_os(THREADS).is_none() {
        // Tests wait for engines more often than these keep a core busy.
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        command.env(THREADS, (cores + 1).to_string());
    }
    let result = step::run(&mut command);
    engines.finish();
    result
}
