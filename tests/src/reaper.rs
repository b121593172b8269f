//! The process that removes what a run made, however the run ends.
//!
//! A test program can be killed, or interrupted from the keyboard, so it cannot clean up by itself.
//! The reaper holds the reading end of a pipe whose writing end the run's process never writes to:
//! end of file means that the process is gone.

use std::{
    io::Read,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitCode, Stdio},
    sync::OnceLock,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{account, binaries::Binary, cleanup, engine, run_id::RunId};

/// A started reaper.
#[derive(Debug)]
pub struct Reaper(Child);

impl Reaper {
    /// Starts a reaper for `run`, of which this process must be the one. It also ends the
    /// process `daemon` of an engine of root's, if one is given.
    pub fn start(run: &RunId, daemon: Option<u32>) -> Self {
        let mut command = Command::new(Binary::Reaper.built());
        command.arg(run.to_string());
        if let Some(daemon) = daemon {
            command.arg(daemon.to_string());
        }
        // Ctrl-C goes to the terminal's process group, and the reaper must outlive it.
        let child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start the reaper: {error}"));
        Self(child)
    }

    /// Lets the reaper do its work and waits for it.
    pub fn finish(mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Starts a reaper that begins when this process ends.
pub(crate) fn start_for_this_process(run: &RunId) {
    static REAPER: OnceLock<Reaper> = OnceLock::new();
    REAPER.get_or_init(|| Reaper::start(run, None));
}

/// The reaper's own `main`: `reaper RUN [DAEMON]`.
#[must_use]
pub fn serve() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(Ok(run)) = args.next().map(|run| run.parse::<RunId>()) else {
        eprintln!("usage: reaper RUN [PID OF THE ENGINE]");
        return ExitCode::from(2);
    };
    let daemon = args.next().and_then(|pid| pid.parse().ok());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());

    let name = run.to_string();
    // What these hold goes with them; the others stay, without what this run made.
    cleanup::remove_engines(&run);
    for engine in engine::lasting(&run) {
        // One that fails must not keep the rest from being removed.
        let _ = std::panic::catch_unwind(|| cleanup::remove_mentioning(&engine, &name));
    }
    for entry in std::fs::read_dir("/tmp").into_iter().flatten().flatten() {
        let found = entry.file_name();
        if found
            .to_str()
            .is_some_and(|found| found == name || found.starts_with(&format!("{name}-")))
            && std::env::var_os("OCX_TEST_KEEP").is_none()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    if let Some(daemon) = daemon.and_then(Pid::from_raw) {
        let _ = kill_process(daemon, Signal::TERM);
    }
    account::remove_test_user();
    ExitCode::SUCCESS
}
