//! Flags of every command.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use ocx_core::settings::Override;

#[derive(Args, Debug)]
pub(crate) struct GlobalArgs {
    /// Container engine to use
    #[arg(long, global = true, value_enum, value_name = "ENGINE")]
    pub(crate) runtime: Option<RuntimeArg>,
    /// Project directory, instead of the one around the current directory
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workspace: Option<Utf8PathBuf>,
    /// Set any setting, as in --set memory=4g (may be repeated)
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) set: Vec<(String, String)>,
    /// Show errors only
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Show the commands that are sent to the engine
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// Print the engine commands that would change or run something, instead of running them
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RuntimeArg {
    Auto,
    Docker,
    Podman,
}

impl GlobalArgs {
    /// The settings among the flags. A flag of its own wins over `--set`.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let mut overrides: Vec<Override> = self
            .set
            .iter()
            .map(|(key, value)| Override {
                key: key.clone(),
                value: value.clone(),
                flag: format!("--set {key}"),
            })
            .collect();
        if let Some(runtime) = self.runtime.and_then(|runtime| runtime.to_possible_value()) {
            let (key, flag) = ("runtime".to_owned(), "--runtime".to_owned());
            overrides.push(Override {
                key,
                value: runtime.get_name().to_owned(),
                flag,
            });
        }
        overrides
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}
