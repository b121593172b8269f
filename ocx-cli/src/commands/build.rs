//! `ocx build`.

use std::process::ExitCode;

use ocx_core::ops::{BuildReport, ImageAction, Planned};

use crate::{
    args::{BuildArgs, GlobalArgs},
    failure::Failure,
    output,
    workbench::{Desk, Workbench},
};

pub(crate) async fn run(global: &GlobalArgs, args: &BuildArgs) -> Result<ExitCode, Failure> {
    let request = args.request();
    let workbench = Workbench::prepare(global, Desk::prepare(global)?);
    if global.dry_run {
        let plan = workbench
            .with_base(async |ocx| ocx.clone().dry_run().build(&request).await)
            .await?;
        tell_plan(&plan);
    } else {
        let report = workbench
            .with_base(async |ocx| ocx.build(&request).await)
            .await?;
        tell(global, &report);
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells what a build came to.
pub(super) fn tell(global: &GlobalArgs, report: &BuildReport) {
    if !global.quiet {
        let image = &report.image;
        match report.action {
            ImageAction::UpToDate => output::progress(&format!("{image} is up to date")),
            ImageAction::Built(_) => output::progress(&format!("{image} is ready")),
        }
    }
}

/// Tells where a plan ends.
pub(super) fn tell_plan<T>(plan: &Planned<T>) {
    match plan {
        Planned::All(_) => {}
        Planned::UpToTheBase => {
            output::progress("what comes after that depends on a base image that is not there yet");
        }
    }
}
