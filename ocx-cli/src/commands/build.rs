//! `ocx build`.

use std::process::ExitCode;

use ocx_core::ops::{self, ImageAction};

use crate::{
    args::{BuildArgs, GlobalArgs},
    failure::Failure,
    output,
    workbench::{Desk, Workbench},
};

pub(crate) async fn run(global: &GlobalArgs, args: &BuildArgs) -> Result<ExitCode, Failure> {
    let request = args.request();
    let report = Workbench::prepare(global, Desk::prepare(global)?)
        .with_engine(async |ocx| ops::build(ocx, &request).await)
        .await?;
    if !global.quiet && !global.dry_run {
        let image = report
            .image
            .map_or_else(String::new, |image| image.to_string());
        match report.action {
            ImageAction::UpToDate => output::progress(&format!("{image} is up to date")),
            ImageAction::Built(_) => output::progress(&format!("{image} is ready")),
            ImageAction::Unknown => {}
        }
    }
    if global.dry_run && report.action == ImageAction::Unknown {
        output::progress("what comes after that depends on the base image");
    }
    Ok(ExitCode::SUCCESS)
}
