//! Signals become a request to end. The libraries handle none.

use std::io;

use ocx_core::cancellation::Cancellation;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::terminal_gone;

/// Listens from now on, for as long as the process lives: a handler that is there once stays.
pub(crate) fn listen() -> io::Result<Cancellation> {
    let mut signals = Signals {
        interrupt: signal(SignalKind::interrupt())?,
        quit: signal(SignalKind::quit())?,
        terminate: signal(SignalKind::terminate())?,
        hang_up: signal(SignalKind::hangup())?,
    };
    let cancellation = Cancellation::new();
    let heard = cancellation.clone();
    terminal_gone::watch(cancellation.clone());
    tokio::spawn(async move {
        loop {
            heard.signal(signals.next().await.as_raw_value());
        }
    });
    Ok(cancellation)
}

struct Signals {
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.quit.recv() => SignalKind::quit(),
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.hang_up.recv() => SignalKind::hangup(),
        }
    }
}
