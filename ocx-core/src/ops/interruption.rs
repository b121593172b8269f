//! Signals during the build of a layer.

use std::{
    pin::pin,
    sync::atomic::{AtomicI32, Ordering},
    time::Duration,
};

use futures_util::future::{Either, select};
use tokio::signal::unix::{SignalKind, signal};

use super::OcxError;
use crate::runtime::RuntimeError;

/// How long an interrupted step may take to end by itself.
const GRACE: Duration = Duration::from_secs(3);

/// How much later than its effect a signal may be seen.
const MOMENT: Duration = Duration::from_millis(100);

/// No signal has this number.
const NONE: i32 = 0;

/// Whether a signal has asked this process to end.
#[derive(Debug, Default)]
pub(super) struct Interruption(AtomicI32);

impl Interruption {
    /// Does some work of several steps, until a signal arrives. Then the current step may end by
    /// itself, and [`check`](Self::check) keeps the work from the next one.
    pub(super) async fn guard<T>(
        &self,
        work: impl Future<Output = Result<T, OcxError>>,
    ) -> Result<T, OcxError> {
        match select(pin!(work), pin!(interrupted())).await {
            Either::Left((Err(error), signal)) => {
                // What a signal has cut off may have failed a moment before the signal is seen here.
                let Ok(signal) = tokio::time::timeout(MOMENT, signal).await else {
                    return Err(error);
                };
                self.0.store(signal, Ordering::Relaxed);
                Err(RuntimeError::Interrupted { signal }.into())
            }
            Either::Left((result, _)) => result,
            Either::Right((signal, unfinished)) => {
                self.0.store(signal, Ordering::Relaxed);
                // The engine's client ends by itself on an interrupt from the keyboard, and takes
                // its container with it; killed, it would leave that running, and the image with it.
                let _ = tokio::time::timeout(GRACE, unfinished).await;
                Err(RuntimeError::Interrupted { signal }.into())
            }
        }
    }

    /// To be asked before each step.
    ///
    /// # Errors
    ///
    /// If a signal has arrived: a step that it has cut off looks as if it had failed, and what is
    /// done about failures must not begin.
    pub(super) fn check(&self) -> Result<(), RuntimeError> {
        match self.0.load(Ordering::Relaxed) {
            NONE => Ok(()),
            signal => Err(RuntimeError::Interrupted { signal }),
        }
    }
}

/// Waits for a signal that asks this process to end, and returns its number. A build that is
/// interrupted takes its temporary names back before it ends.
async fn interrupted() -> i32 {
    let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
    let (Ok(mut interrupts), Ok(mut terminates)) = (signal(interrupt), signal(terminate)) else {
        // Signals then end the process as usual.
        return std::future::pending().await;
    };
    match select(pin!(interrupts.recv()), pin!(terminates.recv())).await {
        Either::Left(_) => interrupt.as_raw_value(),
        Either::Right(_) => terminate.as_raw_value(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_step_begins_after_a_signal() {
        let interruption = Interruption::default();
        assert!(interruption.check().is_ok());
        interruption.0.store(15, Ordering::Relaxed);
        assert!(matches!(
            interruption.check(),
            Err(RuntimeError::Interrupted { signal: 15 })
        ));
    }
}
