//! Running a container in the foreground: requests to end, and whose exit code it is.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use futures_util::future::join;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Child,
};

use super::{Invocation, process, terminal_modes::TerminalModes};
use crate::{
    cancellation::Cancellation,
    report::{EventKind, OutputStream, Reporter},
    runtime::{Failure, RuntimeError},
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
                    .report(EventKind::ProgramOutput { stream: name, line }.into());
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

/// Whether an exit code of an engine's `run` may be the engine's own: 125 for a failure of the
/// engine, 126 and 127 for a program that cannot be started. Programs use these codes, too.
pub(super) fn may_be_the_engines(code: i32) -> bool {
    (125..=127).contains(&code)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use camino::Utf8PathBuf;

    use super::*;
    use crate::report::{Event, Silent};

    const SIGTERM: i32 = 15;

    /// A directory for the files by which a script and a test talk.
    struct Scene {
        directory: tempfile::TempDir,
        environment: BTreeMap<String, String>,
        cancellation: Cancellation,
        stops: AtomicUsize,
    }

    impl Scene {
        fn new() -> Self {
            Self {
                directory: tempfile::tempdir().unwrap(),
                environment: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
                cancellation: Cancellation::new(),
                stops: AtomicUsize::new(0),
            }
        }

        fn path(&self, name: &str) -> Utf8PathBuf {
            Utf8PathBuf::from_path_buf(self.directory.path().join(name)).unwrap()
        }

        fn foreground(&self, output: Output, on_interrupt: OnInterrupt) -> Foreground<'_> {
            Foreground {
                environment: &self.environment,
                stdin: Stdin::Null,
                output,
                on_interrupt,
                cancellation: &self.cancellation,
                reporter: &Silent,
            }
        }

        /// A client that runs until there is a file `end`, or for half a minute.
        fn client(&self) -> Invocation {
            script(&format!(
                "for i in $(seq 3000); do [ -e {} ] && exit 7; sleep 0.01; done",
                self.path("end")
            ))
        }

        fn let_it_end(&self) {
            std::fs::write(self.path("end"), "").unwrap();
        }

        fn stops(&self) -> usize {
            self.stops.load(Ordering::Relaxed)
        }

        /// Runs the client, and stops its container, which is there when it is looked for the `nth`
        /// time.
        async fn stopped(&self, foreground: &Foreground<'_>, nth: usize) -> Ended {
            let stop = || async {
                let looks = self.stops.fetch_add(1, Ordering::Relaxed) + 1;
                if looks == nth {
                    self.let_it_end();
                }
                looks >= nth
            };
            foreground.run(&self.client(), stop).await.unwrap()
        }
    }

    fn script(text: &str) -> Invocation {
        Invocation::change("sh".into(), &["-c", text])
    }

    async fn nothing_to_stop() -> bool {
        panic!("nobody asked for an end")
    }

    #[tokio::test]
    async fn output_is_captured_and_the_code_is_the_clients() {
        let scene = Scene::new();
        let foreground = scene.foreground(Output::Capture, OnInterrupt::Wait);
        let run = script("echo out; echo err >&2; exit 3");
        let ended = foreground.run(&run, nothing_to_stop).await.unwrap();
        assert_eq!(
            (ended.failure, ended.signal),
            (Some(Failure::Code(3)), None)
        );
        assert_eq!(
            (ended.stdout, ended.stderr),
            (b"out\n".into(), b"err\n".into())
        );
        let ended = foreground.run(&script(""), nothing_to_stop).await.unwrap();
        assert_eq!((ended.failure, ended.signal), (None, None));
    }

    #[tokio::test]
    async fn lines_are_told_and_kept() {
        #[derive(Debug, Default)]
        struct Heard(Mutex<Vec<String>>);

        impl Reporter for Heard {
            fn report(&self, event: Event<'_>) {
                if let EventKind::ProgramOutput { stream, line } = event.kind {
                    self.0.lock().unwrap().push(format!("{stream:?}: {line}"));
                }
            }
        }

        let scene = Scene::new();
        let heard = Heard::default();
        let foreground = Foreground {
            reporter: &heard,
            ..scene.foreground(Output::Lines, OnInterrupt::Wait)
        };
        let run = script("echo one; echo two; echo err >&2");
        let ended = foreground.run(&run, nothing_to_stop).await.unwrap();
        assert_eq!(
            (ended.stdout, ended.stderr),
            (b"one\ntwo\n".into(), b"err\n".into())
        );
        let mut heard = heard.0.into_inner().unwrap();
        heard.sort();
        assert_eq!(heard, ["Stderr: err", "Stdout: one", "Stdout: two"]);
    }

    #[tokio::test]
    async fn a_captured_client_is_out_of_reach_of_the_keyboard() {
        let scene = Scene::new();
        for (output, is_apart) in [(Output::Capture, true), (Output::Inherit, false)] {
            let file = scene.path("group");
            let run = script(&format!(
                "read -r pid name state parent group rest < /proc/$$/stat; echo $pid $group > {file}"
            ));
            let foreground = scene.foreground(output, OnInterrupt::Wait);
            let ended = foreground.run(&run, nothing_to_stop).await.unwrap();
            assert_eq!(ended.failure, None);
            let found = std::fs::read_to_string(&file).unwrap();
            let (process, group) = found.trim_end().split_once(' ').unwrap();
            assert_eq!(process == group, is_apart, "{output:?}: {found}");
        }
    }

    #[tokio::test]
    async fn a_request_to_end_stops_the_container() {
        for (signal, output, on_interrupt) in [
            (SIGTERM, Output::Inherit, OnInterrupt::Wait),
            (SIGTERM, Output::Capture, OnInterrupt::Wait),
            (SIGINT, Output::Inherit, OnInterrupt::Stop),
            (SIGQUIT, Output::Inherit, OnInterrupt::Stop),
            // It does not reach a client with a process group of its own.
            (SIGINT, Output::Capture, OnInterrupt::Wait),
            (SIGQUIT, Output::Lines, OnInterrupt::Wait),
        ] {
            let scene = Scene::new();
            let foreground = scene.foreground(output, on_interrupt);
            scene.cancellation.signal(signal);
            let ended = scene.stopped(&foreground, 1).await;
            assert_eq!(ended.signal, Some(signal));
            assert_eq!(ended.failure, Some(Failure::Code(7)));
            assert_eq!(scene.stops(), 1, "{signal} {output:?} {on_interrupt:?}");
        }
    }

    #[tokio::test]
    async fn a_container_that_is_only_being_made_is_waited_for() {
        let scene = Scene::new();
        let foreground = scene.foreground(Output::Capture, OnInterrupt::Wait);
        scene.cancellation.cancel();
        let ended = scene.stopped(&foreground, 3).await;
        assert_eq!((ended.signal, scene.stops()), (Some(SIGTERM), 3));
    }

    #[tokio::test]
    async fn a_client_that_ends_meanwhile_may_have_made_one() {
        let scene = Scene::new();
        let foreground = scene.foreground(Output::Capture, OnInterrupt::Wait);
        scene.cancellation.cancel();
        let stop = || async {
            scene.stops.fetch_add(1, Ordering::Relaxed);
            scene.let_it_end();
            false
        };
        let ended = foreground.run(&scene.client(), stop).await.unwrap();
        assert_eq!(ended.signal, Some(SIGTERM));
        assert!(scene.stops() >= 2, "looked for again when it had ended");
    }

    #[tokio::test]
    async fn a_key_is_left_to_a_client_that_shares_the_terminal() {
        for signal in [SIGINT, SIGQUIT] {
            let scene = Scene::new();
            let foreground = scene.foreground(Output::Inherit, OnInterrupt::Wait);
            scene.cancellation.signal(signal);
            let (client, when_forgotten) = (scene.client(), async {
                while scene.cancellation.received().is_some() {
                    tokio::task::yield_now().await;
                }
                scene.let_it_end();
            });
            let (ended, ()) = join(foreground.run(&client, nothing_to_stop), when_forgotten).await;
            let ended = ended.unwrap();
            assert_eq!(
                (ended.failure, ended.signal),
                (Some(Failure::Code(7)), None)
            );
        }
    }

    #[test]
    fn codes_of_engines() {
        let codes: Vec<i32> = (0..256).filter(|&code| may_be_the_engines(code)).collect();
        assert_eq!(codes, [125, 126, 127]);
    }
}
