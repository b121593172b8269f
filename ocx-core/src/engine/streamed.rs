//! Running a command whose output is read as it comes, since it is too long to be kept.

use std::{
    collections::BTreeMap,
    io::{self, PipeReader},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{io::AsyncReadExt, process::ChildStderr, time::timeout};

use super::{
    Captured, Invocation,
    excerpt::Excerpt,
    process::{command, failure, spawn_error},
};
use crate::runtime::RuntimeError;

/// What was made of a command's output, and how the command ended.
pub(super) struct Streamed<T> {
    pub(super) read: io::Result<T>,
    pub(super) captured: Captured,
}

/// Runs a command and hands its standard output to `read`, on a thread of its own. What `read` leaves is
/// read to its end all the same: a command whose output nobody takes ends by a signal, and it would depend
/// on the clock whether it had written the last bytes before. `None` if it takes longer than `limit`; it is
/// ended then.
pub(super) async fn streamed<T: Send + 'static>(
    invocation: &Invocation,
    environment: &BTreeMap<String, String>,
    limit: Duration,
    read: impl FnOnce(&mut PipeReader) -> io::Result<T> + Send + 'static,
) -> Result<Option<Streamed<T>>, RuntimeError> {
    let failed = |error| spawn_error(invocation, &error);
    let (reader, writer) = io::pipe().map_err(failed)?;
    let mut command = command(invocation, environment);
    command
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        // As for every question: Ctrl-C is not for it.
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(failed)?;
    // It holds the other end of the pipe.
    drop(command);
    let group = child
        .id()
        .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let errors = child.stderr.take();
    let reading = tokio::task::spawn_blocking(move || {
        let mut reader = reader;
        let read = read(&mut reader);
        io::copy(&mut reader, &mut io::sink()).and(read)
    });
    let work = async {
        let (read, stderr, status) = tokio::join!(reading, excerpt(errors), child.wait());
        let read = read.unwrap_or_else(|panic| Err(io::Error::other(panic)));
        Ok::<_, io::Error>((read, stderr, status?))
    };
    let Ok(ended) = timeout(limit, work).await else {
        // What it has started holds the pipe open.
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
        return Ok(None);
    };
    let (read, stderr, status) = ended.map_err(failed)?;
    Ok(Some(Streamed {
        read,
        captured: Captured {
            failure: failure(status),
            stdout: Vec::new(),
            stderr,
            told: false,
        },
    }))
}

/// The beginning and the end of what it complains of.
async fn excerpt(stream: Option<ChildStderr>) -> Vec<u8> {
    let mut excerpt = Excerpt::default();
    let mut buffer = vec![0; 16 * 1024];
    if let Some(mut stream) = stream {
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            excerpt.push(&buffer[..length]);
        }
    }
    excerpt.into_bytes()
}

#[cfg(test)]
mod tests {
    use std::{io::Read, time::Instant};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// Reads so many bytes of what a script prints.
    async fn run(script: &str, most: u64, limit: Duration) -> Option<Streamed<u64>> {
        let invocation = Invocation::query("sh".into(), &["-c", script]);
        let environment = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into();
        streamed(&invocation, &environment, limit, move |reader| {
            io::copy(&mut reader.take(most), &mut io::sink())
        })
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn what_comes_is_read_and_complaints_are_kept() {
        let script = "head -c 1000000 /dev/zero; echo no >&2; exit 3";
        let done = run(script, u64::MAX, PATIENCE).await.unwrap();
        assert_eq!(done.read.unwrap(), 1_000_000);
        assert_eq!(
            done.captured.failure,
            Some(crate::runtime::Failure::Code(3))
        );
        assert_eq!(done.captured.stderr, b"no\n");
    }

    #[tokio::test]
    async fn a_command_whose_last_words_are_not_needed_can_say_them() {
        let script = "head -c 10 /dev/zero; sleep 0.2; exec head -c 1000000 /dev/zero";
        let done = run(script, 10, PATIENCE).await.unwrap();
        assert_eq!(done.read.unwrap(), 10);
        assert_eq!(done.captured.failure, None);
    }

    #[tokio::test]
    async fn one_that_never_ends_is_ended_with_what_it_has_started() {
        let begin = Instant::now();
        let done = run("sleep 60 & sleep 60", 1, Duration::from_millis(300)).await;
        assert!(done.is_none());
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
}
