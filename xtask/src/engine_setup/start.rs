//! Starting a daemon and waiting until it answers.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use ocx_tests::cache;

use crate::step::{Outcome, say};

/// How long a new engine may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts `command`, which is shown as `name`, and returns its process ID once `answers` holds for
/// that.
pub(super) fn start(
    mut command: Command,
    name: &str,
    answers: impl Fn(u32) -> bool,
) -> Outcome<u32> {
    let log = cache::directory("logs").join(format!("{name}.log"));
    say(&format!("starting {name}; its log is {log}"));
    let output = File::create(&log).map_err(|error| format!("{log}: {error}"))?;
    let errors = output
        .try_clone()
        .map_err(|error| format!("{log}: {error}"))?;
    // A process group of its own: Ctrl-C must not stop it before the remains are removed.
    let mut daemon = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    let deadline = Instant::now() + PATIENCE;
    while !answers(daemon.id()) {
        let ended = daemon.try_wait().ok().flatten();
        if ended.is_some() || Instant::now() > deadline {
            let _ = daemon.kill();
            let text = fs::read_to_string(&log).unwrap_or_default();
            let tail: Vec<&str> = text.lines().rev().take(10).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            return Err(format!(
                "{name} does not come up; the end of {log}:\n{}",
                tail.join("\n")
            ));
        }
        thread::sleep(Duration::from_millis(200));
    }
    Ok(daemon.id())
}
