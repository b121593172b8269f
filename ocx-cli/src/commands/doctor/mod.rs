//! `ocx doctor`.

mod facts;
mod findings;
mod registry;

use std::process::ExitCode;

use clap::Args;
use ocx_core::host::Host;
use serde_json::{Value, json};

pub(super) use self::facts::without_programs_of_the_project;
use self::{
    facts::Facts,
    findings::{Finding, Level},
};
use crate::{args::GlobalArgs, exit_code, failure::Failure, field_list::FieldList};

/// Check what ocx needs on this machine, and what to do about it
///
/// Works outside of a project, too, and with settings that are wrong. Nothing is changed. The exit code is
/// 0 if nothing is worse than a warning, 69 if no engine can be used, and 78 for any other problem.
///
/// Keys of the JSON: `state` (`ok`, `warning` or `problem`, the worst of all), `checks` (`check`, `state`,
/// `message`, `remedies`).
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx doctor
  ocx doctor --json";

pub(crate) async fn run(global: &GlobalArgs, args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let host = Host::of_this_process()?;
    let facts = Facts::gather(global, host).await;
    let findings = findings::of(&facts);
    if args.json {
        global.ui().json(&as_json(&findings))?;
    } else {
        let ui = global.ui();
        ui.answer(&as_list(&findings).text(ui.width()))?;
    }
    Ok(code(&findings))
}

/// What the command prints.
pub(super) async fn report(global: &GlobalArgs, host: Host) -> String {
    let facts = Facts::gather(global, host).await;
    as_list(&findings::of(&facts)).text(None)
}

/// Without an engine nothing runs at all, so that comes before the rest.
fn code(findings: &[Finding]) -> ExitCode {
    let problems = || {
        findings
            .iter()
            .filter(|found| found.level == Level::Problem)
    };
    if problems().any(|problem| problem.check == findings::ENGINE) {
        ExitCode::from(exit_code::ENGINE_UNAVAILABLE)
    } else if problems().next().is_some() {
        ExitCode::from(exit_code::CONFIG)
    } else {
        ExitCode::SUCCESS
    }
}

fn as_list(findings: &[Finding]) -> FieldList {
    let mut list = FieldList::default();
    for finding in findings {
        let heading = format!("{:7}  {}", finding.level.word(), finding.check);
        let remedies = finding.remedies.iter();
        let remedies = remedies.map(|remedy| format!("hint: {remedy}"));
        list.row(
            heading,
            // What an engine said has lines of its own.
            finding.message.lines().map(str::to_owned).chain(remedies),
        );
    }
    list
}

fn as_json(findings: &[Finding]) -> Value {
    let worst = findings.iter().map(|finding| finding.level).max();
    let checks = findings.iter().map(|finding| {
        json!({
            "check": finding.check,
            "state": finding.level.word(),
            "message": finding.message,
            "remedies": finding.remedies,
        })
    });
    json!({
        "state": worst.unwrap_or(Level::Ok).word(),
        "checks": checks.collect::<Value>(),
    })
}
