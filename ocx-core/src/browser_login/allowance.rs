//! How much a login may ask for.

/// Addresses that are opened in one login.
const URLS: u32 = 3;

/// Ports that are opened in one login.
const PORTS: u32 = 3;

/// Refusals that are told in one login.
const REFUSALS: u32 = 3;

/// Messages that are read in one login at all.
const MESSAGES: u32 = 100;

/// What is left of it.
#[derive(Debug)]
pub(crate) struct Allowance {
    urls: u32,
    ports: u32,
    refusals: u32,
    messages: u32,
}

impl Allowance {
    /// That of a login that begins.
    pub(crate) fn new() -> Self {
        Self {
            urls: URLS,
            ports: PORTS,
            refusals: REFUSALS,
            messages: MESSAGES,
        }
    }

    /// Whether one more address may be opened.
    pub(crate) fn url(&mut self) -> bool {
        take(&mut self.urls)
    }

    /// Whether one more port may be opened.
    pub(crate) fn port(&mut self) -> bool {
        take(&mut self.ports)
    }

    /// Whether one more refusal is told.
    pub(crate) fn refusal(&mut self) -> bool {
        take(&mut self.refusals)
    }

    /// Whether one more message is read.
    pub(crate) fn message(&mut self) -> bool {
        take(&mut self.messages)
    }
}

fn take(left: &mut u32) -> bool {
    let is_left = *left > 0;
    *left = left.saturating_sub(1);
    is_left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_an_end_to_it() {
        let mut left = Allowance::new();
        let count = |ask: &mut dyn FnMut() -> bool| (0..1000).filter(|_| ask()).count();
        assert_eq!(count(&mut || left.url()), 3);
        assert_eq!(count(&mut || left.port()), 3);
        assert_eq!(count(&mut || left.refusal()), 3);
        assert_eq!(count(&mut || left.message()), 100);
    }
}
