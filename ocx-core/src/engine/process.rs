//! Running a command.

use std::{io, os::unix::process::ExitStatusExt, process::Stdio};

use tokio::{io::AsyncReadExt, process::Command};

use super::{Effect, Invocation};
use crate::runtime::{CommandError, Failure, RuntimeError};

/// How much of a command's standard error goes into an error.
const STDERR_TAIL: usize = 8 * 1024;

/// What a command printed, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// How it ended.
    pub failure: Option<Failure>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Captured {
    /// The failure as an error; `None` if the command ended well.
    #[must_use]
    pub fn error(&self, invocation: &Invocation) -> Option<CommandError> {
        let failure = self.failure.clone()?;
        Some(CommandError {
            command: invocation.to_string(),
            failure,
            stderr: tail(&self.stderr),
        })
    }
}

/// Runs a command with its output captured and nothing on its standard input.
pub(super) async fn capture(invocation: &Invocation) -> Result<Captured, RuntimeError> {
    let mut command = command(invocation);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if invocation.effect == Effect::Query {
        // Ctrl-C goes to the terminal's process group. A question that it cuts off would look as if
        // the engine had failed, and one that makes a container for a moment would leave it behind.
        command.process_group(0);
    }
    let mut child = command
        .spawn()
        .map_err(|error| spawn_error(invocation, &error))?;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut child_stdout = child.stdout.take().expect("standard output is piped");
    let mut child_stderr = child.stderr.take().expect("standard error is piped");
    // Both are read at once, or a child that fills one pipe would wait for ever.
    let (_, _, status) = tokio::try_join!(
        child_stdout.read_to_end(&mut stdout),
        child_stderr.read_to_end(&mut stderr),
        child.wait(),
    )
    .map_err(|error| spawn_error(invocation, &error))?;
    Ok(Captured {
        failure: failure(status),
        stdout,
        stderr,
    })
}

/// Runs a command whose output all goes to the caller's standard error.
pub(super) async fn stream(invocation: &Invocation) -> Result<Captured, RuntimeError> {
    let mut command = command(invocation);
    let stderr = io::stderr();
    let duplicate =
        rustix::io::dup(&stderr).map_err(|error| spawn_error(invocation, &error.into()))?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::from(duplicate))
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| spawn_error(invocation, &error))?;
    let status = child
        .wait()
        .await
        .map_err(|error| spawn_error(invocation, &error))?;
    Ok(Captured {
        failure: failure(status),
        stdout: Vec::new(),
        stderr: Vec::new(),
    })
}

/// The process of a command, with its variables set.
pub(super) fn command(invocation: &Invocation) -> Command {
    let mut command = Command::new(&invocation.program);
    command.args(&invocation.args).envs(&invocation.environment);
    // Advertisements of other products between the lines of a build.
    command.env("DOCKER_CLI_HINTS", "false");
    command
}

pub(super) fn failure(status: std::process::ExitStatus) -> Option<Failure> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(Failure::Code(code)),
        (None, signal) => Some(Failure::Signal(signal.unwrap_or_default())),
    }
}

pub(super) fn spawn_error(invocation: &Invocation, error: &io::Error) -> RuntimeError {
    if error.kind() == io::ErrorKind::NotFound {
        return RuntimeError::NotInstalled {
            program: invocation.program.clone(),
        };
    }
    RuntimeError::CommandNotRun {
        source: CommandError {
            command: invocation.to_string(),
            failure: Failure::Io(error.to_string()),
            stderr: String::new(),
        },
    }
}

/// The end of `stderr`, cut at the start of a line.
fn tail(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let mut start = text.len().saturating_sub(STDERR_TAIL);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let cut = &text[start..];
    let cut = if start == 0 {
        cut
    } else {
        cut.split_once('\n').map_or(cut, |(_, rest)| rest)
    };
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn captures_both_streams_and_the_code() {
        let invocation = Invocation::query("sh".into(), &["-c", "echo out; echo err >&2; exit 3"]);
        let captured = capture(&invocation).await.unwrap();
        assert_eq!(captured.stdout, b"out\n");
        let error = captured.error(&invocation).unwrap();
        assert_eq!(error.failure, Failure::Code(3));
        assert_eq!(
            error.to_string(),
            "`sh -c 'echo out; echo err >&2; exit 3'` exited with status 3\nerr"
        );
    }

    #[tokio::test]
    async fn a_child_that_prints_much_on_both_streams_does_not_hang() {
        let script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2";
        let captured = capture(&Invocation::query("sh".into(), &["-c", script]))
            .await
            .unwrap();
        assert_eq!(
            (captured.stdout.len(), captured.stderr.len()),
            (300_000, 300_000)
        );
    }

    #[tokio::test]
    async fn a_signal_and_a_missing_program_are_told_apart() {
        let captured = capture(&Invocation::query("sh".into(), &["-c", "kill -9 $$"]))
            .await
            .unwrap();
        assert_eq!(captured.failure, Some(Failure::Signal(9)));
        let error = capture(&Invocation::query("/nonexistent/docker".into(), &[]))
            .await
            .unwrap_err();
        assert!(
            matches!(error, RuntimeError::NotInstalled { .. }),
            "{error:?}"
        );
    }

    #[test]
    fn a_long_message_is_cut_at_a_line() {
        let long = "ä line\n".repeat(3000);
        let tail = tail(long.as_bytes());
        assert!(
            tail.len() <= STDERR_TAIL && tail.starts_with("ä line"),
            "{}",
            &tail[..20]
        );
    }
}
