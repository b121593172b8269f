//! Having a program draw its screen anew for somebody who has just attached.
//!
//! An engine shows what is printed from then on, and a program draws only what changes. A change of size makes
//! it draw all. Engines try that themselves, or not (Podman), but so quickly that opencode, which waits for the
//! size to come to rest, sees none. So the terminal gets one row less for a moment, as the kernel knows it;
//! what the window shows has no part in that.

use std::{convert::Infallible, future::pending, time::Duration};

use rustix::{
    stdio::stdin,
    termios::{LocalModes, Winsize, tcgetattr, tcgetwinsize, tcsetwinsize},
};
use tokio::time::sleep;

/// How often it is looked whether the engine's client has the terminal.
const LOOK: Duration = Duration::from_millis(50);

/// How long the client takes from there to where it hears of sizes, and once more for a busy machine.
const WAITS: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(1500)];

/// Longer than opencode waits for the size to come to rest (0.1 s, 1.18).
const MOMENT: Duration = Duration::from_millis(300);

/// Changes the size of this process's terminal, and back, once the engine's client has it. Goes on for ever.
pub(crate) async fn request() -> Infallible {
    // The client takes the keys as they are typed.
    while tcgetattr(stdin()).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ICANON)) {
        sleep(LOOK).await;
    }
    for wait in WAITS {
        sleep(wait).await;
        if let Some(_smaller) = Smaller::make() {
            sleep(MOMENT).await;
        }
    }
    pending().await
}

/// A terminal with a row less. Dropping this gives it back.
#[derive(Debug)]
struct Smaller {
    before: Winsize,
}

impl Smaller {
    fn make() -> Option<Self> {
        let before = tcgetwinsize(stdin()).ok()?;
        let ws_row = before.ws_row.checked_sub(1).filter(|&rows| rows > 0)?;
        tcsetwinsize(stdin(), Winsize { ws_row, ..before }).ok()?;
        Some(Self { before })
    }
}

impl Drop for Smaller {
    fn drop(&mut self) {
        // Somebody may have given the window another size meanwhile.
        let is_as_made = tcgetwinsize(stdin()).is_ok_and(|now| {
            (now.ws_row + 1, now.ws_col) == (self.before.ws_row, self.before.ws_col)
        });
        if is_as_made {
            let _ = tcsetwinsize(stdin(), self.before);
        }
    }
}
