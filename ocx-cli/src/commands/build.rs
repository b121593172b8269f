//! `ocx build`.

use std::process::ExitCode;

use ocx_core::ops::{self, BuildReport, ImageAction};

use crate::{
    args::{BuildArgs, GlobalArgs},
    failure::Failure,
    output,
    workbench::{Desk, Workbench},
};

pub(crate) async fn run(global: &GlobalArgs, args: &BuildArgs) -> Result<ExitCode, Failure> {
    let request = args.request();
    let report = Workbench::prepare(global, Desk::prepare(global)?)
        .with_base(async |ocx| ops::build(ocx, &request).await)
        .await?;
    tell(global, &report);
    Ok(ExitCode::SUCCESS)
}

/// Tells what a build came to.
pub(super) fn tell(global: &GlobalArgs, report: &BuildReport) {
    if !global.quiet
        && !global.dry_run
        && let Some(image) = &report.image
    {
        match report.action {
            ImageAction::UpToDate => output::progress(&format!("{image} is up to date")),
            ImageAction::Built(_) => output::progress(&format!("{image} is ready")),
            ImageAction::Unknown => {}
        }
    }
    if global.dry_run && report.action == ImageAction::Unknown {
        output::progress("what comes after that depends on the base image");
    }
}
