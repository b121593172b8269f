//! `ocx exec` and `ocx shell`.

use std::process::ExitCode;

use ocx_core::ops::{self, InsideProgram, InsideRequest};

use crate::{
    args::{ExecArgs, GlobalArgs, ShellArgs},
    failure::Failure,
    git_identity,
    workbench::{Desk, Workbench},
};

pub(crate) async fn run(global: &GlobalArgs, args: &ExecArgs) -> Result<ExitCode, Failure> {
    let request = InsideRequest {
        program: InsideProgram::Command(args.command.clone()),
        place: args.place.place(),
    };
    inside(global, &request).await
}

pub(crate) async fn shell(global: &GlobalArgs, args: &ShellArgs) -> Result<ExitCode, Failure> {
    let request = InsideRequest {
        program: InsideProgram::Shell,
        place: args.place.place(),
    };
    inside(global, &request).await
}

async fn inside(global: &GlobalArgs, request: &InsideRequest) -> Result<ExitCode, Failure> {
    let mut desk = Desk::prepare(global)?;
    desk.host.git_identity = git_identity::find(&desk.project.current_dir);
    let report = Workbench::prepare(global, desk)
        .with_base(async |ocx| ops::run_inside(ocx, request).await)
        .await?;
    Ok(ExitCode::from(report.exit.code()))
}
