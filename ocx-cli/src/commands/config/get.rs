//! `ocx config get`.

use std::process::ExitCode;

use clap::{
    Arg, Args, Command,
    builder::{PossibleValue, TypedValueParser},
    error::Error,
};
use ocx_core::settings::{KEYS, Key};
use serde_json::Value;

use super::{shown, toml_value};
use crate::{args::GlobalArgs, context::Context, failure::Failure};

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

/// Reads the name of a setting. Shells complete it, and a mistake does not list all of them.
#[derive(Clone, Debug)]
pub(super) struct KeyParser;

impl TypedValueParser for KeyParser {
    type Value = &'static Key;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Self::Value, Error> {
        let parser: fn(&str) -> Result<&'static Key, String> = key;
        TypedValueParser::parse_ref(&parser, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            KEYS.iter().map(|key| PossibleValue::new(key.name)),
        ))
    }
}

fn key(name: &str) -> Result<&'static Key, String> {
    Key::find(name).ok_or_else(|| match Key::nearest(name) {
        Some(near) => format!("there is no such setting, did you mean `{near}`?"),
        None => "there is no such setting; `ocx config` lists all of them".to_owned(),
    })
}
