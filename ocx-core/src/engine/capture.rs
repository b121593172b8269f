//! Running a command for its answer: within a time, and in bounded memory.

use std::{collections::BTreeMap, io, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Child,
    time::timeout,
};

use super::{
    Captured, CommandKind, Invocation,
    excerpt::Excerpt,
    process::{command, failure, spawn_error},
};
use crate::runtime::RuntimeError;

/// How long a command may take to end that was asked to, before it is killed.
const GRACE: Duration = Duration::from_secs(3);

/// How long the output of a command that has ended is read on. Somebody whom it has left behind may
/// hold it open for ever.
const LINGER: Duration = Duration::from_secs(3);

/// What is kept of a command's standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// All of it, up to so many bytes; a command that prints more is ended there.
    UpTo(usize),
    /// Its beginning and its end, for people.
    Excerpt,
}

/// How a command came to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// By itself.
    Ended(Captured),
    /// It printed more than was to be kept, which begins like this.
    Cut(Vec<u8>),
    /// Its time was up.
    TimedOut,
}

/// Runs a command with its output captured and nothing on its standard input. One that takes longer
/// than `limit` is ended, by force if need be.
pub(super) async fn capture(
    invocation: &Invocation,
    environment: &BTreeMap<String, String>,
    keep: Keep,
    limit: Option<Duration>,
) -> Result<Outcome, RuntimeError> {
    let failed = |error| spawn_error(invocation, &error);
    let mut command = command(invocation, environment);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if invocation.kind == CommandKind::Query {
        // Ctrl-C goes to the terminal's process group. A question that it cuts off would look as if
        // the engine had failed, and one that makes a container for a moment would leave it behind.
        command.process_group(0);
    }
    let child = command.spawn().map_err(failed)?;
    let kind = invocation.kind;
    let mut running = Running { child, kind, limit };
    let child = &mut running.child;
    let mut stdout = Kept::new(keep);
    let mut stderr = Kept::new(Keep::Excerpt);
    let output = child.stdout.take().expect("standard output is piped");
    let errors = child.stderr.take().expect("standard error is piped");
    let work = async {
        // Both are read at once, or a child that fills one pipe would wait for ever.
        let reading =
            async { tokio::try_join!(stdout.read(output), stderr.read(errors)).map(|((), ())| ()) };
        let mut reading = Box::pin(reading);
        tokio::select! {
            read = &mut reading => {
                read?;
                Ok(child.wait().await?)
            }
            status = child.wait() => {
                if let Ok(read) = timeout(LINGER, &mut reading).await {
                    read?;
                }
                Ok(status?)
            }
        }
    };
    let result = match limit {
        None => work.await,
        Some(limit) => timeout(limit, work).await.unwrap_or(Err(Stop::TimedOut)),
    };
    match result {
        Ok(status) => Ok(Outcome::Ended(Captured {
            failure: failure(status),
            told: false,
            stdout: stdout.into_bytes(),
            stderr: stderr.into_bytes(),
        })),
        Err(stop) => {
            running.end().await;
            match stop {
                Stop::TimedOut => Ok(Outcome::TimedOut),
                Stop::Cut => Ok(Outcome::Cut(stdout.into_bytes())),
                Stop::Io(error) => Err(failed(error)),
            }
        }
    }
}

/// Why a command's output is read no further.
enum Stop {
    TimedOut,
    Cut,
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What is kept of a stream.
enum Kept {
    UpTo(usize, Vec<u8>),
    Excerpt(Excerpt),
}

impl Kept {
    fn new(keep: Keep) -> Self {
        match keep {
            Keep::UpTo(most) => Self::UpTo(most, Vec::new()),
            Keep::Excerpt => Self::Excerpt(Excerpt::default()),
        }
    }

    async fn read(&mut self, mut stream: impl AsyncRead + Unpin) -> Result<(), Stop> {
        match self {
            Self::UpTo(most, bytes) => {
                let most = *most as u64;
                stream.take(most + 1).read_to_end(bytes).await?;
                if bytes.len() as u64 > most {
                    return Err(Stop::Cut);
                }
            }
            Self::Excerpt(excerpt) => {
                let mut buffer = vec![0; 16 * 1024];
                loop {
                    match stream.read(&mut buffer).await? {
                        0 => break,
                        length => excerpt.push(&buffer[..length]),
                    }
                }
            }
        }
        Ok(())
    }

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::UpTo(most, mut bytes) => {
                bytes.truncate(most);
                bytes
            }
            Self::Excerpt(excerpt) => excerpt.into_bytes(),
        }
    }
}

/// What takes no longer than this only looks.
const LOOK: Duration = Duration::from_secs(60);

/// A running command. Who drops it, kills the program that was started; what that has started, only if
/// it just looks: Podman does its work in a process of its own, and one that is killed while it copies a
/// layer leaves a storage in which every command takes seconds (4.3).
struct Running {
    child: Child,
    kind: CommandKind,
    limit: Option<Duration>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.limit.is_some_and(|limit| limit <= LOOK) {
            self.send(Signal::KILL);
        }
    }
}

impl Running {
    /// Sends a signal to a command that was not waited for yet, and to what it has started where that
    /// is in a process group of its own. Returns whom it was sent to.
    fn send(&self, signal: Signal) -> Option<Pid> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let process = id.and_then(Pid::from_raw)?;
        // It may have ended by itself meanwhile.
        let _ = match self.kind {
            CommandKind::Query => kill_process_group(process, signal),
            CommandKind::Change => kill_process(process, signal),
        };
        Some(process)
    }

    async fn end(&mut self) {
        let process = self.send(Signal::TERM);
        if timeout(GRACE, self.child.wait()).await.is_ok() {
            // What it has started need not have ended with it.
            if let (Some(group), CommandKind::Query) = (process, self.kind) {
                let _ = kill_process_group(group, Signal::KILL);
            }
            return;
        }
        self.send(Signal::KILL);
        // One that waits for a disk that does not answer outlives even that.
        let _ = timeout(GRACE, self.child.wait()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::runtime::Failure;

    const ALL: Keep = Keep::UpTo(1 << 20);

    fn path() -> BTreeMap<String, String> {
        [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into()
    }

    async fn run(script: &str, keep: Keep, limit: Option<Duration>) -> Outcome {
        let invocation = Invocation::query("sh".into(), &["-c", script]);
        capture(&invocation, &path(), keep, limit).await.unwrap()
    }

    async fn captured(script: &str) -> Captured {
        match run(script, ALL, None).await {
            Outcome::Ended(captured) => captured,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_child_has_the_given_environment_and_nothing_else() {
        let mut invocation = Invocation::query("env".into(), &[]);
        let set = |name: &str| (name.to_owned(), name.to_lowercase());
        invocation.environment.extend([set("OWN")]);
        let mut environment = path();
        environment.extend([set("GIVEN")]);
        let outcome = capture(&invocation, &environment, ALL, None).await.unwrap();
        let Outcome::Ended(captured) = outcome else {
            panic!("{outcome:?}")
        };
        let text = String::from_utf8(captured.stdout).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        let expected = [
            "DOCKER_CLI_HINTS=false",
            "GIVEN=given",
            "OWN=own",
            "PATH=/usr/bin:/bin",
        ];
        assert_eq!(lines, expected);
    }

    #[tokio::test]
    async fn captures_both_streams_and_the_code() {
        let captured = captured("echo out; echo err >&2; exit 3").await;
        assert_eq!(captured.stdout, b"out\n");
        assert_eq!(captured.stderr, b"err\n");
        assert_eq!(captured.failure, Some(Failure::Code(3)));
    }

    #[tokio::test]
    async fn a_child_that_prints_much_on_both_streams_does_not_hang() {
        let captured = captured("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2").await;
        assert_eq!(captured.stdout.len(), 300_000);
        assert!(captured.stderr.len() < 20_000);
    }

    #[tokio::test]
    async fn a_signal_and_a_missing_program_are_told_apart() {
        let killed = captured("kill -9 $$").await;
        assert_eq!(killed.failure, Some(Failure::Signal(9)));
        let missing = Invocation::query("/nonexistent/docker".into(), &[]);
        let error = capture(&missing, &path(), ALL, None).await.unwrap_err();
        assert!(
            matches!(error, RuntimeError::NotInstalled { .. }),
            "{error:?}"
        );
    }

    /// Whether there is a process of this ID, which a test has made.
    fn is_alive(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[tokio::test]
    async fn one_that_ignores_requests_to_end_is_killed_with_its_children() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = format!(
            "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > {}; exec sleep 600' & wait; wait; sleep 600",
            file.path().display()
        );
        let limit = Some(Duration::from_millis(500));
        let began = Instant::now();
        assert_eq!(run(&script, ALL, limit).await, Outcome::TimedOut);
        assert!(began.elapsed() < Duration::from_secs(10));
        let child = std::fs::read_to_string(file.path()).unwrap();
        assert!(!child.is_empty());
        // The system takes a moment, the more so on a busy machine.
        while is_alive(&child) {
            assert!(began.elapsed() < Duration::from_secs(60), "{child}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn endless_output_is_cut() {
        let limit = Some(Duration::from_secs(20));
        assert_eq!(
            run("exec yes", Keep::UpTo(10), limit).await,
            Outcome::Cut(b"y\ny\ny\ny\ny\n".to_vec())
        );
        let limit = Some(Duration::from_millis(300));
        for script in ["exec yes >&2", "exec yes"] {
            let outcome = run(script, Keep::Excerpt, limit).await;
            assert_eq!(outcome, Outcome::TimedOut);
        }
    }

    #[tokio::test]
    async fn who_holds_the_output_of_one_that_has_ended_is_not_waited_for() {
        let began = Instant::now();
        let captured = captured("echo answer; sleep 60 & exit 0").await;
        assert_eq!(captured.stdout, b"answer\n");
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}
