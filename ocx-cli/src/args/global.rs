//! Flags of every command.

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, builder::PossibleValuesParser};
use ocx_core::settings::{Key, Layers, Override, SettingsError};

use super::setting_name::KeyParser;
use crate::{backends, ui::Ui};

#[derive(Args, Clone, Debug)]
pub(crate) struct GlobalArgs {
    /// Container engine to use
    #[arg(long, global = true, value_name = "ENGINE", value_parser = engine())]
    pub(crate) runtime: Option<String>,
    /// Project directory, instead of the one around the current directory
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workspace: Option<Utf8PathBuf>,
    /// Set any setting, as in --set memory=4g (may be repeated)
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) set: Vec<(String, String)>,
    /// Let a setting have its default, wherever else it is set (may be repeated)
    #[arg(long, global = true, value_name = "KEY", value_parser = KeyParser, hide_possible_values = true)]
    pub(crate) unset: Vec<&'static Key>,
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

/// The engines that there are, and any of them.
fn engine() -> PossibleValuesParser {
    let names = backends::all().into_iter().map(|backend| backend.name());
    PossibleValuesParser::new(["auto"].into_iter().chain(names.map(|name| name.as_str())))
}

impl GlobalArgs {
    /// How ocx talks.
    pub(crate) fn ui(&self) -> Ui {
        Ui::new(self.quiet, self.verbose)
    }

    /// A directory of the project that is meant.
    pub(crate) fn place(&self) -> &Utf8Path {
        self.workspace.as_deref().unwrap_or(Utf8Path::new("."))
    }

    /// These layers with the settings among the flags on top.
    pub(crate) fn on_top_of(&self, mut layers: Layers) -> Result<Layers, SettingsError> {
        for key in &self.unset {
            layers = layers.with_default_of(key.name, &format!("--unset {}", key.name))?;
        }
        for given in self.overrides() {
            layers = layers.with(&given)?;
        }
        Ok(layers)
    }

    /// One of the flags that say something about settings, for what takes no notice of them.
    pub(crate) fn settings_flag(&self) -> Option<String> {
        let set = self.overrides().into_iter().next().map(|set| set.flag);
        set.or_else(|| Some(format!("--unset {}", self.unset.first()?.name)))
    }

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
        if let Some(runtime) = &self.runtime {
            let (key, flag) = ("runtime".to_owned(), "--runtime".to_owned());
            overrides.push(Override {
                key,
                value: runtime.clone(),
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
