//! Ending processes of engines.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use camino::Utf8Path;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::running::POLL;

/// The process that a file with its number names, if it still is one of the program `name`.
pub(super) fn of_pid_file(path: &Utf8Path, name: &str) -> Option<Pid> {
    let pid = fs::read_to_string(path).ok()?.trim().parse().ok()?;
    (program(pid)? == name).then(|| Pid::from_raw(pid))?
}

/// The processes above `pid` that are of the program `name`, the nearest first.
pub(super) fn parents(pid: Pid, name: &str) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut next = parent(pid.as_raw_pid());
    while let Some(pid) = next.filter(|pid| program(*pid).is_some_and(|found| found == name)) {
        found.extend(Pid::from_raw(pid));
        next = parent(pid);
    }
    found
}

/// Sends a signal and waits until the process is gone; it is killed when the time is up.
pub(super) fn end(pid: Pid, signal: Signal, patience: Duration) {
    let _ = kill_process(pid, signal);
    let deadline = Instant::now() + patience;
    while is_running(pid) {
        if Instant::now() > deadline {
            let _ = kill_process(pid, Signal::KILL);
            return;
        }
        thread::sleep(POLL);
    }
}

fn is_running(pid: Pid) -> bool {
    test_kill_process(pid).is_ok()
        && field(pid.as_raw_pid(), "State:").is_some_and(|state| !state.starts_with('Z'))
}

fn program(pid: i32) -> Option<String> {
    field(pid, "Name:")
}

fn parent(pid: i32) -> Option<i32> {
    field(pid, "PPid:")?.parse().ok()
}

/// A line of `/proc/PID/status`, see proc(5).
fn field(pid: i32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim().to_owned())
}
