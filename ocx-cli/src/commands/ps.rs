//! `ocx ps` and `ocx stop`.

use std::{collections::BTreeSet, iter, process::ExitCode};

use clap::Args;
use jiff::{SpanRound, Timestamp, Unit, fmt::friendly};
use ocx_core::{
    detached::{DetachedState, DetachedStore},
    ops::{self, Ocx, RunningSession, Scope, Sessions},
};
use serde_json::{Value, json};

use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    failure::Failure,
    plain_table::{Column, PlainTable},
};

/// List the running sessions of this project
///
/// Only your own are listed, the newest first. Those whose ocx was killed are marked, and stopped. All engines that answer are
/// asked, unless the setting `runtime` or --runtime names one.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PsArgs {
    /// List those of all projects
    #[arg(long, short)]
    pub(crate) all: bool,
    /// List those of all projects and of all users of the engine
    #[arg(long)]
    pub(crate) all_users: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx ps
  ocx ps --all --json";

/// Stop running sessions of this project
///
/// opencode is asked to end and is killed after 10 seconds. Without IDs all sessions of the project
/// are stopped, on all engines that answer unless the setting `runtime` or --runtime names one. An ID may be
/// that of a session of another project.
#[derive(Args, Debug)]
#[command(after_help = STOP_EXAMPLES)]
pub(crate) struct StopArgs {
    /// Sessions to stop, by the beginnings of their IDs (see `ocx ps`)
    #[arg(value_name = "ID")]
    pub(crate) sessions: Vec<String>,
    /// Stop yours of all projects
    #[arg(long, short, conflicts_with = "sessions")]
    pub(crate) all: bool,
    /// Print the stopped sessions as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const STOP_EXAMPLES: &str = "\
Examples:
  ocx stop
  ocx stop 1a2b
  ocx stop --all";

pub(crate) async fn run(global: &GlobalArgs, args: &PsArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_in_spite_of_settings(global)?;
    // Where there is no project, those of all are what can be meant.
    let all = args.all || context.is_without_project();
    let scope = match (args.all_users, all) {
        (true, _) => Scope::AllUsers,
        (false, true) => Scope::AllProjects,
        (false, false) => Scope::Project,
    };
    let store = DetachedStore::new(&context.host.dirs.state);
    let operation = Operation::prepare(global, context);
    let sessions = operation
        .with_engine(async |ocx| {
            let others = operation.on_other_engines(ocx);
            let sessions = ops::running_sessions_on(ocx, &others, scope).await?;
            for one in iter::once(ocx).chain(&others) {
                ops::stop_abandoned(one, sessions.clone()).await;
            }
            Ok(sessions)
        })
        .await?;
    let detached = detached_among(&store, &sessions);
    let ui = global.ui();
    match (args.json, sessions.is_empty()) {
        (true, _) => ui.json(&as_json(&sessions, Some(&detached)))?,
        (false, true) => ui.progress(none_runs(scope)),
        (false, false) => {
            let table = as_table(&sessions, &detached, scope, Timestamp::now());
            ui.answer(&table.text(ui.width()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn stop(global: &GlobalArgs, args: &StopArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_in_spite_of_settings(global)?;
    if args.sessions.is_empty() && !args.all {
        // Not those of all projects unasked.
        context.project.ensure()?;
    }
    let operation = Operation::prepare(global, context);
    let scope = scope_of(args.all);
    let meant = meant(scope, &args.sessions);
    let sessions = operation
        .with_engine(async |ocx| {
            let mut all = operation.on_other_engines(ocx);
            all.insert(0, ocx.clone());
            if global.dry_run {
                let dry = all.into_iter().map(Ocx::dry_run);
                all = dry.map(|dry| dry.ocx().clone()).collect();
            }
            let (ocx, others) = all.split_first().expect("it has the chosen one");
            Ok(ops::stop_sessions_on(ocx, others, &meant).await?)
        })
        .await?;
    if args.json {
        global.ui().json(&as_json(&sessions, None))?;
        return Ok(ExitCode::SUCCESS);
    }
    let ui = global.ui();
    if sessions.is_empty() {
        ui.progress(none_runs(scope));
    }
    if !global.dry_run {
        for session in &sessions {
            ui.progress(&format!("stopped session {}", session.id));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The scope of the user's own, in all projects or in this one.
pub(super) fn scope_of(all: bool) -> Scope {
    if all {
        Scope::AllProjects
    } else {
        Scope::Project
    }
}

/// The sessions that are called so, or all of them.
pub(super) fn meant(scope: Scope, ids: &[String]) -> Sessions {
    match ids {
        [] => Sessions::All(scope),
        ids => Sessions::Called(ids.to_vec()),
    }
}

pub(super) fn none_runs(scope: Scope) -> &'static str {
    match scope {
        Scope::Project => "no session of this project is running",
        Scope::AllProjects | Scope::AllUsers => "no session is running",
    }
}

/// The IDs of those that have no terminal but their own.
fn detached_among(store: &DetachedStore, sessions: &[RunningSession]) -> BTreeSet<String> {
    let ids = sessions.iter().map(|session| session.id.clone());
    ids.filter(|id| store.state(id) == DetachedState::Runs)
        .collect()
}

fn as_json(sessions: &[RunningSession], detached: Option<&BTreeSet<String>>) -> Value {
    sessions
        .iter()
        .map(|session| {
            let mut object = json!({
                "session": session.id,
                "engine": session.engine.as_str(),
                "uid": session.uid,
                "project": session.project,
                "container": session.container.name,
                "container_id": session.container.id.0,
                "image": session.container.image,
                "command": session.container.command,
                "started": session.container.created.to_string(),
                "abandoned": session.abandoned,
            });
            // Of one that has been stopped there is nothing to be said.
            if let Some(detached) = detached {
                object["detached"] = detached.contains(&session.id).into();
            }
            object
        })
        .collect()
}

fn as_table(
    sessions: &[RunningSession],
    detached: &BTreeSet<String>,
    scope: Scope,
    now: Timestamp,
) -> PlainTable {
    let project = (scope != Scope::Project).then_some(("PROJECT", Column::Whole));
    let uid = (scope == Scope::AllUsers).then_some(("UID", Column::Whole));
    // Which one it is need not be told where there is one only.
    let are_on_one = sessions
        .windows(2)
        .all(|two| two[0].engine == two[1].engine);
    let engine = (!are_on_one).then_some(("ENGINE", Column::Whole));
    let head = [
        ("SESSION", Column::Whole),
        ("STARTED", Column::Words),
        ("IMAGE", Column::Whole),
        ("COMMAND", Column::Words),
    ];
    let mut table = PlainTable::new(head.into_iter().chain(engine).chain(uid).chain(project));
    for session in sessions {
        let container = &session.container;
        let cells = [
            session.id.clone(),
            if session.abandoned {
                "stopped: its ocx is gone".to_owned()
            } else if detached.contains(&session.id) {
                format!("{}, detached", age(container.created, now))
            } else {
                age(container.created, now)
            },
            container.image.clone(),
            shortened(&container.command),
        ];
        let project = project.map(|_| session.project.clone());
        let engine = engine.map(|_| session.engine.to_string());
        let uid = uid.map(|_| session.uid.map_or("?".to_owned(), |uid| uid.to_string()));
        table.row(cells.into_iter().chain(engine).chain(uid).chain(project));
    }
    table
}

/// How long ago something was, in its two largest units.
pub(super) fn age(then: Timestamp, now: Timestamp) -> String {
    let elapsed = now.duration_since(then);
    let smallest = match elapsed.as_secs() {
        ..60 => Unit::Second,
        60..86_400 => Unit::Minute,
        _ => Unit::Hour,
    };
    let round = SpanRound::new()
        .largest(Unit::Day)
        .smallest(smallest)
        .days_are_24_hours();
    let span = jiff::Span::try_from(elapsed).and_then(|span| span.round(round));
    span.map_or_else(
        |_| then.to_string(),
        |span| format!("{} ago", friendly::SpanPrinter::new().span_to_string(&span)),
    )
}

/// A command that does not push the rest off the screen.
fn shortened(command: &str) -> String {
    const MOST: usize = 60;
    let command = command.replace(['\n', '\t'], " ");
    if command.chars().count() <= MOST {
        command
    } else {
        command.chars().take(MOST - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {

    use ocx_core::runtime::{ContainerId, ContainerInfo, EngineName};

    use super::*;

    fn session(id: &str, command: &str, seconds: i64) -> RunningSession {
        let created = Timestamp::from_second(1_000_000 - seconds).unwrap();
        let mut container = ContainerInfo::new(ContainerId("0123".to_owned()), created);
        container.name = format!("ocx-app-{id}");
        container.image = "ocx-ruby--3.3:1.18.33".to_owned();
        container.command = command.to_owned();
        RunningSession {
            id: id.to_owned(),
            project: "/home/jane/app".to_owned(),
            engine: EngineName::from_static("docker"),
            uid: Some(1000),
            abandoned: false,
            container,
        }
    }

    #[test]
    fn sessions_as_a_table() {
        let sessions = [
            session("1a2b3c4d", "opencode", 5),
            session(
                "2a2b3c4d",
                &format!("opencode run {}", "long ".repeat(20)),
                4000,
            ),
            RunningSession {
                abandoned: true,
                ..session("3a2b3c4d", "sh\n-c x", 200_000)
            },
        ];
        let now = Timestamp::from_second(1_000_000).unwrap();
        let detached = ["1a2b3c4d".to_owned()].into();
        insta::assert_snapshot!(as_table(&sessions, &detached, Scope::Project, now).text(None));
        insta::assert_snapshot!(
            "all_projects",
            as_table(&sessions, &detached, Scope::AllProjects, now).text(None)
        );
        let mut of_users = sessions[..2].to_vec();
        of_users[1].uid = None;
        insta::assert_snapshot!(
            "all_users",
            as_table(&of_users, &detached, Scope::AllUsers, now).text(None)
        );
        let mut two = sessions[..2].to_vec();
        two[1].engine = EngineName::from_static("podman");
        insta::assert_snapshot!(
            "on_two_engines",
            as_table(&two, &detached, Scope::AllProjects, now).text(None)
        );
        insta::assert_snapshot!(
            "json",
            format!("{:#}\n", as_json(&sessions[..1], Some(&detached)))
        );
    }
}
