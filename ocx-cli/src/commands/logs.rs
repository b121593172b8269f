//! `ocx logs`.

use std::{
    fs::File,
    io::{self, Read as _},
    process::ExitCode,
    time::Duration,
};

use camino::Utf8Path;
use clap::Args;
use ocx_core::{
    detached::{DetachedState, DetachedStore},
    ops::{self, OpencodeLog},
};

use crate::{args::GlobalArgs, context::Context, detached::DetachError, failure::Failure, output};

/// Show what a detached session has printed, or opencode's own log
///
/// Without an ID it is the newest detached session of this project, whether it runs or has ended. Of one
/// with a terminal of its own (`ocx opencode --detach`) it is what ocx said; `ocx attach` shows its screen.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LogsArgs {
    /// Session, by the beginning of its ID
    #[arg(value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Go on with what is printed, until the session ends
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Show the newest log that opencode keeps in this project's data
    #[arg(long, conflicts_with = "session")]
    pub(crate) opencode: bool,
}

const EXAMPLES: &str = "\
Examples:
  ocx logs
  ocx logs --follow 1a2b
  ocx logs --opencode";

/// How often it is looked whether more was printed.
const LOOK: Duration = Duration::from_millis(200);

pub(crate) async fn run(global: &GlobalArgs, args: &LogsArgs) -> Result<ExitCode, Failure> {
    let context = Context::prepare_in_spite_of_settings(global)?;
    if args.opencode {
        return of_opencode(global, args, &context).await;
    }
    let store = DetachedStore::new(&context.host.dirs.state);
    let run = store
        .find(args.session.as_deref(), &context.project.root)
        .map_err(DetachError::Store)?;
    if args.follow {
        follow(&store, &run.session).await?;
    } else {
        let path = store.output(&run.session);
        show_rest(&path, &mut open(&path)?, output::bytes)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows opencode's own log.
async fn of_opencode(
    global: &GlobalArgs,
    args: &LogsArgs,
    context: &Context,
) -> Result<ExitCode, Failure> {
    let ui = global.ui();
    let found = ops::opencode_log(&context.host, &context.project);
    let Some(OpencodeLog { path, mut file }) = found.map_err(|source| Failure::Logs { source })?
    else {
        ui.progress("opencode has no log in this project yet");
        return Ok(ExitCode::SUCCESS);
    };
    ui.progress(&format!("{path}:"));
    loop {
        // Sessions write it, so it is made fit for a terminal.
        let shown = show_rest(&path, &mut file, |bytes| {
            output::answer(&String::from_utf8_lossy(bytes))
        })?;
        if !shown || !args.follow {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Shows what a session has printed, and what it prints until it ends.
pub(super) async fn follow(store: &DetachedStore, session: &str) -> Result<(), Failure> {
    let path = store.output(session);
    let mut file = open(&path)?;
    loop {
        // In this order: what it printed last is there when it has ended.
        let runs = store.state(session) == DetachedState::Runs;
        if !show_rest(&path, &mut file, output::bytes)? || !runs {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn open(path: &Utf8Path) -> Result<File, Failure> {
    File::open(path).map_err(|source| Failure::Read {
        path: path.to_owned(),
        source,
    })
}

/// Shows what is left of a file; `false` if nobody reads it any more.
fn show_rest(
    path: &Utf8Path,
    file: &mut File,
    show: impl Fn(&[u8]) -> io::Result<()>,
) -> Result<bool, Failure> {
    let mut bytes = Vec::new();
    const PIECE: u64 = 1 << 20;
    loop {
        bytes.clear();
        let read = (&mut *file).take(PIECE).read_to_end(&mut bytes);
        read.map_err(|source| Failure::Read {
            path: path.to_owned(),
            source,
        })?;
        if bytes.is_empty() {
            return Ok(true);
        }
        match show(&bytes) {
            Ok(()) => {}
            Err(source) if source.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
            Err(source) => return Err(Failure::Output { source }),
        }
    }
}
