//! `ocx upgrade`.

use std::process::ExitCode;

use ocx_core::{
    ops::{self, Pin, Planned, UpgradeCheck, UpgradeReport},
    settings::Loaded,
};

use crate::{
    args::{GlobalArgs, UpgradeArgs},
    commands::build,
    failure::Failure,
    output, sheet,
    workbench::{Desk, Workbench},
};

pub(crate) async fn run(global: &GlobalArgs, args: &UpgradeArgs) -> Result<ExitCode, Failure> {
    let desk = Desk::prepare(global)?;
    let loaded = &desk.loaded.clone();
    let workbench = Workbench::prepare(global, desk);
    if args.check {
        let check = workbench
            .with_engine(async |ocx| ops::check_upgrade(ocx).await)
            .await?;
        match check {
            UpgradeCheck::Pinned(pin) => sheet::print(&format!("{}\n", pinned(&pin, loaded)))?,
            UpgradeCheck::Asked(versions) => {
                let remedy = if versions.differ() {
                    ": `ocx upgrade` takes it"
                } else {
                    ""
                };
                sheet::print(&format!("{versions}{remedy}\n"))?;
            }
        }
    } else {
        let report = workbench
            .with_base(async |ocx| {
                if global.dry_run {
                    return ocx.clone().dry_run().upgrade().await;
                }
                ops::upgrade(ocx).await.map(Planned::All)
            })
            .await?;
        let report = match report {
            Planned::All(report) => report,
            plan @ Planned::UpToTheBase => {
                build::tell_plan(&plan);
                return Ok(ExitCode::SUCCESS);
            }
        };
        match report {
            UpgradeReport::Pinned(pin) if !global.quiet => output::progress(&pinned(&pin, loaded)),
            UpgradeReport::Pinned(_) => {}
            UpgradeReport::Built { .. } if global.dry_run => {}
            UpgradeReport::Built { build, .. } => build::tell(global, &build),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn pinned(pin: &Pin, loaded: &Loaded) -> String {
    match pin {
        Pin::Version(version) => format!(
            "opencode is pinned to {version} by `opencode_version` ({}); it stays",
            loaded.origins.of("opencode_version")
        ),
        Pin::Binary(path) => format!(
            "opencode is {path}, by `opencode_binary` ({}); it stays",
            loaded.origins.of("opencode_binary")
        ),
    }
}
