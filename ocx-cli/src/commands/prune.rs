//! `ocx prune`.

use std::{process::ExitCode, time::Duration};

use clap::Args;
use jiff::{Span, SpanRelativeTo};
use ocx_core::ops::{
    DiskItem, DiskUsage, DiskVerdict, Keep, PruneError, Pruned, WithUserData, in_full,
};
use serde_json::{Value, json};

use super::du::{
    KeepArgs,
    scene::{self, Scene},
    table,
};
use crate::{args::GlobalArgs, exit_code, failure::Failure, output, question};

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
pub(crate) struct PruneArgs {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Also what holds your data of projects whose directory is gone
    #[arg(long)]
    volumes: bool,
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

pub(crate) async fn run(global: &GlobalArgs, args: &PruneArgs) -> Result<ExitCode, Failure> {
    let keep = Keep {
        versions: args.keep.keep_versions,
        younger_than: args.older_than.unwrap_or_default(),
    };
    let volumes = if args.volumes {
        WithUserData::Yes
    } else {
        WithUserData::No
    };
    let Scene { host, disk } = Scene::prepare(global)?;
    let usage = disk.usage(&keep).await;
    let ui = global.ui();
    scene::name_silent(ui, &usage);
    let (going, staying): (Vec<DiskItem>, Vec<DiskItem>) = usage
        .items
        .iter()
        .filter(|item| !matches!(item.verdict, DiskVerdict::Needed(_)))
        .cloned()
        .partition(|item| item.goes(volumes));
    if !args.json {
        ui.answer(&list(&going, &staying))?;
    } else if global.dry_run {
        ui.json(&json!({
            "would_remove": table::as_json(&going),
            "silent": table::silent_as_json(&usage),
        }))?;
    }
    if global.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !going.is_empty() && !args.yes {
        let may_ask = host.terminals.stdin && host.terminals.stderr && !global.quiet && !args.json;
        if !may_ask {
            let command = command(global, args);
            return Err(Failure::PruneUnasked { command });
        }
        if !question::is_agreed("Remove that?") {
            ui.progress("nothing was removed");
            return Ok(ExitCode::SUCCESS);
        }
    }
    let pruned = disk.prune(&going, &keep, volumes).await?;
    if args.json {
        ui.json(&as_json(&pruned, &usage))?;
    } else if !going.is_empty() {
        let freed = table::size(Some(table::sum(pruned.removed.iter())));
        let count = pruned.removed.len();
        ui.progress(&format!("removed {count} of {}: {freed}", going.len()));
    }
    for (item, error) in &pruned.failed {
        let (kind, name) = (item.kind, &item.name);
        output::error(&format!("{kind} {name} stays: {}", in_full(error)));
    }
    Ok(code(&pruned))
}

fn list(going: &[DiskItem], staying: &[DiskItem]) -> String {
    let mut text = if going.is_empty() {
        "there is nothing that nobody needs\n".to_owned()
    } else {
        let sum = table::size(Some(table::sum(going.iter())));
        table::rows(going) + &format!("{sum} to be removed\n")
    };
    if !staying.is_empty() {
        text.push_str("\nonly with --volumes, since it holds your data:\n");
        text.push_str(&table::rows(staying));
    }
    text
}

/// The same command, with which nobody is asked.
fn command(global: &GlobalArgs, args: &PruneArgs) -> String {
    let mut words = vec!["ocx prune --yes".to_owned()];
    if args.volumes {
        words.push("--volumes".to_owned());
    }
    if let Some(age) = args.older_than {
        words.push(format!("--older-than {}s", age.as_secs()));
    }
    if args.keep.keep_versions != Keep::default().versions {
        words.push(format!("--keep-versions {}", args.keep.keep_versions));
    }
    if let Some(runtime) = &global.runtime {
        words.push(format!("--runtime {runtime}"));
    }
    words.join(" ")
}

fn as_json(pruned: &Pruned, usage: &DiskUsage) -> Value {
    let failed = pruned.failed.iter().map(|(item, error)| {
        let mut item = table::item_as_json(item);
        item["error"] = in_full(error).into();
        item
    });
    json!({
        "removed": table::as_json(&pruned.removed),
        "failed": failed.collect::<Value>(),
        "silent": table::silent_as_json(usage),
        "freed": table::sum(pruned.removed.iter()),
    })
}

/// What an engine did not do comes before the rest.
fn code(pruned: &Pruned) -> ExitCode {
    let is_engine =
        |error: &PruneError| matches!(error, PruneError::Engine(_) | PruneError::Silent { .. });
    let is_file =
        |error: &PruneError| matches!(error, PruneError::File { .. } | PruneError::Trust(_));
    let mut errors = pruned.failed.iter().map(|(_, error)| error);
    if errors.clone().any(is_engine) {
        ExitCode::from(exit_code::ENGINE_FAILED)
    } else if errors.any(is_file) {
        ExitCode::from(exit_code::FILE)
    } else {
        // What is in use again is needed.
        ExitCode::SUCCESS
    }
}
