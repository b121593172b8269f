//! Counting what goes through a connection, also to tell one that sleeps.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::sleep,
};

use super::serve::Work;
use crate::bridge::{Event, dial::Stream};

/// Bytes that went to the outside and came from there.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Traffic {
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Waits until nothing has come or gone for `limit`, or at most twice that.
    pub(super) async fn sleeps(&self, limit: Duration) {
        loop {
            let before = (self.sent(), self.received());
            sleep(limit).await;
            if (self.sent(), self.received()) == before {
                return;
            }
        }
    }
}

/// A connection to the outside that is counted. When it is dropped, whoever had it, its end is told, and
/// another connection may take its place.
pub(super) struct Counted {
    inner: Box<dyn Stream>,
    traffic: Arc<Traffic>,
    work: Work,
}

impl Counted {
    pub(super) fn new(inner: Box<dyn Stream>, work: Work) -> (Self, Arc<Traffic>) {
        let traffic = Arc::new(Traffic::default());
        let counted = Self {
            inner,
            traffic: Arc::clone(&traffic),
            work,
        };
        (counted, traffic)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.work.shared.policy.observe(&Event::Closed {
            destination: self.work.destination.clone(),
            sent: self.traffic.sent(),
            received: self.traffic.received(),
        });
    }
}

fn add(counter: &AtomicU64, bytes: usize) {
    counter.fetch_add(bytes as u64, Ordering::Relaxed);
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        add(&self.traffic.received, buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, bytes))?;
        add(&self.traffic.sent, written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
