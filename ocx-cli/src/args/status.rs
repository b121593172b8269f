//! `ocx status`.

use clap::Args;

/// Show what would run now, and why: base, image, opencode, engine
///
/// Nothing is changed, built or fetched. The exit code is 0 whether the image is up to date or not,
/// and also when it could not be built; `state` tells.
///
/// Keys of the JSON: `state` (`fresh`, `stale` or `blocked`), `causes` (of a build: `cause`,
/// `message`, and `from` and `to` where there are two sides), `problem` (what keeps a session from
/// starting: `message`, `remedies`), `base` (`rule`, `name`, `id`, `made_by`, `dockerfile`,
/// `pull`, `settings`), `image` (`name`, `id`), `opencode` (`version`, `newer`, `requested`, `binary`,
/// `setting`), `engine` (`name`, `version`, `mode`). What is not known or not there is `null`.
#[derive(Args, Debug)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
