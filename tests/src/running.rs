//! A command that runs in the background.

use std::{
    io::{Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::{filters::Filters, output::Output, sandbox::Sandbox};

/// How often a condition is looked at that nothing announces.
pub(crate) const POLL: Duration = Duration::from_millis(10);

/// How long output is waited for after the command ended: something that it left running may still
/// hold the pipe.
const REMAINS: Duration = Duration::from_secs(10);

/// A command that was started and may have ended meanwhile.
#[derive(Debug)]
pub struct Running {
    line: String,
    child: Child,
    filters: Filters,
    stdout: Stream,
    stderr: Stream,
}

#[derive(Debug)]
struct Stream {
    text: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn read(mut from: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let reader = thread::spawn({
            let text = Arc::clone(&text);
            move || {
                let mut buffer = [0; 8192];
                while let Ok(count @ 1..) = from.read(&mut buffer) {
                    text.lock().unwrap().extend(&buffer[..count]);
                }
            }
        });
        Self { text, reader }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }
}

impl Running {
    pub(crate) fn start(
        mut command: Command,
        line: String,
        stdin: &[u8],
        sandbox: &Sandbox,
    ) -> Self {
        // A process group of its own, so that what the command started is killed along with it.
        let mut child = command
            .stdin(if stdin.is_empty() {
                Stdio::null()
            } else {
                Stdio::piped()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run `{line}`: {error}"));
        if let Some(mut input) = child.stdin.take() {
            let stdin = stdin.to_vec();
            thread::spawn(move || {
                // A command need not read what it is given.
                let _ = input.write_all(&stdin);
            });
        }
        Self {
            line,
            filters: Filters::of(sandbox),
            stdout: Stream::read(child.stdout.take().expect("stdout is a pipe")),
            stderr: Stream::read(child.stderr.take().expect("stderr is a pipe")),
            child,
        }
    }

    /// What the command has written to its standard output so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.so_far()
    }

    /// What the command has written to its standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.so_far()
    }

    /// Whether the command has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Waits until the command has written `text` to its standard output or error.
    pub fn wait_for(&mut self, text: &str, timeout: Duration) {
        self.wait_until(&format!("{text:?} to appear"), timeout, |running| {
            running.stdout().contains(text) || running.stderr().contains(text)
        });
    }

    /// Waits until `condition` holds while the command runs.
    pub fn wait_until(&mut self, what: &str, timeout: Duration, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + timeout;
        loop {
            let ended = self.has_ended();
            if condition(self) {
                return;
            }
            if ended || Instant::now() > deadline {
                let reason = if ended { "it ended" } else { "time is up" };
                panic!("waited for {what}: {reason}\n{}", self.described());
            }
            thread::sleep(POLL);
        }
    }

    /// Sends a signal to the command itself.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal)
            .unwrap_or_else(|error| panic!("cannot signal `{}`: {error}", self.line));
    }

    /// Sends a signal to the command and all that it started, as a terminal does on Ctrl-C.
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(self.pid(), signal)
            .unwrap_or_else(|error| panic!("cannot signal `{}`: {error}", self.line));
    }

    /// Waits for the end of the command. It is killed, and the test fails, when the time is up.
    pub fn wait(mut self, timeout: Duration) -> Output {
        let deadline = Instant::now() + timeout;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            assert!(
                Instant::now() < deadline,
                "not done after {} s\n{}",
                timeout.as_secs(),
                self.described()
            );
            thread::sleep(POLL);
        };
        let until = Instant::now() + REMAINS;
        while Instant::now() < until
            && !(self.stdout.reader.is_finished() && self.stderr.reader.is_finished())
        {
            thread::sleep(POLL);
        }
        Output {
            line: self.line.clone(),
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.so_far(),
            stderr: self.stderr.so_far(),
            filters: self.filters.clone(),
        }
    }

    fn described(&self) -> String {
        format!(
            "`{}`\n--- stdout\n{}\n--- stderr\n{}",
            self.line,
            self.stdout(),
            self.stderr()
        )
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ = kill_process_group(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
