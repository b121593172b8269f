//! Noticing that the terminal is gone.
//!
//! Whoever closes a terminal has the kernel send SIGHUP to the programs in it, but not through `su -`,
//! `sudo -i` or `setsid`, which give them a session of their own: ocx and opencode would live on with
//! nobody to see them.

use std::{os::fd::OwnedFd, thread};

use ocx_core::cancellation::Cancellation;
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use tokio::signal::unix::SignalKind;

/// Takes the end of the terminal for SIGHUP, if standard input is one. Waits in a
/// thread of its own, for as long as the process lives.
pub(crate) fn watch(cancellation: Cancellation) {
    let Some(terminal) = terminal() else {
        return;
    };
    thread::spawn(move || {
        // No event is asked for: that it hung up is told anyway.
        let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
        while let Err(error) = poll(&mut watched, None) {
            if error != Errno::INTR {
                return;
            }
        }
        cancellation.signal(SignalKind::hangup().as_raw_value());
    });
}

/// The terminal that standard input is.
fn terminal() -> Option<OwnedFd> {
    let input = rustix::stdio::stdin();
    rustix::termios::isatty(input)
        .then(|| input.try_clone_to_owned().ok())
        .flatten()
}
