//! `ocx network`

mod pending;
mod word;

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use ocx_core::{
    bridge::{HostSet, NetworkOutcome, NetworkRecord},
    ops::NetworkLog,
};
use serde_json::json;

use crate::{
    args::GlobalArgs, context::Context, escape::escaped, failure::Failure, field_list::FieldList,
};

/// How often a log that is followed is looked at.
const POLL: Duration = Duration::from_millis(200);

/// Show and change what sessions on a filtered network may reach
///
/// Those are sessions with `network = "filtered"` or `"ask"`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NetworkArgs {
    #[command(subcommand)]
    command: NetworkCommand,
}

const EXAMPLES: &str = "\
Examples:
  ocx --set network=filtered opencode
  ocx network log --follow
  ocx network allow github.com";

#[derive(Debug, Subcommand)]
enum NetworkCommand {
    Allow(word::AllowArgs),
    Deny(word::DenyArgs),
    Log(LogArgs),
    Pending(pending::PendingArgs),
    Sets(SetsArgs),
}

/// Show what the sessions of this project asked for, and what came of it
#[derive(Args, Debug)]
#[command(after_help = LOG_EXAMPLES)]
struct LogArgs {
    /// Go on with what they ask for from now on, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// Print JSON, one record a line
    #[arg(long)]
    json: bool,
}

const LOG_EXAMPLES: &str = "\
Examples:
  ocx network log
  ocx network log --follow --json";

/// Show the named sets of hosts
#[derive(Args, Debug)]
#[command(after_help = SETS_EXAMPLES)]
struct SetsArgs {
    /// Print JSON: for each name its list of rules
    #[arg(long)]
    json: bool,
}

const SETS_EXAMPLES: &str = "\
Examples:
  ocx network sets
  ocx network sets --json";

pub(crate) async fn run(global: &GlobalArgs, args: &NetworkArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        NetworkCommand::Allow(args) => word::allow(global, args),
        NetworkCommand::Deny(args) => word::deny(global, args),
        NetworkCommand::Log(args) => log(global, args).await,
        NetworkCommand::Pending(args) => pending::run(global, args).await,
        NetworkCommand::Sets(args) => sets(global, args),
    }
}

async fn log(global: &GlobalArgs, args: &LogArgs) -> Result<ExitCode, Failure> {
    let Context { host, project, .. } = Context::prepare_to_look(global)?;
    let ui = global.ui();
    let mut log = NetworkLog::open(&host, &project)?;
    let mut is_empty = true;
    loop {
        let records = log.read()?;
        is_empty &= records.is_empty();
        let text: String = records
            .iter()
            .map(|record| {
                if args.json {
                    line(record)
                } else {
                    in_words(record)
                }
            })
            .collect();
        ui.answer(&text)?;
        if !args.follow {
            break;
        }
        tokio::time::sleep(POLL).await;
    }
    if is_empty && !args.json {
        ui.progress("no filtered session of this project has asked for anything yet");
    }
    Ok(ExitCode::SUCCESS)
}

fn line(record: &NetworkRecord) -> String {
    format!("{}\n", json!(record))
}

fn in_words(record: &NetworkRecord) -> String {
    let (verb, more) = match &record.outcome {
        NetworkOutcome::Connected => ("allowed", String::new()),
        NetworkOutcome::Refused { reason } => ("refused", format!(": {reason}")),
        NetworkOutcome::Failed { reason } => ("failed ", format!(": {reason}")),
        NetworkOutcome::Ended { sent, received } => (
            "ended  ",
            format!(": {sent} bytes sent, {received} received"),
        ),
        _ => ("       ", String::new()),
    };
    format!(
        "{:.0}  {}  {verb}  {}{}\n",
        record.at,
        escaped(&record.session),
        escaped(&record.destination),
        escaped(&more)
    )
}

fn sets(global: &GlobalArgs, args: &SetsArgs) -> Result<ExitCode, Failure> {
    let ui = global.ui();
    let rules = |set: HostSet| {
        set.rules()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    if args.json {
        let all: serde_json::Map<_, _> = HostSet::ALL
            .into_iter()
            .map(|set| (format!("@{}", set.name()), json!(rules(set))))
            .collect();
        ui.json(&json!(all))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut list = FieldList::default();
    for set in HostSet::ALL {
        let hosts = if set == HostSet::Models {
            vec!["the model providers that you have configured or logged in to".to_owned()]
        } else {
            rules(set)
        };
        list.row(format!("@{}", set.name()), hosts);
    }
    ui.answer(&list.text(ui.width()))?;
    Ok(ExitCode::SUCCESS)
}
