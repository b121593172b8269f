//! Requests to end, during work of several steps.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::{Either, select};

use crate::ops::{Ocx, error::UseCaseError};
use crate::{cancellation::Cancellation, runtime::RuntimeError};

/// How long an interrupted step may take to end by itself.
const GRACE: Duration = Duration::from_secs(3);

/// How much longer than an inner step the whole may take, which cleans up after it.
const CLEANUP: Duration = Duration::from_secs(10);

/// How much later than its effect a signal may be seen.
const MOMENT: Duration = Duration::from_millis(100);

/// Counts work that must not be cut off, since it has something to put in order.
#[derive(Clone, Debug, Default)]
pub(in crate::ops) struct Critical(Arc<AtomicUsize>);

impl Critical {
    fn begin(&self) -> InCritical<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        InCritical(self)
    }

    fn is_under_way(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

struct InCritical<'a>(&'a Critical);

impl Drop for InCritical<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Ocx {
    /// Does some work of several steps, until a request to end is made. Then the current step may end
    /// by itself, and [`check_interruption`](Self::check_interruption) keeps the work from the next
    /// one.
    pub(in crate::ops) async fn guard<T, E: UseCaseError>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let _critical = self.critical.begin();
        // The engine's client ends by itself on an interrupt from the keyboard, and takes its container
        // with it; killed, it would leave that running, and the image with it.
        guard_for(&self.cancellation, || GRACE, work).await
    }

    /// Work that puts something in order at its end, so that a request to end lets it go on.
    pub(in crate::ops) async fn uncut<T>(&self, work: impl Future<Output = T>) -> T {
        let _critical = self.critical.begin();
        Box::pin(work).await
    }

    /// A whole use case. On a request to end it is cut off at once, unless it is in the middle of
    /// something that has to be put in order.
    pub(in crate::ops) async fn guard_all<T, E: UseCaseError>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let grace = || {
            if self.critical.is_under_way() {
                GRACE + CLEANUP
            } else {
                Duration::ZERO
            }
        };
        // On the heap: a use case is a large future, and it is moved several times.
        guard_for(&self.cancellation, grace, Box::pin(work)).await
    }

    /// To be asked before each step.
    ///
    /// # Errors
    ///
    /// If there is a request to end: a step that it has cut off looks as if it had failed, and what is
    /// done about failures must not begin.
    pub(in crate::ops) fn check_interruption(&self) -> Result<(), RuntimeError> {
        match self.cancellation.received() {
            None => Ok(()),
            Some(signal) => Err(RuntimeError::Interrupted { signal }),
        }
    }
}

async fn guard_for<T, E: UseCaseError>(
    cancellation: &Cancellation,
    grace: impl Fn() -> Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let signal = match select(pin!(work), pin!(cancellation.requested())).await {
        Either::Left((Err(error), signal)) if error.may_be_interruption() => {
            // What a signal has cut off may have failed a moment before the signal is seen here.
            match tokio::time::timeout(MOMENT, signal).await {
                Ok(signal) => signal,
                Err(_) => return Err(error),
            }
        }
        Either::Left((result, _)) => return result,
        Either::Right((signal, unfinished)) => {
            let _ = tokio::time::timeout(grace(), unfinished).await;
            signal
        }
    };
    Err(RuntimeError::Interrupted { signal }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::BuildError;

    #[tokio::test]
    async fn work_ends_with_the_request_and_may_clean_up() {
        let cancellation = Cancellation::new();
        let done = std::cell::Cell::new(false);
        let work = async {
            cancellation.signal(15);
            tokio::task::yield_now().await;
            done.set(true);
            Ok::<(), BuildError>(())
        };
        let result = guard_for(&cancellation, || GRACE, work).await;
        assert!(matches!(
            result,
            Err(BuildError::Runtime(RuntimeError::Interrupted {
                signal: 15
            }))
        ));
        assert!(done.get());
    }

    #[tokio::test]
    async fn a_failure_just_before_the_request_is_told_as_interrupted() {
        let cancellation = Cancellation::new();
        let failing = async {
            let later = cancellation.clone();
            tokio::spawn(async move { later.signal(2) });
            Err::<(), BuildError>(
                RuntimeError::NotInstalled {
                    program: "x".into(),
                }
                .into(),
            )
        };
        let result = guard_for(&cancellation, || GRACE, failing).await;
        assert!(matches!(
            result,
            Err(BuildError::Runtime(RuntimeError::Interrupted { signal: 2 }))
        ));
    }
}
