//! Keys that send signals, unseen on the terminal.

use rustix::{
    process::getpgrp,
    termios::{LocalModes, OptionalActions, tcgetattr, tcgetpgrp, tcsetattr},
};

use crate::output;

/// As long as this lives, the terminal does not show Ctrl-C and Ctrl-Z as `^C` and `^Z`. What lives on the last
/// row would be pushed a row up by that, and be left there.
#[derive(Debug)]
pub(crate) struct UnseenKeys {
    _own: (),
}

impl UnseenKeys {
    /// `None` if there is no terminal, or it does not show them anyway.
    pub(crate) fn begin() -> Option<Self> {
        change(|modes| {
            let shown = modes.contains(LocalModes::ECHOCTL);
            modes.remove(LocalModes::ECHOCTL);
            shown
        })
        .then_some(Self { _own: () })
    }
}

impl Drop for UnseenKeys {
    fn drop(&mut self) {
        change(|modes| {
            modes.insert(LocalModes::ECHOCTL);
            true
        });
    }
}

/// Whether the modes of the terminal were changed. That is only for who has the terminal: another process that
/// tries is stopped.
fn change(change: impl FnOnce(&mut LocalModes) -> bool) -> bool {
    let terminal = output::place_of_progress();
    if tcgetpgrp(terminal) != Ok(getpgrp()) {
        return false;
    }
    let Ok(mut modes) = tcgetattr(terminal) else {
        return false;
    };
    change(&mut modes.local_modes) && tcsetattr(terminal, OptionalActions::Now, &modes).is_ok()
}
