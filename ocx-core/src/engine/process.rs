//! Running a command.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    os::unix::process::ExitStatusExt,
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt as _, BufReader},
    net::unix::pipe,
    process::Command,
};

use super::Invocation;
use crate::{
    cancellation::Cancellation,
    runtime::{CommandError, CommandLine, Failure, RuntimeError},
};

/// How long a command may take to end that was asked to.
const GRACE: Duration = Duration::from_secs(3);

/// How many lines of a long command are kept for an error.
const LAST_LINES: usize = 40;

/// A longer line is no line.
const LONGEST_LINE: u64 = 64 * 1024;

/// What a command printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// How it ended.
    pub failure: Option<Failure>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error; of a long one the beginning and the end.
    pub stderr: Vec<u8>,
    /// Whether it was told line by line already.
    pub told: bool,
}

impl Captured {
    /// The failure as an error; `None` if the command ended well.
    #[must_use]
    pub fn error(&self, invocation: &Invocation) -> Option<CommandError> {
        let failure = self.failure.clone()?;
        Some(CommandError {
            command: invocation.into(),
            failure,
            stderr: String::from_utf8_lossy(&self.stderr).trim_end().to_owned(),
            told: self.told,
            step: None,
        })
    }
}

/// Runs a command that takes time, and hands on each line that it prints, on whichever stream. The
/// last lines are kept for an error.
pub(super) async fn stream(
    invocation: &Invocation,
    environment: &BTreeMap<String, String>,
    cancellation: &Cancellation,
    mut told: impl FnMut(&str),
) -> Result<Captured, RuntimeError> {
    let failed = |error| spawn_error(invocation, &error);
    // One pipe for both, or their lines would come in another order.
    let (reader, writer) = io::pipe().map_err(failed)?;
    let mut command = command(invocation, environment);
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone().map_err(failed)?)
        .stderr(writer)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(failed)?;
    let child_id = child.id();
    // It holds the other end of the pipe.
    drop(command);
    let reader = pipe::Receiver::from_owned_fd(reader.into()).map_err(failed)?;
    let mut kept = VecDeque::new();
    let keep = |line: &str| {
        told(line);
        kept.push_back(line.to_owned());
        if kept.len() > LAST_LINES {
            kept.pop_front();
        }
    };
    let mut end = Box::pin(async {
        each_line(reader, keep).await?;
        child.wait().await
    });
    let status = tokio::select! {
        status = &mut end => status,
        _ = cancellation.requested() => {
            // Killed, it could leave things behind that it puts in order by itself (`podman build` 4.3:
            // a layer that every later command fails on). A keyboard's signal has reached it anyway.
            terminate(child_id);
            tokio::time::timeout(GRACE, &mut end)
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        }
    }
    .map_err(failed)?;
    drop(end);
    let kept: Vec<String> = kept.into();
    Ok(Captured {
        failure: failure(status),
        told: true,
        stdout: Vec::new(),
        stderr: kept.join("\n").into_bytes(),
    })
}

/// Asks a process to end.
fn terminate(id: Option<u32>) {
    let id = id.and_then(|id| i32::try_from(id).ok());
    if let Some(process) = id.and_then(rustix::process::Pid::from_raw) {
        // It may have ended by itself meanwhile.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
    }
}

/// Hands on each line of a stream until it ends, also the last one without an end. A line that never
/// ends is handed on in pieces.
pub(super) async fn each_line(
    stream: impl AsyncRead + Unpin,
    mut told: impl FnMut(&str),
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = (&mut reader).take(LONGEST_LINE);
        if limited.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        told(text.trim_end_matches(['\n', '\r']));
    }
}

/// The process of a command, with its variables set.
pub(super) fn command(invocation: &Invocation, environment: &BTreeMap<String, String>) -> Command {
    let mut command = Command::new(&invocation.program);
    command
        .args(&invocation.args)
        .env_clear()
        .envs(environment)
        .envs(&invocation.environment);
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
    // It would be hundreds of kilobytes, and they are its fault.
    let is_too_long = error.kind() == io::ErrorKind::ArgumentListTooLong;
    let command = CommandLine::from(invocation);
    let command = if is_too_long {
        CommandLine::new(command.to_string(), format!("{command} …"))
    } else {
        command
    };
    let failure = if is_too_long {
        format!("{error}; fewer mounts, hidden paths or variables make it shorter")
    } else {
        error.to_string()
    };
    RuntimeError::CommandNotRun {
        source: CommandError {
            command,
            failure: Failure::Io(failure),
            stderr: String::new(),
            told: false,
            step: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> BTreeMap<String, String> {
        [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into()
    }

    #[tokio::test]
    async fn lines_come_as_they_are_printed_and_the_last_ones_are_kept() {
        let script = "for i in $(seq 50); do echo $i; echo e$i >&2; done; printf end; exit 3";
        let invocation = Invocation::query("sh".into(), &["-c", script]);
        let lines = std::cell::RefCell::new(Vec::new());
        let told = |line: &str| lines.borrow_mut().push(line.to_owned());
        let captured = stream(&invocation, &path(), &Cancellation::new(), told)
            .await
            .unwrap();
        let lines = lines.into_inner();
        assert_eq!((lines.len(), lines[1].as_str()), (101, "e1"));
        assert_eq!(lines.last().unwrap(), "end");
        let error = captured.error(&invocation).unwrap();
        assert_eq!(error.stderr.lines().count(), LAST_LINES);
        assert!(error.stderr.ends_with("e50\nend"), "{}", error.stderr);
        let told = error.to_string();
        assert!(told.contains("exited with status 3\n"), "{told}");
    }
}
