//! Running a container in the foreground: signals, and whose exit code it is.

use std::{process::Stdio, time::Duration};

use camino::Utf8Path;
use tokio::{
    process::Child,
    signal::unix::{Signal, SignalKind, signal},
};

use super::{Invocation, process, terminal_modes::TerminalModes};
use crate::runtime::{ContainerId, Failure, RuntimeError};

/// What SIGINT and SIGQUIT do while a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnInterrupt {
    /// Nothing here: from the keyboard they reach the engine's client anyway, which passes them on or
    /// has the terminal in raw mode.
    Wait,
    /// The container is stopped, since its program would ignore them.
    Stop,
}

/// Runs an engine's `run` command attached to the caller's streams.
///
/// - SIGINT and SIGQUIT do what `on_interrupt` says.
/// - SIGTERM and SIGHUP reach only this process. `stop` is then called to stop the container, since
///   a client with a terminal passes no signals on, and one that is killed leaves it running. `stop`
///   returns whether there is a container yet; until then it is called again.
///
/// Returns how the client ended, and the signal that led to it.
pub(super) async fn attached<Stop, Stopped>(
    invocation: &Invocation,
    on_interrupt: OnInterrupt,
    stop: Stop,
) -> Result<(Option<Failure>, Option<i32>), RuntimeError>
where
    Stop: Fn() -> Stopped,
    Stopped: Future<Output = bool>,
{
    let io_error = |error| process::spawn_error(invocation, &error);
    let mut signals = Signals::listen().map_err(io_error)?;
    let _modes = TerminalModes::remember();
    let mut command = process::command(invocation);
    command
        .stdin(Stdio::inherit())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(io_error)?;
    let mut received = None;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.map_err(io_error)?,
            signal = signals.next() => {
                let stops = matches!(signal, SIGTERM | SIGHUP) || on_interrupt == OnInterrupt::Stop;
                if stops && received.is_none() {
                    received = Some(signal);
                    terminate(&mut child, &stop).await;
                }
            }
        }
    };
    Ok((process::failure(status), received))
}

const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;
const SIGQUIT: i32 = 3;
const SIGTERM: i32 = 15;

/// How often it is looked whether the container has been made.
const POLL: Duration = Duration::from_millis(100);

/// An engine that takes longer than ten seconds to make a container is taken to hang.
const LOOKS: u32 = 100;

/// Stops the container, and then the client if that is still there.
async fn terminate<Stop, Stopped>(child: &mut Child, stop: &Stop)
where
    Stop: Fn() -> Stopped,
    Stopped: Future<Output = bool>,
{
    for _ in 0..LOOKS {
        // Never given up half-way: the client may end before its container does.
        if stop().await {
            break;
        }
        if tokio::time::timeout(POLL, child.wait()).await.is_ok() {
            // It may have been made meanwhile.
            stop().await;
            return;
        }
    }
    if tokio::time::timeout(Duration::from_secs(5), child.wait())
        .await
        .is_err()
    {
        // The client hangs; its container is stopped, or was never made.
        let _ = child.start_kill();
    }
}

struct Signals {
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => SIGINT,
            _ = self.quit.recv() => SIGQUIT,
            _ = self.terminate.recv() => SIGTERM,
            _ = self.hang_up.recv() => SIGHUP,
        }
    }
}

/// The container that an engine wrote into `id_file`; `None` if it made none.
pub(super) fn container_made(id_file: &Utf8Path) -> Option<ContainerId> {
    let id = std::fs::read_to_string(id_file).ok()?;
    let id = id.trim();
    (!id.is_empty()).then(|| ContainerId(id.to_owned()))
}

/// Whether an exit code of an engine's `run` may be the engine's own: 125 for a failure of the
/// engine, 126 and 127 for a program that cannot be started. Programs use these codes, too.
pub(super) fn may_be_the_engines(code: i32) -> bool {
    (125..=127).contains(&code)
}
