//! `ocx config set` and `ocx config unset`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    host::Host,
    project,
    settings::{Key, Loosening, Origin, SettingsEdit},
};

use crate::{
    args::{GlobalArgs, KeyParser},
    backends,
    failure::Failure,
};

/// Set something in your own ocx.toml, or in the project's
///
/// Comments and the order of the file stay. The whole of it is checked as if it were read before anything
/// is written. A file that is not there is made, and one in JSON is left alone.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct SetArgs {
    /// The setting
    #[arg(value_name = "KEY", value_parser = KeyParser, hide_possible_values = true)]
    key: &'static Key,
    /// Its value, as for --set: 4g, true, '["a", "b"]', '{ A = "1" }'
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: String,
    /// Set it in the project's file
    #[arg(long)]
    project: bool,
    /// Set it in your own file, which is the default
    #[arg(long, hide = true, conflicts_with = "project")]
    global: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx config set memory 4g
  ocx config set --project forbidden_paths '[\".env\", \"secrets/\"]'";

/// Take something out of your own ocx.toml, or out of the project's
#[derive(Args, Debug)]
#[command(after_help = UNSET_EXAMPLES)]
pub(super) struct UnsetArgs {
    /// The setting, which may be one that ocx does not know
    #[arg(value_name = "KEY")]
    key: String,
    /// Take it out of the project's file
    #[arg(long)]
    project: bool,
    /// Take it out of your own file, which is the default
    #[arg(long, hide = true, conflicts_with = "project")]
    global: bool,
}

const UNSET_EXAMPLES: &str = "\
Examples:
  ocx config unset memory
  ocx config unset --project network";

pub(super) fn set(global: &GlobalArgs, args: &SetArgs) -> Result<ExitCode, Failure> {
    let host = Host::of_this_process()?;
    tell_default(global, args.global);
    let mut edit = open(global, &host, args.project)?;
    edit.set(args.key, &args.value)?;
    if args.key.name == "runtime" {
        let error = backends::check_choice(&edit.settings(&host)?.runtime);
        error.map_err(|error| Failure::UnknownEngine {
            error,
            origin: Origin::GlobalFile(edit.path().to_owned()),
            at: None,
        })?;
    }
    let path = edit.path().to_owned();
    let name = args.key.name;
    if global.dry_run {
        edit.check(&host)?;
        global
            .ui()
            .progress(&format!("this would set `{name}` in {path}"));
        return Ok(ExitCode::SUCCESS);
    }
    let pending = edit.write(&host)?;
    global.ui().progress(&format!("set `{name}` in {path}"));
    tell_pending(global, &pending, name);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn unset(global: &GlobalArgs, args: &UnsetArgs) -> Result<ExitCode, Failure> {
    let host = Host::of_this_process()?;
    tell_default(global, args.global);
    let mut edit = open(global, &host, args.project)?;
    let (key, path) = (&args.key, edit.path().to_owned());
    if !edit.unset(key)? {
        global
            .ui()
            .progress(&format!("`{key}` is not set in {path}"));
        return Ok(ExitCode::SUCCESS);
    }
    if global.dry_run {
        edit.check(&host)?;
        global
            .ui()
            .progress(&format!("this would take `{key}` out of {path}"));
        return Ok(ExitCode::SUCCESS);
    }
    edit.write(&host)?;
    global.ui().progress(&format!("took `{key}` out of {path}"));
    Ok(ExitCode::SUCCESS)
}

/// Git has such a flag, and another default.
fn tell_default(global: &GlobalArgs, asked: bool) {
    if asked {
        let ui = global.ui();
        ui.progress("your own file is the default, and `--project` means the project's");
    }
}

fn open(global: &GlobalArgs, host: &Host, in_project: bool) -> Result<SettingsEdit, Failure> {
    if in_project {
        let project = project::discover(host, global.workspace.as_deref())?;
        Ok(SettingsEdit::of_project(&project)?)
    } else {
        Ok(SettingsEdit::of_user(host)?)
    }
}

/// What has been set and has no effect yet.
pub(super) fn tell_pending(global: &GlobalArgs, pending: &[Loosening], name: &str) {
    if let Some(loosening) = pending.iter().find(|loosening| loosening.key == name) {
        let reason = loosening.reason;
        global.ui().progress(&format!(
            "{reason}, so it has an effect once you agree to it: `ocx trust`"
        ));
    }
}
