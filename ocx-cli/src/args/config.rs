//! `ocx config`.

use clap::Args;

/// Show the settings in effect
#[derive(Args, Debug)]
pub(crate) struct ConfigArgs {
    /// Show the file, variable or flag that each value is from
    #[arg(long)]
    pub(crate) sources: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
