//! Receiving an answer bit by bit, at a pace that comes to an end some time.

use reqwest::Response;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::{Registry, RegistryError, error::shown};

/// The rest of an answer.
pub(super) struct Body<'a> {
    registry: &'a Registry,
    url: &'a Url,
    response: Response,
    /// When the current period ends, and what has arrived in it.
    period_end: Instant,
    received: u64,
}

impl<'a> Body<'a> {
    pub(super) fn new(registry: &'a Registry, url: &'a Url, response: Response) -> Self {
        Self {
            registry,
            url,
            response,
            period_end: Instant::now() + registry.slowest().period,
            received: 0,
        }
    }

    /// Its length, where the server says. It need not be true.
    pub(super) fn total(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next bytes; `None` at the end. An end that comes too early is an error.
    ///
    /// A server that sends a byte now and then would never be silent for long. So a certain amount has
    /// to arrive in each period; the last one counts only as far as it goes.
    pub(super) async fn chunk(
        &mut self,
    ) -> Result<Option<impl AsRef<[u8]> + use<>>, RegistryError> {
        loop {
            let chunk = timeout_at(self.period_end, self.response.chunk()).await;
            if Instant::now() >= self.period_end {
                self.begin_period()?;
            }
            let Ok(chunk) = chunk else {
                continue;
            };
            let chunk = chunk.map_err(|error| self.registry.failure(self.url, error))?;
            self.received += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
            return Ok(chunk);
        }
    }

    fn begin_period(&mut self) -> Result<(), RegistryError> {
        let slowest = self.registry.slowest();
        if self.received < slowest.bytes {
            return Err(RegistryError::TooSlow {
                url: shown(self.url),
                received: self.received,
                period: slowest.period,
            });
        }
        self.received = 0;
        self.period_end = Instant::now() + slowest.period;
        Ok(())
    }
}
