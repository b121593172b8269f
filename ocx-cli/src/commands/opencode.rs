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
    override_usage = "ocx [OPTIONS] opencode [ARGS]..."
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

pub(crate) async fn run(global: &GlobalArgs, args: &OpencodeArgs) -> Result<ExitCode, Failure> {
    let program = Program::opencode(args.args.clone());
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
    let operation = Operation::prepare(global, context);
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
