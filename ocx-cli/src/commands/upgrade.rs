//! `ocx upgrade`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    ops::{self, Pin, Planned, UpgradeCheck, UpgradeReport, Versions},
    settings::Loaded,
};
use serde_json::{Value, json};

use crate::{
    args::GlobalArgs,
    commands::build,
    context::{Context, Operation},
    failure::Failure,
};

/// Build the image with the newest version of opencode
///
/// The registry is asked now, whatever was said before. Images with other versions stay, so an
/// earlier one is brought back by naming its version: `opencode_version = "x.y.z"`. A pinned version
/// (`opencode_version`, `opencode_binary`) is left alone. The exit code is 0 if the registry answers
/// or is not needed, with --check whether there is a newer version or not.
///
/// Keys of the JSON of --check: `pinned` (a version) and `binary` (a path), one of them if the settings name
/// it; else `current` and `image` (what sessions use now, if something is built), `newest`, `differ`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UpgradeArgs {
    /// Only show the version in use and the newest one
    #[arg(long)]
    pub(crate) check: bool,
    /// Print JSON
    #[arg(long, requires = "check")]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx upgrade --check
  ocx upgrade";

pub(crate) async fn run(global: &GlobalArgs, args: &UpgradeArgs) -> Result<ExitCode, Failure> {
    let context = match args.check {
        true => Context::prepare_anywhere(global)?,
        false => Context::prepare(global)?,
    };
    let loaded = &context.loaded.clone();
    let operation = Operation::prepare(global, context);
    if args.check {
        let check = operation
            .with_engine(async |ocx| Ok(ops::check_upgrade(ocx).await?))
            .await?;
        if args.json {
            global.ui().json(&as_json(&check))?;
            return Ok(ExitCode::SUCCESS);
        }
        match check {
            UpgradeCheck::Pinned(pin) => {
                global.ui().answer(&format!("{}\n", pinned(&pin, loaded)))?;
            }
            UpgradeCheck::Asked(versions) => {
                let remedy = if versions.differ() {
                    ": `ocx upgrade` takes it"
                } else {
                    ""
                };
                global.ui().answer(&format!("{versions}{remedy}\n"))?;
            }
        }
    } else {
        let report = operation
            .with_base(async |ocx| {
                if global.dry_run {
                    return Ok(ocx.clone().dry_run().upgrade().await?);
                }
                Ok(Planned::All(ops::upgrade(ocx).await?))
            })
            .await?;
        let report = match report {
            Planned::All(report) => report,
            plan @ Planned::UpToTheBase => {
                build::tell_plan(global, &plan);
                return Ok(ExitCode::SUCCESS);
            }
        };
        match report {
            UpgradeReport::Pinned(pin) => global.ui().progress(&pinned(&pin, loaded)),
            UpgradeReport::Built { .. } if global.dry_run => {}
            UpgradeReport::Built { build, .. } => build::tell(global, &build),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(check: &UpgradeCheck) -> Value {
    let (pin, versions) = match check {
        UpgradeCheck::Pinned(pin) => (Some(pin), None),
        UpgradeCheck::Asked(versions) => (None, Some(versions)),
    };
    let current = versions.and_then(|versions| versions.current.as_ref());
    json!({
        "pinned": match pin {
            Some(Pin::Version(version)) => Some(version.to_string()),
            Some(Pin::Binary(_)) | None => None,
        },
        "binary": match pin {
            Some(Pin::Binary(path)) => Some(path),
            Some(Pin::Version(_)) | None => None,
        },
        "current": current.map(|(version, _)| version.to_string()),
        "image": current.map(|(_, image)| image.to_string()),
        "newest": versions.map(|versions| versions.newest.to_string()),
        "differ": versions.map(Versions::differ),
    })
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
