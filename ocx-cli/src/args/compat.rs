//! `ocx compat`.

use clap::Args;
use ocx_core::ops::Subject;

/// Look into an image and tell what ocx would make of it
///
/// The image must be in the engine's local storage; it is not changed, and nothing in it is run. The
/// exit code is 0 for an image that ocx can use, and 65 for one that it cannot use.
///
/// Keys of the JSON: `usable`, `problems` (`message`, `remedies`), `image` (`name`, `id`, `os`,
/// `architecture`, `os_name`), `libc` (`glibc` or `musl`), `opencode_builds` (npm packages, the best
/// first), `shell`, `user` (`name`, `uid`, `gid`, `same_id`, `same_name`), `path`, `changes`
/// (`instruction`, `value`, `fate`: `reset`, `overridden` or `kept`), `result`. What is not known or
/// not there is `null`.
#[derive(Args, Debug)]
pub(crate) struct CompatArgs {
    /// A name, with a tag or digest or not, or an ID
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Subject,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
