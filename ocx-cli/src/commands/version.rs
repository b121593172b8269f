//! `ocx version`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::settings::Loaded;
use serde_json::json;

use crate::{args::GlobalArgs, context::Context, failure::Failure, field_list::FieldList};

/// Show the version of ocx, and which opencode the settings mean
///
/// No engine and no registry is asked; `ocx status` shows the version of opencode in the image.
///
/// Keys of the JSON: `ocx`, `target` (what it was built for), `opencode` (`latest` or a version; `null` if
/// the settings name a binary of your own, or cannot be read).
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VersionArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx version
  ocx version --json";

const OCX: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn run(global: &GlobalArgs, args: &VersionArgs) -> Result<ExitCode, Failure> {
    let loaded = Context::if_there_is_one(global).map(|context| context.loaded);
    if args.json {
        let request = loaded
            .ok()
            .filter(|loaded| loaded.settings.opencode_binary.is_none());
        let request = request.map(|loaded| loaded.settings.opencode_version.to_string());
        let answer = json!({ "ocx": OCX, "target": target(), "opencode": request });
        global.ui().json(&answer)?;
        return Ok(ExitCode::SUCCESS);
    }
    let ui = global.ui();
    ui.answer(&as_text(loaded.as_ref(), ui.width()))?;
    Ok(ExitCode::SUCCESS)
}

/// What the command prints.
pub(super) fn as_text(loaded: Result<&Loaded, &Failure>, width: Option<usize>) -> String {
    let mut list = FieldList::default();
    list.row("ocx", [OCX]);
    list.row("target", [target()]);
    list.row("opencode", [opencode(loaded)]);
    list.text(width)
}

fn opencode(loaded: Result<&Loaded, &Failure>) -> String {
    match loaded {
        Ok(loaded) => {
            let (key, value) = match &loaded.settings.opencode_binary {
                Some(path) => ("opencode_binary", path.to_string()),
                None => (
                    "opencode_version",
                    loaded.settings.opencode_version.to_string(),
                ),
            };
            format!("{value}, by `{key}` ({})", loaded.origins.of(key))
        }
        Err(failure) => format!("not known here: {failure}"),
    }
}

/// The target in the words of Rust, of which ocx has those of Linux.
fn target() -> String {
    let environment = if cfg!(target_env = "musl") {
        "musl"
    } else {
        "gnu"
    };
    format!("{}-unknown-linux-{environment}", std::env::consts::ARCH)
}
