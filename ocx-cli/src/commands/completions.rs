//! `ocx completions`.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::{
    args::{self, GlobalArgs},
    failure::Failure,
};

/// Print a script by which a shell completes ocx's command lines
///
/// What follows `opencode` and `run` is opencode's own, and not completed.
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
    global.ui().answer(&script(args.shell))?;
    Ok(ExitCode::SUCCESS)
}

fn script(shell: Shell) -> String {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::definition(), "ocx", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_commands_are_completed() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for command in args::definition().get_subcommands() {
                let name = command.get_name();
                assert!(script.contains(name), "{shell:?}: {name}");
            }
            assert!(script.contains("list-templates"), "{shell:?}");
            // Nothing of it is escaped on its way out.
            assert_eq!(ocx_core::printable::text(&script), script, "{shell:?}");
        }
    }
}
