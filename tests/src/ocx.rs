//! Running ocx, or another program, in a sandbox.

use std::{collections::BTreeMap, process::Command, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    output::Output,
    pty::{Terminal, Window},
    running::Running,
    sandbox::Sandbox,
};

/// How long a command may take unless a test says otherwise.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A command to be run in a sandbox.
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `run`, `start` or `in_terminal`"]
pub struct Invocation<'a> {
    sandbox: &'a Sandbox,
    program: Utf8PathBuf,
    args: Vec<String>,
    environment: BTreeMap<String, String>,
    current_dir: Utf8PathBuf,
    stdin: Vec<u8>,
    umask: Option<String>,
    timeout: Duration,
    window: Window,
}

impl<'a> Invocation<'a> {
    pub(crate) fn new(
        sandbox: &'a Sandbox,
        program: Utf8PathBuf,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            sandbox,
            program,
            args: args.into_iter().map(str::to_owned).collect(),
            environment: sandbox.environment().clone(),
            current_dir: sandbox.project(),
            stdin: Vec::new(),
            umask: None,
            timeout: TIMEOUT,
            window: Window::default(),
        }
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.environment
            .insert(name.to_owned(), value.as_ref().to_owned());
        self
    }

    /// Unsets a variable.
    pub fn env_remove(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// Runs the command in another directory than the project; relative paths are below that.
    pub fn in_dir(mut self, directory: impl AsRef<Utf8Path>) -> Self {
        self.current_dir = self.sandbox.project().join(directory);
        self
    }

    /// Gives the command something to read. Its standard input is the null device otherwise.
    pub fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdin = text.as_ref().to_vec();
        self
    }

    /// Runs the command with another mask for the modes of new files, such as `077`.
    pub fn umask(mut self, mask: &str) -> Self {
        self.umask = Some(mask.to_owned());
        self
    }

    /// Changes how long the command may take. When the time is up, it is killed, and the test fails
    /// with all that it printed.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs the command to its end.
    pub fn run(self) -> Output {
        let timeout = self.timeout;
        self.start().wait(timeout)
    }

    /// Starts the command in the background. It is killed when the result is dropped.
    pub fn start(self) -> Running {
        Running::start(self.command(), self.line(), &self.stdin, self.sandbox)
    }

    /// The command, to be run with the caller's own standard streams.
    #[must_use]
    pub fn command(&self) -> Command {
        let argv = self.argv();
        let mut command = Command::new(&argv[0]);
        command
            .args(&argv[1..])
            .env_clear()
            .envs(&self.environment)
            .current_dir(&self.current_dir);
        command
    }

    /// Gives the terminal another size than 34 rows and 120 columns.
    pub fn window(mut self, rows: u16, columns: u16) -> Self {
        self.window = Window { rows, columns };
        self
    }

    /// Starts the command in a terminal of its own.
    pub fn in_terminal(self) -> Terminal {
        Terminal::start(
            &self.argv(),
            &self.environment,
            &self.current_dir,
            self.line(),
            self.window,
        )
    }

    /// The command as a test would describe it.
    fn line(&self) -> String {
        let name = self.program.file_name().unwrap_or(self.program.as_str());
        std::iter::once(name)
            .chain(self.args.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The command with what makes it run as the right user.
    fn argv(&self) -> Vec<String> {
        let mut argv = self.sandbox.system().prefix(&self.current_dir);
        argv.extend(self.sandbox.account().prefix(self.sandbox.groups()));
        if let Some(mask) = &self.umask {
            let script = format!("umask {mask} && exec \"$@\"");
            argv.extend(["/bin/sh", "-c", &script, "sh"].map(str::to_owned));
        }
        if interrupts_are_ignored() {
            argv.extend(["/usr/bin/env", "--default-signal=INT,QUIT"].map(str::to_owned));
        }
        argv.push(self.program.to_string());
        argv.extend(self.args.iter().cloned());
        argv
    }
}

/// Whether this process ignores Ctrl-C, and so would its children: shells start programs in the
/// background like that.
fn interrupts_are_ignored() -> bool {
    const INT: u64 = 1 << 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok())
        .is_some_and(|ignored| ignored & INT != 0)
}
