//! A word on the terminal while a session takes longer to begin than people expect.
//!
//! First ocx works; then its engine's client has the terminal and makes the container, and at last the
//! program. Clients switch the terminal to raw mode before they start the container's program (Docker 20.10
//! to 29, Podman 4.3 to 5.8), and a container takes longer to start than it takes to see that.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use rustix::termios::{LocalModes, tcgetattr};

use crate::output;

/// From when on people wonder.
const LONG: Duration = Duration::from_secs(1);

/// How often it is looked whether the engine's client has switched the terminal.
const LOOK: Duration = Duration::from_millis(20);

const WORD: &str = "starting…";

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
    /// The engine's client has the terminal.
    HandedOver {
        is_shown: bool,
    },
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
        match std::mem::take(&mut *self.state()) {
            State::Shown(line) => line.finish_and_clear(),
            State::HandedOver { is_shown: true } => output::fleeting_is_over(),
            State::Over | State::Awaited | State::HandedOver { is_shown: false } => {}
        }
    }

    /// The engine's client gets this terminal now. What it says goes over the word.
    pub(crate) fn hand_over(&self) {
        let mut state = self.state();
        let is_shown = match std::mem::take(&mut *state) {
            State::Over => return,
            State::Shown(line) => {
                line.finish_and_clear();
                output::fleeting(WORD);
                true
            }
            State::HandedOver { is_shown } => is_shown,
            State::Awaited => false,
        };
        *state = State::HandedOver { is_shown };
        drop(state);
        let this = self.clone();
        tokio::spawn(async move {
            while this.is_handed_over() {
                if is_switched() {
                    this.over();
                }
                tokio::time::sleep(LOOK).await;
            }
        });
    }

    fn is_handed_over(&self) -> bool {
        matches!(*self.state(), State::HandedOver { .. })
    }

    fn show(&self) {
        let mut state = self.state();
        match *state {
            State::Awaited => {
                let style = ProgressStyle::with_template("{msg}").expect("a sound template");
                // Draws nothing unless standard error is a terminal.
                let line = ProgressBar::new_spinner()
                    .with_style(style)
                    .with_message(WORD);
                line.tick();
                *state = State::Shown(line);
            }
            State::HandedOver { is_shown: false } if !is_switched() => {
                output::fleeting(WORD);
                *state = State::HandedOver { is_shown: true };
            }
            State::Over | State::Shown(_) | State::HandedOver { .. } => {}
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether somebody has switched the terminal to raw mode, or there is none.
fn is_switched() -> bool {
    !tcgetattr(std::io::stdin()).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ICANON))
}
