//! `ocx network pending`

use std::{collections::BTreeSet, io, process::ExitCode};

use clap::Args;
use ocx_core::{
    bridge::PendingHost,
    host::Host,
    ops::{PendingAnswer, answer_pending, pending_hosts},
    project::Project,
};
use rustix::termios::{QueueSelector, tcflush};
use serde_json::json;

use super::POLL;
use crate::{
    args::GlobalArgs, context::Context, escape::escaped, failure::Failure, question, ui::Ui,
};

/// Show the hosts that running sessions of this project wait for, with `network = "ask"`
///
/// A request waits for a minute. `ocx network allow RULE` lets it go on, `ocx network deny RULE` refuses it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct PendingArgs {
    /// Go on with those that come, until Ctrl-C; on a terminal, ask about each
    #[arg(long, short)]
    follow: bool,
    /// Print JSON, one record a line: `since`, `session`, `destination`
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx network pending
  ocx network pending --follow";

pub(super) async fn run(global: &GlobalArgs, args: &PendingArgs) -> Result<ExitCode, Failure> {
    let Context { host, project, .. } = Context::prepare_to_look(global)?;
    let ui = global.ui();
    if !args.follow {
        let hosts = pending_hosts(&host, &project)?;
        ui.answer(
            &hosts
                .iter()
                .map(|host| line(host, args))
                .collect::<String>(),
        )?;
        if hosts.is_empty() && !args.json {
            ui.progress("no session of this project waits for an answer");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let terminals = host.terminals;
    let may_ask =
        terminals.stdin && terminals.stderr && !args.json && !global.quiet && !global.dry_run;
    let mut seen = BTreeSet::new();
    loop {
        let hosts = pending_hosts(&host, &project)?;
        let key = |host: &PendingHost| (host.session.clone(), host.destination.clone(), host.since);
        // What waits no more may come again.
        let now: BTreeSet<_> = hosts.iter().map(key).collect();
        seen.retain(|known| now.contains(known));
        let new = hosts.iter().find(|host| !seen.contains(&key(host)));
        let Some(new) = new else {
            tokio::time::sleep(POLL).await;
            continue;
        };
        seen.insert(key(new));
        if may_ask {
            ask(ui, &host, &project, new)?;
        } else {
            ui.answer(&line(new, args))?;
        }
    }
}

fn line(host: &PendingHost, args: &PendingArgs) -> String {
    let session = escaped(&host.session);
    if args.json {
        let destination = host.destination.to_string();
        let record =
            json!({ "since": host.since, "session": host.session, "destination": destination });
        format!("{record}\n")
    } else {
        format!("{:.0}  {session}  {}\n", host.since, host.destination)
    }
}

/// Asks about one, and looks at the others only then: some may be answered elsewhere meanwhile.
fn ask(ui: Ui, host: &Host, project: &Project, pending: &PendingHost) -> Result<(), Failure> {
    let PendingHost {
        session,
        destination,
        ..
    } = pending;
    // What was typed before the question is no answer to it.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    let which = if pending.is_special() {
        ", which is no address of the public network"
    } else {
        ""
    };
    let typed = question::ask(&format!(
        "session {session} asks for {destination}{which}: [y]es until it ends, [n]o, anything else leaves it waiting:"
    ));
    let Some(answer) = typed.and_then(|line| read(&line)) else {
        return Ok(());
    };
    let may = match answer {
        PendingAnswer::Allow => "may",
        PendingAnswer::Deny => "may not",
    };
    ui.progress(&if answer_pending(host, project, pending, answer)? {
        format!("session {session} {may} reach {destination} until it ends")
    } else {
        format!("session {session} has ended")
    });
    Ok(())
}

fn read(typed: &str) -> Option<PendingAnswer> {
    match typed.trim().to_lowercase().as_str() {
        "y" | "yes" => Some(PendingAnswer::Allow),
        "n" | "no" => Some(PendingAnswer::Deny),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_as_an_answer_is_one() {
        for (typed, answer) in [
            ("y\n", Some(PendingAnswer::Allow)),
            (" Yes\r\n", Some(PendingAnswer::Allow)),
            ("n\n", Some(PendingAnswer::Deny)),
            ("NO\n", Some(PendingAnswer::Deny)),
            ("\n", None),
            ("yn\n", None),
            ("later\n", None),
        ] {
            assert_eq!(read(typed), answer, "{typed:?}");
        }
    }
}
