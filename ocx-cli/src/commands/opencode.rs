//! `ocx opencode`.

use std::process::ExitCode;

use ocx_core::ops::{Place, Program};

use crate::{
    args::{GlobalArgs, OpencodeArgs},
    failure::Failure,
    workbench::{Desk, Workbench},
};

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
    let workbench = Workbench::prepare(global, Desk::prepare(global)?);
    workbench
        .with_base(async |ocx| {
            let session = ocx.session(program.clone()).place(place.clone());
            if global.dry_run {
                let plan = ocx.clone().dry_run().session(session).await?;
                super::build::tell_plan(&plan);
                Ok(ExitCode::SUCCESS)
            } else {
                Ok(ExitCode::from(session.run().await?.exit.code()))
            }
        })
        .await
}
