//! `ocx stats`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    ops::{self, RunningSession, SessionsUsage},
    runtime::ContainerUsage,
};
use serde_json::{Value, json};

use super::{
    du::table::size,
    ps::{meant, none_runs, scope_of},
};
use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    failure::Failure,
    plain_table::{Column, PlainTable},
};

/// Show what running sessions of this project use of the machine
///
/// Time of processors in percent of one (Podman: the average since the session began), memory and its limit,
/// and how many processes and threads there are, as the engine measures them, which takes two seconds.
/// Rootless Podman cannot on cgroup v1.
///
/// Keys of the JSON, a list: `session`, `engine`, `project`, `cpu_percent`, `memory` and `memory_limit` in
/// bytes, `processes`; null for what the engine does not tell. opencode's own statistics are `ocx opencode
/// stats`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StatsArgs {
    /// Sessions to measure, by the beginnings of their IDs (see `ocx ps`)
    #[arg(value_name = "ID")]
    sessions: Vec<String>,
    /// Those of all projects
    #[arg(long, short, conflicts_with = "sessions")]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx stats
  ocx stats --all --json";

pub(crate) async fn run(global: &GlobalArgs, args: &StatsArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_in_spite_of_settings(global)?;
    // Where there is no project, those of all are what can be meant.
    let scope = scope_of(args.all || context.is_without_project());
    let operation = Operation::prepare(global, context);
    let meant = meant(scope, &args.sessions);
    let SessionsUsage {
        sessions, silent, ..
    } = operation
        .with_engine(async |ocx| {
            let others = operation.on_other_engines(ocx);
            Ok(ops::session_usage(ocx, &others, &meant).await?)
        })
        .await?;
    let ui = global.ui();
    let is_measured = sessions.iter().any(|(_, usage)| usage.is_some());
    for (engine, error) in silent {
        if !is_measured {
            return Err(Failure::Runtime(error));
        }
        ui.warning(&format!("{engine} does not measure: {error}"));
    }
    match (args.json, sessions.is_empty()) {
        (true, _) => ui.json(&sessions.iter().map(as_json).collect::<Value>())?,
        (false, true) => ui.progress(none_runs(scope)),
        (false, false) => ui.answer(&as_table(&sessions).text(ui.width()))?,
    }
    Ok(ExitCode::SUCCESS)
}

type Measured = (RunningSession, Option<ContainerUsage>);

fn as_json((session, usage): &Measured) -> Value {
    let of = |get: fn(&ContainerUsage) -> Option<u64>| usage.as_ref().and_then(get);
    json!({
        "session": session.id,
        "engine": session.engine.as_str(),
        "project": session.project,
        "cpu_percent": usage.as_ref().and_then(|usage| usage.cpu_percent),
        "memory": of(|usage| usage.memory),
        "memory_limit": of(|usage| usage.memory_limit),
        "processes": of(|usage| usage.processes),
    })
}

fn as_table(sessions: &[Measured]) -> PlainTable {
    let first = &sessions[0].0;
    let of_many_projects = sessions
        .iter()
        .any(|(session, _)| session.project != first.project);
    let project = of_many_projects.then_some(("PROJECT", Column::Whole));
    let head = [
        ("SESSION", Column::Whole),
        ("CPU", Column::Number),
        ("MEMORY", Column::Number),
        ("LIMIT", Column::Number),
        ("PROCESSES", Column::Number),
    ];
    let mut table = PlainTable::new(head.into_iter().chain(project));
    for (session, usage) in sessions {
        let unknown = || "?".to_owned();
        let of = |get: fn(&ContainerUsage) -> Option<u64>| usage.as_ref().and_then(get);
        let cpu = usage.as_ref().and_then(|usage| usage.cpu_percent);
        let cells = [
            session.id.clone(),
            cpu.map_or_else(unknown, |cpu| format!("{cpu:.1} %")),
            size(of(|usage| usage.memory)),
            size(of(|usage| usage.memory_limit)),
            of(|usage| usage.processes).map_or_else(unknown, |count| count.to_string()),
        ];
        let project = project.map(|_| session.project.clone());
        table.row(cells.into_iter().chain(project));
    }
    table
}
