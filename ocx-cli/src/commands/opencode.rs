//! `ocx opencode`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::ops::{Place, Program};

use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    failure::Failure,
    init_note,
};

/// Run opencode in a container on this project
///
/// Everything behind `opencode` goes to opencode untouched, flags and --help included; ocx's own
/// flags come before it, as in `ocx --verbose opencode run "fix the tests"`. The exit code is
/// opencode's.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "ocx [OPTIONS] opencode [ARGS]...",
    after_help = EXAMPLES
)]
pub(crate) struct OpencodeArgs {
    /// Arguments of opencode
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) args: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  ocx opencode
  ocx opencode --continue
  ocx --verbose opencode auth login";

/// Give opencode a task, without its screen
///
/// The same as `ocx opencode run`: everything behind `run` goes to opencode untouched, flags and --help
/// included. The exit code is opencode's.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "ocx [OPTIONS] run [ARGS]...",
    after_help = RUN_EXAMPLES
)]
pub(crate) struct RunArgs {
    /// Arguments of `opencode run`, the task among them
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) args: Vec<String>,
}

const RUN_EXAMPLES: &str = "\
Examples:
  ocx run \"fix the failing tests\"
  ocx run --continue \"now add a test for it\"";

pub(crate) async fn run(global: &GlobalArgs, args: &OpencodeArgs) -> Result<ExitCode, Failure> {
    let program = Program::opencode(args.args.clone());
    run_program(global, &program, &Place::New).await
}

pub(crate) async fn run_task(global: &GlobalArgs, args: &RunArgs) -> Result<ExitCode, Failure> {
    let words = ["run".to_owned()].into_iter().chain(args.args.clone());
    let program = Program::opencode(words);
    run_program(global, &program, &Place::New).await
}

/// Runs a program where the agent works, and ends as it does.
pub(super) async fn run_program(
    global: &GlobalArgs,
    program: &Program,
    place: &Place,
) -> Result<ExitCode, Failure> {
    let context = Context::prepare(global)?;
    init_note::say(global, &context);
    let mut operation = Operation::prepare(global, context);
    if matches!((program, place), (Program::Opencode(_), Place::New)) {
        operation = operation.offering_host_ports(global);
    }
    operation
        .with_base(async |ocx| {
            let session = ocx.session(program.clone()).place(place.clone());
            if global.dry_run {
                let plan = ocx.clone().dry_run().session(session).await?;
                super::build::tell_plan(global, &plan);
                Ok(ExitCode::SUCCESS)
            } else {
                Ok(ExitCode::from(session.run().await?.exit.code()))
            }
        })
        .await
}
