//! Running a container in the foreground: requests to end, and whose exit code it is.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use camino::Utf8Path;
use futures_util::future::join;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Child,
};

use super::{Invocation, process, terminal_modes::TerminalModes};
use crate::{
    cancellation::Cancellation,
    report::{Event, OutputStream, Reporter},
    runtime::{ContainerId, Failure, RuntimeError},
    spec::{Output, Stdin},
};

/// What SIGINT and SIGQUIT do while a container runs that is attached to the caller's streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnInterrupt {
    /// Nothing here: from the keyboard they reach the engine's client anyway, which passes them on or
    /// has the terminal in raw mode.
    Wait,
    /// The container is stopped, since its program would ignore them.
    Stop,
}

/// How a client in the foreground works.
#[derive(Debug)]
pub(super) struct Foreground<'a> {
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) stdin: Stdin,
    pub(super) output: Output,
    pub(super) on_interrupt: OnInterrupt,
    pub(super) cancellation: &'a Cancellation,
    pub(super) reporter: &'a dyn Reporter,
}

/// How a client ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) failure: Option<Failure>,
    /// The signal for which its container was stopped.
    pub(super) signal: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl Foreground<'_> {
    /// Runs an engine's `run` or `exec` command.
    ///
    /// On a request to end `stop` is called to stop the container, since a client with a terminal
    /// passes no signals on, and one that is killed leaves it running. `stop` returns whether there is
    /// a container yet; until then it is called again. SIGINT and SIGQUIT do what `on_interrupt` says
    /// where the program shares the caller's terminal.
    pub(super) async fn run<Stop, Stopped>(
        &self,
        invocation: &Invocation,
        stop: Stop,
    ) -> Result<Ended, RuntimeError>
    where
        Stop: Fn() -> Stopped,
        Stopped: Future<Output = bool>,
    {
        let io_error = |error| process::spawn_error(invocation, &error);
        let is_attached = self.output == Output::Inherit;
        let _modes = is_attached.then(TerminalModes::remember);
        let mut command = process::command(invocation, self.environment);
        command.stdin(match self.stdin {
            Stdin::Inherit => Stdio::inherit(),
            Stdin::Null => Stdio::null(),
        });
        let out = || {
            if is_attached {
                Stdio::inherit()
            } else {
                Stdio::piped()
            }
        };
        command.stdout(out()).stderr(out());
        if !is_attached {
            // Ctrl-C goes to the terminal's process group; who captures output decides by itself what
            // that means.
            command.process_group(0);
        }
        let mut child = command.spawn().map_err(io_error)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let ((status, signal), (stdout, stderr)) = join(
            self.wait(&mut child, &stop),
            join(
                self.read(stdout, OutputStream::Stdout),
                self.read(stderr, OutputStream::Stderr),
            ),
        )
        .await;
        Ok(Ended {
            failure: process::failure(status.map_err(io_error)?),
            signal,
            stdout: stdout.map_err(io_error)?,
            stderr: stderr.map_err(io_error)?,
        })
    }

    async fn wait<Stop, Stopped>(
        &self,
        child: &mut Child,
        stop: &Stop,
    ) -> (std::io::Result<std::process::ExitStatus>, Option<i32>)
    where
        Stop: Fn() -> Stopped,
        Stopped: Future<Output = bool>,
    {
        loop {
            tokio::select! {
                status = child.wait() => return (status, None),
                signal = self.cancellation.requested() => {
                    let is_interrupt = matches!(signal, SIGINT | SIGQUIT);
                    let is_shared = self.output == Output::Inherit
                        && self.on_interrupt == OnInterrupt::Wait;
                    if is_interrupt && is_shared {
                        self.cancellation.forget();
                        continue;
                    }
                    terminate(child, stop).await;
                    return (child.wait().await, Some(signal));
                }
            }
        }
    }

    async fn read(
        &self,
        stream: Option<impl AsyncRead + Unpin>,
        name: OutputStream,
    ) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let Some(mut stream) = stream else {
            return Ok(bytes);
        };
        if self.output == Output::Lines {
            let told = |line: &str| {
                self.reporter
                    .report(Event::ProgramOutput { stream: name, line });
                if bytes.len() + line.len() < MOST_KEPT {
                    bytes.extend_from_slice(line.as_bytes());
                    bytes.push(b'\n');
                }
            };
            process::each_line(stream, told).await?;
        } else {
            (&mut stream)
                .take(MOST_KEPT as u64)
                .read_to_end(&mut bytes)
                .await?;
            // A program whose output nobody reads would wait for ever.
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
        }
        Ok(bytes)
    }
}

/// How much of each stream is kept, in bytes.
const MOST_KEPT: usize = 64 * 1024 * 1024;

const SIGINT: i32 = 2;
const SIGQUIT: i32 = 3;

/// How often it is looked whether the container has been made.
const POLL: Duration = Duration::from_millis(100);

/// An engine that takes longer than ten seconds to make a container is taken to hang.
pub(super) const LOOKS: u32 = 100;

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
