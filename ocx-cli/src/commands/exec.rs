//! `ocx exec` and `ocx shell`.

use std::process::ExitCode;

use ocx_core::ops::Program;

use crate::{
    args::{ExecArgs, GlobalArgs, ShellArgs},
    commands::opencode::run_program,
    failure::Failure,
};

pub(crate) async fn run(global: &GlobalArgs, args: &ExecArgs) -> Result<ExitCode, Failure> {
    let program = Program::command(args.command.clone());
    run_program(global, &program, &args.place.place()).await
}

pub(crate) async fn shell(global: &GlobalArgs, args: &ShellArgs) -> Result<ExitCode, Failure> {
    run_program(global, &Program::Shell, &args.place.place()).await
}
