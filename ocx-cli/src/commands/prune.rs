//! `ocx prune`.

use std::{process::ExitCode, time::Duration};

use clap::Args;
use jiff::{Span, SpanRelativeTo};
use ocx_core::ops::{DiskItem, DiskVerdict, Keep, WithUserData};

use super::{
    du::{
        KeepArgs,
        part::Part,
        scene::{self, Scene},
        table,
    },
    removal,
};
use crate::{args::GlobalArgs, failure::Failure};

/// Remove what ocx made and nobody needs
///
/// Images that were replaced, that no known project uses, or with old versions of opencode; old downloads;
/// and with --volumes the homes, conversations, logins and clones of projects whose directory is gone. What
/// ocx did not build, what somebody gave a name of his own, and what a session uses stays.
///
/// Shows a list and asks on a terminal. Elsewhere it needs --yes, and the exit code is 64 without it, 75
/// while another ocx builds, 76 if an engine did not remove something, 74 if files could not be removed; the
/// rest is removed all the same. With --dry-run it only shows the list.
///
/// Keys of the JSON: `removed` and `failed` (the latter with `error`; with --dry-run only `would_remove`) of
/// the items that `ocx du --json` shows, `silent`, and `freed` in bytes.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PruneAllArgs {
    #[command(flatten)]
    prune: PruneArgs,
    /// Also what holds your data of projects whose directory is gone
    #[arg(long)]
    volumes: bool,
}

/// What each removal of what nobody needs takes.
#[derive(Args, Debug)]
pub(crate) struct PruneArgs {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only what is older, such as 30d or 12h
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
    #[command(flatten)]
    keep: KeepArgs,
    /// Print JSON; does not ask
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx prune
  ocx prune --dry-run --volumes
  ocx prune --yes --older-than 30d";

/// Days have 24 hours.
fn age(text: &str) -> Result<Duration, String> {
    let span: Span = text
        .parse()
        .map_err(|_| "expected an age, such as 30d or 12h".to_owned())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let duration = duration.map_err(|_| "expected weeks, days, hours or less".to_owned())?;
    Duration::try_from(duration).map_err(|_| "expected an age that is not negative".to_owned())
}

pub(crate) async fn run(global: &GlobalArgs, args: &PruneAllArgs) -> Result<ExitCode, Failure> {
    let volumes = if args.volumes {
        WithUserData::Yes
    } else {
        WithUserData::No
    };
    prune(global, &args.prune, volumes, None).await
}

/// The same for a part of what there is, without data of the user's.
pub(super) async fn of_part(
    global: &GlobalArgs,
    args: &PruneArgs,
    part: Part,
) -> Result<ExitCode, Failure> {
    prune(global, args, WithUserData::No, Some(part)).await
}

async fn prune(
    global: &GlobalArgs,
    args: &PruneArgs,
    volumes: WithUserData,
    part: Option<Part>,
) -> Result<ExitCode, Failure> {
    let Scene {
        host,
        disk,
        keep_versions,
    } = Scene::prepare(global)?;
    let keep = Keep {
        versions: args.keep.keep_versions.unwrap_or(keep_versions),
        younger_than: args.older_than.unwrap_or_default(),
    };
    let mut usage = disk.usage(&keep).await;
    if let Some(part) = part {
        usage.items = part.of(usage.items);
    }
    let ui = global.ui();
    scene::name_silent(ui, &usage);
    let (going, staying): (Vec<DiskItem>, Vec<DiskItem>) = usage
        .items
        .iter()
        .filter(|item| !matches!(item.verdict, DiskVerdict::Needed(_)))
        .cloned()
        .partition(|item| item.goes(volumes));
    if !args.json {
        ui.answer(&list(&going, &staying, ui.width()))?;
    } else if global.dry_run {
        ui.json(&removal::as_planned(&going, &usage))?;
    }
    if global.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !going.is_empty() && !args.yes {
        if !removal::may_ask(global, &host, args.json) {
            let command = command(global, args, volumes, part);
            return Err(Failure::PruneUnasked { command });
        }
        if !removal::is_agreed(ui) {
            return Ok(ExitCode::SUCCESS);
        }
    }
    let pruned = disk.prune(&going, &keep, volumes).await?;
    removal::report(ui, &pruned, &usage, args.json)
}

fn list(going: &[DiskItem], staying: &[DiskItem], width: Option<usize>) -> String {
    let mut text = if going.is_empty() {
        "there is nothing that nobody needs\n".to_owned()
    } else {
        let sum = table::size(Some(table::sum(going.iter())));
        table::rows(going, width) + &format!("{sum} to be removed\n")
    };
    if !staying.is_empty() {
        text.push_str("\nonly with --volumes, since it holds your data:\n");
        text.push_str(&table::rows(staying, width));
    }
    text
}

/// The same command, with which nobody is asked.
fn command(
    global: &GlobalArgs,
    args: &PruneArgs,
    volumes: WithUserData,
    part: Option<Part>,
) -> String {
    let command = part.map_or("ocx", Part::command);
    let mut words = vec![format!("{command} prune --yes")];
    if volumes == WithUserData::Yes {
        words.push("--volumes".to_owned());
    }
    if let Some(age) = args.older_than {
        words.push(format!("--older-than {}s", age.as_secs()));
    }
    if let Some(versions) = args.keep.keep_versions {
        words.push(format!("--keep-versions {versions}"));
    }
    if let Some(runtime) = &global.runtime {
        words.push(format!("--runtime {runtime}"));
    }
    words.join(" ")
}
