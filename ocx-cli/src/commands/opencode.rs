//! `ocx opencode`.

use std::process::ExitCode;

use ocx_core::ops;

use crate::{
    args::{GlobalArgs, OpencodeArgs},
    failure::Failure,
    git_identity,
    workbench::{Desk, Workbench},
};

pub(crate) async fn run(global: &GlobalArgs, args: &OpencodeArgs) -> Result<ExitCode, Failure> {
    let mut desk = Desk::prepare(global)?;
    desk.host.git_identity = git_identity::find(&desk.project.current_dir);
    let report = Workbench::prepare(global, desk)
        .with_base(async |ocx| ops::open_session(ocx, &args.args).await)
        .await?;
    Ok(ExitCode::from(report.exit.code()))
}
