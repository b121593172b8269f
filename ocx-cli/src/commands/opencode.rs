//! `ocx opencode`.

use std::process::ExitCode;

use clap::Args;
use ocx_core::{
    ops::{Place, Program},
    spec::Terminal,
};

use crate::{
    args::GlobalArgs,
    commands::{
        detach::{self, DetachArgs},
        known_session, opencode_help,
    },
    context::{Context, Operation},
    failure::Failure,
    init_note, input,
    starting::Starting,
};

/// Run opencode in a container on this project
///
/// Everything behind `opencode` goes to opencode untouched, flags included, and --help behind a command of its
/// own; ocx's own flags come before it, as in `ocx --verbose opencode run "fix the tests"`. Only --detach and --notify
/// directly behind it are ocx's. The exit code is opencode's.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "ocx [OPTIONS] opencode [--detach [--notify]] [ARGS]...",
    after_help = EXAMPLES
)]
pub(crate) struct OpencodeArgs {
    #[command(flatten)]
    pub(crate) detach: DetachArgs,
    /// Arguments of opencode
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) args: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  ocx opencode
  ocx opencode --continue
  ocx opencode --detach
  ocx --verbose opencode auth login";

/// Give opencode a task, without its screen
///
/// The same as `ocx opencode run`: everything behind `run` goes to opencode untouched, flags
/// included, but for --detach and --notify directly behind it. The exit code is opencode's.
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "ocx [OPTIONS] run [--detach [--notify]] [ARGS]...",
    after_help = RUN_EXAMPLES
)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) detach: DetachArgs,
    /// Arguments of `opencode run`, the task among them
    #[arg(
        value_name = "ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) args: Vec<String>,
}

const RUN_EXAMPLES: &str = "\
Examples:
  ocx run \"fix the failing tests\"
  ocx run --detach --notify \"fix the failing tests\"
  ocx run --continue \"now add a test for it\"";

pub(crate) async fn run(global: &GlobalArgs, args: &OpencodeArgs) -> Result<ExitCode, Failure> {
    if opencode_help::is_asked_for(&args.args) && !global.dry_run {
        return opencode_help::show(global, "opencode", args.args.clone()).await;
    }
    opencode(global, &args.detach, args.args.clone()).await
}

pub(crate) async fn run_task(global: &GlobalArgs, args: &RunArgs) -> Result<ExitCode, Failure> {
    let words = ["run".to_owned()].into_iter().chain(args.args.clone());
    let words: Vec<String> = words.collect();
    if opencode_help::is_asked_for(&args.args) && !global.dry_run {
        return opencode_help::show(global, "run", words).await;
    }
    opencode(global, &args.detach, words).await
}

async fn opencode(
    global: &GlobalArgs,
    detach: &DetachArgs,
    args: Vec<String>,
) -> Result<ExitCode, Failure> {
    // What it would change is a layer of an image, in a container that is thrown away.
    if let [command, ..] = args.as_slice()
        && (command == "upgrade" || command == "uninstall")
        && !args.iter().any(|arg| arg == "--help" || arg == "-h")
    {
        return Err(Failure::OpencodeOfImage {
            command: command.clone(),
        });
    }
    // A plan is the same in both cases.
    if detach.detach && !global.dry_run {
        return detach::start(global, detach, &args).await;
    }
    run_program(global, &Program::opencode(args), &Place::New).await
}

/// Runs a program where the agent works, and ends as it does.
pub(super) async fn run_program(
    global: &GlobalArgs,
    program: &Program,
    place: &Place,
) -> Result<ExitCode, Failure> {
    let id = match place {
        Place::Session(id) => Some(id.as_str()),
        Place::Any | Place::New => None,
    };
    let elsewhere = known_session::in_its_project(global, id)?;
    let global = elsewhere.as_ref().unwrap_or(global);
    let context = Context::prepare(global)?;
    let terminal = context.host.terminals.for_program();
    if program.has_interface() && terminal == Terminal::Piped && !global.dry_run {
        return Err(Failure::NoTerminal);
    }
    init_note::say(global, &context);
    let mut operation = Operation::prepare(global, context).at(place.clone());
    if matches!((program, place), (Program::Opencode(_), Place::New)) {
        operation = operation.offering_host_ports(global);
    }
    let starting = operation.starting();
    operation
        .with_base(async |ocx| {
            let session = ocx.session(program.clone()).place(place.clone());
            let session = session.stdin(input::of_the_caller());
            if global.dry_run {
                let plan = ocx.clone().dry_run().session(session).await?;
                super::build::tell_plan(global, &plan);
                Ok(ExitCode::SUCCESS)
            } else {
                let _begins = starting.as_ref().map(Starting::begin);
                Ok(ExitCode::from(session.run().await?.exit.code()))
            }
        })
        .await
}
