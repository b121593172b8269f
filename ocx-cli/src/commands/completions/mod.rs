//! `ocx completions`: scripts by which shells ask ocx what can be typed, and its answers.

mod asked;
mod candidates;
mod offered;

use std::process::ExitCode;

use clap::{Args, ValueEnum};

pub(crate) use self::asked::Asked;
use crate::{args::GlobalArgs, failure::Failure};

/// Print a script by which a shell completes ocx's command lines
///
/// Commands, flags, settings and pages of the guide are completed, and so are your sessions, images and
/// volumes, for which engines are asked. What follows `opencode` and `run` is opencode's own, and not completed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  ocx completions bash > ~/.local/share/bash-completion/completions/ocx
  ocx completions zsh > ~/.zfunc/_ocx   # with fpath+=(~/.zfunc) before compinit in ~/.zshrc
  ocx completions fish > ~/.config/fish/completions/ocx.fish";

/// The shells that there are scripts for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

pub(crate) fn run(global: &GlobalArgs, args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    global.ui().answer(script(args.shell))?;
    Ok(ExitCode::SUCCESS)
}

fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("ocx.bash"),
        Shell::Zsh => include_str!("ocx.zsh"),
        Shell::Fish => include_str!("ocx.fish"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_asks_for_what_is_answered() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            let asks = format!("command ocx {} ", asked::COMMAND);
            assert!(script.contains(&asks), "{shell:?}");
            // Nothing of it is escaped on its way out.
            assert_eq!(ocx_core::printable::text(script), script, "{shell:?}");
        }
    }
}
