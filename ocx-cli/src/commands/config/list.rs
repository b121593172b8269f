//! `ocx config list`.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value};

use super::{as_json, as_toml, set, that_are_set};
use crate::{args::GlobalArgs, context::Context, failure::Failure};

/// List what is set, with the file, variable or flag of each
///
/// What nobody has set, and so has its default, is left out. Values that may be secret are left out, too.
///
/// Keys of the JSON: those of the settings; each has `value` and `sources`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ListArgs {
    /// List all settings, those with defaults among them
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx config list
  ocx config list --all";

pub(super) fn run(global: &GlobalArgs, args: &ListArgs) -> Result<ExitCode, Failure> {
    let (context, wrong) = Context::in_spite_of_settings(global)?;
    let ui = global.ui();
    if args.json {
        let listed: Map<String, Value> = context
            .loaded
            .entries()
            .filter(|entry| args.all || set(entry))
            .map(|entry| (entry.key.name.to_owned(), as_json(&entry, true)))
            .collect();
        ui.json(&Value::Object(listed))?;
    } else {
        let text = if args.all {
            as_toml(&context, true)
        } else {
            that_are_set(&context)
        };
        // Of files that are wrong nobody knows what they set.
        if text.is_empty() && wrong.is_none() {
            ui.progress("nothing is set; `ocx config list --all` lists the defaults");
        }
        ui.answer(&text)?;
    }
    // What is wrong comes last, where it is seen.
    wrong.map_or(Ok(ExitCode::SUCCESS), Err)
}
