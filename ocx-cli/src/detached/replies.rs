//! What a terminal answers when a program asks it about itself: that of a detached session, and those of
//! the tests.

use vt100::{Callbacks, Screen};

/// Collects the answers to the questions in a program's output. opencode waits for some before it draws (1.18).
#[derive(Debug, Default)]
pub(super) struct Replies(Vec<u8>);

impl Replies {
    /// The answers so far, which are then forgotten.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl Callbacks for Replies {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        intermediate: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        command: char,
    ) {
        let first = params.first().and_then(|values| values.first()).copied();
        match (intermediate, command, first) {
            // Primary device attributes: a VT100 with advanced video.
            (None, 'c', None | Some(0)) => self.0.extend(b"\x1b[?1;2c"),
            // Device status: all is well.
            (None, 'n', Some(5)) => self.0.extend(b"\x1b[0n"),
            // Cursor position.
            (None, 'n', Some(6)) => {
                let (row, column) = screen.cursor_position();
                self.0
                    .extend(format!("\x1b[{};{}R", row + 1, column + 1).into_bytes());
            }
            _ => {}
        }
    }
}
