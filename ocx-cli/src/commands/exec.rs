//! `ocx exec` and `ocx shell`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::ops::{Place, Program};

use crate::{args::GlobalArgs, commands::opencode::run_program, failure::Failure};

/// In which container a program runs.
#[derive(Args, Debug)]
pub(crate) struct PlaceArgs {
    /// Start a new container even if a session is running
    #[arg(long, conflicts_with = "session")]
    new: bool,
    /// Session to use, by the beginning of its ID (see `ocx ps`)
    #[arg(long, value_name = "ID")]
    session: Option<String>,
}

impl PlaceArgs {
    pub(crate) fn place(&self) -> Place {
        match &self.session {
            Some(id) => Place::Session(id.clone()),
            None if self.new => Place::New,
            None => Place::Any,
        }
    }
}

/// Run a program where the agent works
///
/// It runs in the newest running session of this project or, if there is none, in a new container
/// with the same image, user, mounts and hardening. The exit code is the program's.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Taken because the engines' own `exec` wants it: here, a program has a terminal if ocx has one
    #[arg(short = 'i', long = "interactive", hide = true)]
    _interactive: bool,
    /// The same
    #[arg(short = 't', long = "tty", hide = true)]
    _tty: bool,
    /// Program and its arguments
    #[arg(
        value_name = "CMD",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) command: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  ocx exec make test
  ocx exec --new env";

/// Open a shell where the agent works
///
/// It runs in the newest running session of this project or, if there is none, in a new container
/// with the same image, user, mounts and hardening. It is the base image's bash or sh.
#[derive(Args, Debug)]
#[command(after_help = SHELL_EXAMPLES)]
pub(crate) struct ShellArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

const SHELL_EXAMPLES: &str = "\
Examples:
  ocx shell
  ocx shell --session 1a2b";

pub(crate) async fn run(global: &GlobalArgs, args: &ExecArgs) -> Result<ExitCode, Failure> {
    let program = Program::command(args.command.clone());
    run_program(global, &program, &args.place.place()).await
}

pub(crate) async fn shell(global: &GlobalArgs, args: &ShellArgs) -> Result<ExitCode, Failure> {
    run_program(global, &Program::Shell, &args.place.place()).await
}
