//! A container whose run is given up: nobody waits for it any more, and it must not go on.

use std::{
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Client, cli_runtime::STOPPING, contained_exit::LOOKS};

/// How often it is looked whether the container has been made.
const POLL: Duration = Duration::from_millis(100);

/// Stops a container when this is dropped, unless its run has [ended](Self::ended).
///
/// A client that is killed leaves its container running. A future that is dropped cannot wait, so a
/// thread does: the container may not even have been made yet.
#[derive(Debug)]
pub(super) struct StopWhenAbandoned {
    container: Option<(Client, String, Duration)>,
}

impl StopWhenAbandoned {
    /// For a container of this name.
    pub(super) fn new(client: &Client, name: &str, grace: Duration) -> Self {
        Self {
            container: Some((client.clone(), name.to_owned(), grace)),
        }
    }

    /// The run has ended, and so has the container.
    pub(super) fn ended(mut self) {
        self.container = None;
    }
}

impl Drop for StopWhenAbandoned {
    fn drop(&mut self) {
        let Some((client, name, grace)) = self.container.take() else {
            return;
        };
        // Where no thread can be had, there is nothing else to be done either.
        let _ = thread::Builder::new()
            .name("ocx-stop".to_owned())
            .spawn(move || stop(&client, &name, grace));
    }
}

/// Stops the container as soon as there is one.
fn stop(client: &Client, name: &str, grace: Duration) {
    let seconds = grace.as_secs().to_string();
    for _ in 0..LOOKS {
        let stopping = std::process::Command::new(&client.program)
            .args(["stop", "-t", &seconds, name])
            .env_clear()
            .envs(&*client.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        if stopping.is_ok_and(|stopping| ends_well(stopping, grace + STOPPING)) {
            return;
        }
        thread::sleep(POLL);
    }
}

/// Whether a process ends well within a time. One that does not end is killed.
fn ends_well(mut process: Child, limit: Duration) -> bool {
    let began = Instant::now();
    while began.elapsed() < limit {
        match process.try_wait() {
            Ok(None) => thread::sleep(POLL),
            Ok(Some(status)) => return status.success(),
            Err(_) => return false,
        }
    }
    // It may have ended by itself meanwhile.
    let _ = process.kill();
    let _ = process.wait();
    false
}
