//! `ocx network`

mod pending;

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use ocx_core::{
    bridge::{HostSet, NetworkOutcome, NetworkRecord, Rule},
    host::Host,
    ops::{NetworkError, NetworkLog, allow_now, deny_now},
    project::Project,
    settings::Settings,
};
use serde_json::json;

use crate::{
    args::GlobalArgs, context::Context, escape::escaped, failure::Failure, field_list::FieldList,
};

/// How often a log that is followed is looked at.
const POLL: Duration = Duration::from_millis(200);

const NO_SESSION: &str =
    "no session of this project runs with `network = \"filtered\"` or `\"ask\"`";

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
    Allow(AllowArgs),
    Deny(DenyArgs),
    Log(LogArgs),
    Pending(pending::PendingArgs),
    Sets(SetsArgs),
}

/// Let the sessions of this project that run now reach more, until they end
///
/// What waits for it goes on. What `network_deny` lists stays denied, and what `ocx network deny` named
/// with a wider rule. For later sessions the rule has to be in `network_allow` in your own settings.
#[derive(Args, Debug)]
#[command(after_help = ALLOW_EXAMPLES)]
struct AllowArgs {
    /// A host, a pattern, a network of addresses or a set, such as `github.com:443`, `*.npmjs.org`,
    /// `10.0.0.0/8:5432` or `@pypi`
    #[arg(required = true, value_name = "RULE")]
    rules: Vec<Rule>,
}

const ALLOW_EXAMPLES: &str = "\
Examples:
  ocx network allow github.com:443
  ocx network allow '*.npmjs.org' @pypi";

/// Keep the sessions of this project that run now from what they may reach, until they end
///
/// What waits for it is refused; connections that are there go on. For later sessions the rule has to be in
/// `network_deny` in your own settings.
#[derive(Args, Debug)]
#[command(after_help = DENY_EXAMPLES)]
struct DenyArgs {
    /// A host, a pattern, a network of addresses or a set, as for `ocx network allow`
    #[arg(required = true, value_name = "RULE")]
    rules: Vec<Rule>,
}

const DENY_EXAMPLES: &str = "\
Examples:
  ocx network deny telemetry.example";

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
        NetworkCommand::Allow(args) => allow(global, args),
        NetworkCommand::Deny(args) => deny(global, args),
        NetworkCommand::Log(args) => log(global, args).await,
        NetworkCommand::Pending(args) => pending::run(global, args).await,
        NetworkCommand::Sets(args) => sets(global, args),
    }
}

fn allow(global: &GlobalArgs, args: &AllowArgs) -> Result<ExitCode, Failure> {
    let word = Word {
        would_be: "allowed",
        may: "may",
        say: allow_now,
        for_later: |settings, rules| {
            let mode = if settings.network.is_by_rules() {
                ""
            } else {
                "network = \"filtered\"\n"
            };
            let all = with_more(&settings.network_allow, rules);
            format!("{mode}network_allow = {}", json!(all))
        },
    };
    word.say(global, &args.rules)
}

fn deny(global: &GlobalArgs, args: &DenyArgs) -> Result<ExitCode, Failure> {
    let word = Word {
        would_be: "kept from",
        may: "may not",
        say: deny_now,
        for_later: |settings, rules| {
            let all = with_more(&settings.network_deny, rules);
            format!("network_deny = {}", json!(all))
        },
    };
    word.say(global, &args.rules)
}

/// Says something to the sessions that run, and returns which those are.
type Say = fn(&Host, &Project, &[Rule]) -> Result<Vec<String>, NetworkError>;

/// What the user says of hosts while sessions run.
struct Word {
    would_be: &'static str,
    may: &'static str,
    say: Say,
    /// The lines of the settings that say it to those to come.
    for_later: fn(&Settings, &[Rule]) -> String,
}

impl Word {
    fn say(&self, global: &GlobalArgs, rules: &[Rule]) -> Result<ExitCode, Failure> {
        let Context {
            host,
            project,
            loaded,
            ..
        } = Context::prepare_to_look(global)?;
        let ui = global.ui();
        let Self { would_be, may, .. } = self;
        let named = joined(rules);
        if global.dry_run {
            ui.progress(&format!("running sessions would be {would_be} {named}"));
            return Ok(ExitCode::SUCCESS);
        }
        let sessions = (self.say)(&host, &project, rules)?;
        for session in &sessions {
            ui.progress(&format!(
                "session {session} {may} reach {named} until it ends"
            ));
        }
        if sessions.is_empty() {
            ui.progress(NO_SESSION);
        }
        ui.progress(&format!(
            "for later sessions, write into {}/ocx.toml:\n{}",
            host.dirs.config,
            (self.for_later)(&loaded.settings, rules)
        ));
        Ok(ExitCode::SUCCESS)
    }
}

fn joined(rules: &[Rule]) -> String {
    let rules = rules.iter().map(ToString::to_string);
    rules.collect::<Vec<_>>().join(", ")
}

/// A list of the settings with rules that it does not have yet.
fn with_more(list: &[Rule], rules: &[Rule]) -> Vec<String> {
    let mut all: Vec<String> = list.iter().map(ToString::to_string).collect();
    for rule in rules.iter().map(ToString::to_string) {
        if !all.contains(&rule) {
            all.push(rule);
        }
    }
    all
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
    ui.answer(&list.text())?;
    Ok(ExitCode::SUCCESS)
}
