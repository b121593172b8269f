//! `ocx config get`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::settings::Key;
use serde_json::Value;

use super::{shown, toml_value};
use crate::{
    args::{GlobalArgs, KeyParser},
    context::Context,
    failure::Failure,
};

/// Print one setting
///
/// A text is printed without quotes, a list or table as it stands in ocx.toml, and nothing for what is not
/// set. Values that may be secret are left out.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct GetArgs {
    /// The setting
    #[arg(value_name = "KEY", value_parser = KeyParser, hide_possible_values = true)]
    key: &'static Key,
    /// Print JSON; `null` for what is not set
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx config get memory
  ocx config get --json env";

pub(super) fn run(global: &GlobalArgs, args: &GetArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_anywhere(global)?;
    let entry = context
        .loaded
        .entries()
        .find(|entry| entry.key.name == args.key.name);
    let value = entry.map_or(Value::Null, |entry| shown(&entry));
    let ui = global.ui();
    match &value {
        value if args.json => ui.json(value)?,
        Value::Null => {}
        Value::String(text) => ui.answer(&format!("{text}\n"))?,
        value => ui.answer(&format!("{}\n", toml_value(value)))?,
    }
    Ok(ExitCode::SUCCESS)
}
