//! A word on the terminal while a session takes longer to begin than people expect.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// From when on people wonder.
const LONG: Duration = Duration::from_secs(1);

/// `starting…`, for as long as nothing else is on the terminal. It is gone before the session's program
/// draws.
#[derive(Clone, Debug, Default)]
pub(crate) struct Starting(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// There is none, or something else is shown.
    #[default]
    Over,
    Awaited,
    Shown(ProgressBar),
}

/// Ends it.
pub(crate) struct Ends(Starting);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.over();
    }
}

impl Starting {
    /// A session begins now, and has begun or failed when what is returned is dropped.
    #[must_use]
    pub(crate) fn begin(&self) -> Ends {
        *self.state() = State::Awaited;
        let this = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(LONG).await;
            this.show();
        });
        Ends(self.clone())
    }

    /// Something else is shown from now on.
    pub(crate) fn over(&self) {
        if let State::Shown(line) = std::mem::take(&mut *self.state()) {
            line.finish_and_clear();
        }
    }

    fn show(&self) {
        let mut state = self.state();
        if matches!(*state, State::Awaited) {
            let style = ProgressStyle::with_template("{msg}").expect("a sound template");
            // Draws nothing unless standard error is a terminal.
            let line = ProgressBar::new_spinner()
                .with_style(style)
                .with_message("starting…");
            line.tick();
            *state = State::Shown(line);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
