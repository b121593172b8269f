//! Ending what is under way, from outside.

use std::sync::Arc;

use tokio::sync::watch;

/// What `kill` sends.
pub(crate) const SIGTERM: i32 = 15;

/// A request to end what is under way. Clones share it.
///
/// It stands for a signal: the libraries handle none themselves, and a command line hands in what it
/// gets. Whoever works observes it: builds take their temporary names back, and sessions stop their
/// container and give refreshed credentials back, before they end with
/// [`Interrupted`](crate::runtime::RuntimeError::Interrupted) or
/// [`Exit::Interrupted`](crate::runtime::Exit::Interrupted).
///
/// # Examples
///
/// ```
/// use ocx_core::cancellation::Cancellation;
///
/// let cancellation = Cancellation::new();
/// let same = cancellation.clone();
/// assert_eq!(same.received(), None);
/// cancellation.cancel();
/// assert_eq!(same.received(), Some(15));
/// ```
#[derive(Clone, Debug)]
pub struct Cancellation(Arc<watch::Sender<Option<i32>>>);

impl Default for Cancellation {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Cancellation {
    /// A request that was not made yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the request.
    pub fn cancel(&self) {
        self.signal(SIGTERM);
    }

    /// Makes the request as if this process had got a signal. SIGINT and SIGQUIT come from a keyboard
    /// as a rule: a program that is attached to the caller's streams gets them as well, so they do not
    /// end a session by themselves.
    pub fn signal(&self, signal: i32) {
        self.0.send_replace(Some(signal));
    }

    /// The signal of a request that was made.
    #[must_use]
    pub fn received(&self) -> Option<i32> {
        *self.0.borrow()
    }

    /// Waits for the request, and returns its signal.
    pub async fn requested(&self) -> i32 {
        let mut receiver = self.0.subscribe();
        loop {
            if let Some(signal) = *receiver.borrow_and_update() {
                return signal;
            }
            if receiver.changed().await.is_err() {
                // Not while `self` holds the sender.
                return std::future::pending().await;
            }
        }
    }

    /// Takes a request back that was meant for somebody else.
    pub(crate) fn forget(&self) {
        self.0.send_replace(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn clones_share_a_request() {
        let (one, other) = (Cancellation::new(), Cancellation::new());
        assert_eq!(one.received(), None);
        one.clone().signal(2);
        assert_eq!((one.received(), one.requested().await), (Some(2), 2));
        assert_eq!(other.received(), None);
        one.forget();
        one.cancel();
        assert_eq!(one.requested().await, SIGTERM);
    }
}
