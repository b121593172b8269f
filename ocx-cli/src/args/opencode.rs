//! `ocx opencode`.

use clap::Args;

/// Run opencode in a container on this project
///
/// Everything behind `opencode` goes to opencode untouched, flags and --help included; ocx's own
/// flags come before it, as in `ocx --verbose opencode run "fix the tests"`. The exit code is
/// opencode's.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "ocx [OPTIONS] opencode [ARGS]..."
)]
pub(crate) struct OpencodeArgs {
    /// Arguments of opencode
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) args: Vec<String>,
}
