//! Saying of events what they belong to.

use std::sync::Arc;

use super::{Activity, Event, Reporter};

/// Hands events on as those of one activity. What is built for a session belongs to the session.
#[derive(Debug)]
pub(crate) struct Within {
    /// What they belong to.
    pub(crate) activity: Activity,
    /// Who is told.
    pub(crate) reporter: Arc<dyn Reporter>,
}

impl Reporter for Within {
    fn report(&self, event: Event<'_>) {
        self.reporter.report(Event {
            activity: Some(&self.activity),
            ..event
        });
    }
}
