//! `ocx config`.

mod by_hand;
mod edit;
mod get;
mod list;
mod path;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use ocx_core::{
    printable,
    settings::{self, Origin, SettingEntry},
};
use serde_json::{Map, Value, json};

use crate::{args::GlobalArgs, context::Context, failure::Failure};

/// Show the settings in effect, or change them
///
/// Without a command all settings are shown.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: Option<ConfigCommand>,
    /// Show the file, variable or flag that each value is from
    #[arg(long)]
    pub(crate) sources: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx config list
  ocx config set memory 4g
  ocx config edit";

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Get(get::GetArgs),
    Set(edit::SetArgs),
    Unset(edit::UnsetArgs),
    List(list::ListArgs),
    Edit(by_hand::ByHandArgs),
    Path(path::PathArgs),
    Schema(SchemaArgs),
}

/// Print the JSON schema of ocx.json, by which editors complete and check it
///
/// It serves ocx.toml, too, where an editor checks TOML by such a schema.
#[derive(Args, Debug)]
#[command(after_help = SCHEMA_EXAMPLES)]
struct SchemaArgs {}

const SCHEMA_EXAMPLES: &str = "\
Examples:
  ocx config schema > ~/.config/ocx/schema.json";

pub(crate) fn run(global: &GlobalArgs, args: &ConfigArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        None => show(global, args),
        Some(ConfigCommand::Get(args)) => get::run(global, args),
        Some(ConfigCommand::Set(args)) => edit::set(global, args),
        Some(ConfigCommand::Unset(args)) => edit::unset(global, args),
        Some(ConfigCommand::List(args)) => list::run(global, args),
        Some(ConfigCommand::Edit(args)) => by_hand::run(global, args),
        Some(ConfigCommand::Path(args)) => path::run(global, args),
        Some(ConfigCommand::Schema(SchemaArgs {})) => {
            global.ui().json(&settings::json_schema())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn show(global: &GlobalArgs, args: &ConfigArgs) -> Result<ExitCode, Failure> {
    let (context, wrong) = Context::in_spite_of_settings(global)?;
    if args.json {
        let settings: Map<String, Value> = context
            .loaded
            .entries()
            .map(|entry| (entry.key.name.to_owned(), as_json(&entry, args.sources)))
            .collect();
        global.ui().json(&Value::Object(settings))?;
    } else {
        global.ui().answer(&as_toml(&context, args.sources))?;
    }
    // What is wrong comes last, where it is seen.
    wrong.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn as_json(entry: &SettingEntry<'_>, sources: bool) -> Value {
    if !sources {
        return shown(entry);
    }
    let mut origins: Vec<String> = entry.origins.iter().map(ToString::to_string).collect();
    origins.dedup();
    json!({ "value": shown(entry), "sources": origins })
}

/// The settings that somebody has set, each with where that is, as a settings file.
pub(super) fn that_are_set(context: &Context) -> String {
    in_lines(context.loaded.entries().filter(set), true)
}

/// Whether somebody has set this.
fn set(entry: &SettingEntry<'_>) -> bool {
    let mut origins = entry.origins.iter();
    origins.any(|origin| **origin != Origin::Default)
}

/// A settings file that would set the same; what is not set stands as a comment.
fn as_toml(context: &Context, sources: bool) -> String {
    in_lines(context.loaded.entries(), sources)
}

fn in_lines<'a>(entries: impl Iterator<Item = SettingEntry<'a>>, sources: bool) -> String {
    let lines: Vec<(String, String)> = entries
        .map(|entry| {
            let name = entry.key.name;
            let line = match shown(&entry) {
                Value::Null => format!("# {name} is not set"),
                value => format!("{name} = {}", toml_value(&value)),
            };
            let mut origins: Vec<String> = entry.origins.iter().map(ToString::to_string).collect();
            origins.dedup();
            (line, printable::field(&origins.join(", ")).into_owned())
        })
        .collect();
    let width = lines
        .iter()
        .map(|(line, _)| line.chars().count())
        .filter(|&width| width <= 60)
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for (line, origins) in &lines {
        if sources && !line.starts_with('#') {
            text.push_str(&format!("{line:width$}  # {origins}\n"));
        } else {
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

/// The value, with secrets left out: the output of this command ends up in bug reports.
fn shown(entry: &SettingEntry<'_>) -> Value {
    match (&entry.value, entry.key.sensitive) {
        (Value::Object(values), true) => values
            .keys()
            .map(|name| (name.clone(), Value::from("…")))
            .collect::<Map<_, _>>()
            .into(),
        (value, _) => value.clone(),
    }
}

/// JSON as TOML. The forms differ for tables only.
fn toml_value(value: &Value) -> String {
    match value {
        Value::Object(values) => {
            let fields: Vec<String> = values
                .iter()
                .map(|(name, value)| format!("{} = {}", toml_key(name), toml_value(value)))
                .collect();
            if fields.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {} }}", fields.join(", "))
            }
        }
        Value::Array(values) => {
            format!(
                "[{}]",
                values.iter().map(toml_value).collect::<Vec<_>>().join(", ")
            )
        }
        Value::String(text) => printable::toml_string(text),
        value => value.to_string(),
    }
}

fn toml_key(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare {
        name.to_owned()
    } else {
        printable::toml_string(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_toml() {
        let value = json!({"A": "x\"y", "b c": [1, true, {}]});
        assert_eq!(
            toml_value(&value),
            r#"{ A = "x\"y", "b c" = [1, true, {}] }"#
        );
    }
}
