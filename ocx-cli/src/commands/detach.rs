//! `ocx opencode --detach`, and the hidden command that runs such a session.

use std::{ffi::OsString, fs, process::ExitCode, time::Duration};

use clap::Args;
use ocx_core::{
    detached::{DetachedEnd, DetachedRun, DetachedState, DetachedStore, DetachedStreams},
    ops::{self, Ocx, Program, Scope, SessionId},
};

use crate::{
    args::GlobalArgs,
    context::{Context, Operation},
    desktop,
    detached::{DetachError, OwnTerminal, Size, Supervisor, leave_terminal},
    exit_code,
    failure::Failure,
    init_note, input,
};

/// How a session is detached.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DetachArgs {
    /// Run the session without this terminal: it goes on when that is closed (see `ocx attach`)
    #[arg(long)]
    pub(crate) detach: bool,
    /// Send a notification to the desktop when the detached session has ended
    #[arg(long, requires = "detach")]
    pub(crate) notify: bool,
    /// ocx's own flags, as they were typed.
    #[arg(skip)]
    pub(crate) own: Vec<OsString>,
}

/// Run a session for another process of ocx
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DetachedSessionArgs {
    /// ID of the session
    #[arg(value_name = "ID")]
    session: SessionId,
    /// Give it a terminal of its own
    #[arg(long, value_name = "SIZE")]
    size: Option<Size>,
    /// Send a notification when it has ended
    #[arg(long)]
    notify: bool,
    /// Arguments of opencode
    #[arg(value_name = "ARGS", last = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  ocx detached-session 1a2b3c4d -- run \"fix the failing tests\"";

/// How often it is looked whether the session runs.
const LOOK: Duration = Duration::from_millis(200);

/// Starts a session that outlasts this process.
pub(super) async fn start(
    global: &GlobalArgs,
    detach: &DetachArgs,
    program: &[String],
) -> Result<ExitCode, Failure> {
    let context = Context::prepare(global)?;
    init_note::say(global, &context);
    let store = DetachedStore::new(&context.host.dirs.state);
    let operation = Operation::prepare(global, context).offering_host_ports(global);
    let ui = global.ui();
    let opencode = Program::opencode(program.iter().cloned());
    let streams = if opencode.has_interface() {
        DetachedStreams::Terminal
    } else {
        DetachedStreams::File
    };
    let session = SessionId::random().map_err(|source| DetachError::Start { source })?;
    let started = operation
        .with_base(async |ocx| {
            // All that can be asked or built is over before nobody sees it any more.
            ocx.session(opencode.clone()).prepare().await?;
            let how = (streams, detach.notify);
            let supervisor = Supervisor::start(&store, &session, &detach.own, how, program);
            let mut supervisor = match supervisor {
                Ok(supervisor) => supervisor,
                Err(error) => return Ok(Err(error)),
            };
            Ok(until_it_runs(ocx, &mut supervisor, &store, &session).await)
        })
        .await?;
    started?;
    ui.answer(&format!("{session}\n"))?;
    ui.progress(&match streams {
        DetachedStreams::Terminal => format!(
            "session {session} runs without this terminal; `ocx attach {session}` shows it, and there Ctrl-] leaves it"
        ),
        DetachedStreams::File => format!(
            "session {session} runs without this terminal; `ocx logs --follow {session}` shows it, `ocx wait {session}` waits for its end"
        ),
    });
    Ok(ExitCode::SUCCESS)
}

/// Waits until the session's container is there, or the session has ended already.
async fn until_it_runs(
    ocx: &Ocx,
    supervisor: &mut Supervisor,
    store: &DetachedStore,
    session: &SessionId,
) -> Result<(), DetachError> {
    let failed = |source| DetachError::Start { source };
    loop {
        if let Some(status) = supervisor.ended().map_err(failed)? {
            // A session may be over before anybody has looked.
            return match store.state(session.as_str()) {
                DetachedState::Ended(end) if end.code == 0 => Ok(()),
                state => {
                    let said = fs::read_to_string(store.output(session.as_str()));
                    let code = status.code().and_then(|code| u8::try_from(code).ok());
                    Err(DetachError::Ended {
                        session: session.to_string(),
                        code: match state {
                            DetachedState::Ended(end) => end.code,
                            _ => code.unwrap_or(exit_code::INTERNAL),
                        },
                        said: said.unwrap_or_default(),
                    })
                }
            };
        }
        let running = ops::running_sessions(ocx, Scope::Project).await;
        let runs = |session_id: &str| {
            let running = running.as_deref().unwrap_or_default();
            running.iter().any(|one| one.id == session_id)
        };
        if runs(session.as_str()) {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = tokio::signal::ctrl_c() => {
                // Ctrl-C does not reach what has left the terminal.
                supervisor.stop();
                return Err(DetachError::Interrupted);
            }
        }
    }
}

/// Runs a session out of sight, and writes down how it ended.
pub(crate) async fn run_detached(
    global: &GlobalArgs,
    args: &DetachedSessionArgs,
) -> Result<ExitCode, Failure> {
    leave_terminal();
    let terminal = match args.size {
        Some(size) => {
            let taken = OwnTerminal::take(size);
            Some(taken.map_err(|source| DetachError::Terminal { source })?)
        }
        None => None,
    };
    // If there is none, whoever started this process has its words and its code.
    let context = Context::prepare(global)?;
    let host = context.host.clone();
    let command = ["opencode".to_owned()].into_iter().chain(args.args.clone());
    let run = DetachedRun::new(
        args.session.to_string(),
        context.project.root.clone(),
        command.collect(),
        match terminal {
            Some(_) => DetachedStreams::Terminal,
            None => DetachedStreams::File,
        },
    );
    let held = DetachedStore::new(&host.dirs.state)
        .begin(&run)
        .map_err(DetachError::Store)?;
    if let Some(terminal) = &terminal {
        let files = held.files();
        // Without them somebody's screen is only drawn later.
        let watched = terminal.watch(move |modes| drop(files.write_modes(modes)));
        watched.map_err(|source| DetachError::Terminal { source })?;
    }
    let code = match session(global, args, context).await {
        Ok(code) => code,
        Err(failure) => {
            failure.show(global.ui(), global.place());
            failure.exit_code()
        }
    };
    held.end(&DetachedEnd::now(code))
        .map_err(DetachError::Store)?;
    if args.notify {
        desktop::session_ended(&host, &run.session, &run.project, code);
    }
    Ok(ExitCode::from(code))
}

async fn session(
    global: &GlobalArgs,
    args: &DetachedSessionArgs,
    context: Context,
) -> Result<u8, Failure> {
    let operation = Operation::prepare(global, context);
    let program = Program::opencode(args.args.clone());
    let exit = operation
        .with_base(async |ocx| {
            let session = ocx.session(program.clone()).called(args.session.clone());
            Ok(session.stdin(input::of_the_caller()).run().await?.exit)
        })
        .await?;
    Ok(exit.code())
}
