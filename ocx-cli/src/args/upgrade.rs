//! `ocx upgrade`.

use clap::Args;

/// Build the image with the newest version of opencode
///
/// The registry is asked now, whatever was said before. Images with other versions stay, so an
/// earlier one is brought back by naming its version: `opencode_version = "x.y.z"`. A pinned version
/// (`opencode_version`, `opencode_binary`) is left alone. The exit code is 0 if the registry answers
/// or is not needed, with --check whether there is a newer version or not.
#[derive(Args, Debug)]
pub(crate) struct UpgradeArgs {
    /// Only show the version in use and the newest one
    #[arg(long)]
    pub(crate) check: bool,
}
