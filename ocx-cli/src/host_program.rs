//! Programs of the host's desktop, which run beside ocx.

use std::{
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    thread,
};

use ocx_core::host::Host;

/// Begins to run a program of the host's; `false` if there is none, or it cannot be run. `host` has lost the
/// places where a session could have put one ([`Host::without_programs_in`]).
pub(crate) fn start<S: AsRef<str>>(
    host: &Host,
    name: &str,
    args: impl IntoIterator<Item = S>,
) -> bool {
    let Some(program) = host.find_program(name) else {
        return false;
    };
    let mut command = Command::new(program);
    for argument in args {
        command.arg(argument.as_ref());
    }
    let started = command
        .env_clear()
        .envs(&host.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C in this terminal is not meant for it.
        .process_group(0)
        .spawn();
    match started {
        Ok(mut started) => {
            // Some do not end before the window does that they open, or wait for a desktop.
            thread::spawn(move || started.wait());
            true
        }
        Err(_) => false,
    }
}
