//! A terminal that no window shows, for a program that others attach to.
//!
//! Engines connect a container's terminal only to a client that has one. So the process that runs a detached
//! session makes one, and reads what is written to it. Whoever attaches has the engine show them the program's
//! own terminal; what the program switched on before is written down for them.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    num::NonZeroU16,
    os::fd::OwnedFd,
    str::FromStr,
    thread,
};

use rustix::{
    fs::{Mode, OFlags, open},
    process::{ioctl_tiocsctty, setsid},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    stdio::{dup2_stdin, dup2_stdout},
    termios::{Winsize, tcgetwinsize, tcsetwinsize},
};

use super::replies::Replies;

/// The size of a terminal, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    columns: u16,
    rows: u16,
}

impl Size {
    /// That of the terminal which this process has, or the usual one.
    pub(crate) fn of_this_process() -> Self {
        let usual = Self {
            columns: 80,
            rows: 24,
        };
        tcgetwinsize(rustix::stdio::stdin())
            .ok()
            .filter(|size| size.ws_col > 0 && size.ws_row > 0)
            .map_or(usual, |size| Self {
                columns: size.ws_col,
                rows: size.ws_row,
            })
    }

    fn winsize(self) -> Winsize {
        Winsize {
            ws_row: self.rows,
            ws_col: self.columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        }
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.columns, self.rows)
    }
}

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a size is two numbers, such as 80x24";
        let (columns, rows) = text.split_once('x').ok_or(WRONG)?;
        let number = |text: &str| text.parse().ok().filter(|&number| number > 0).ok_or(WRONG);
        Ok(Self {
            columns: number(columns)?,
            rows: number(rows)?,
        })
    }
}

/// The other end of the terminal that is this process's standard input and output.
#[derive(Debug)]
pub(crate) struct OwnTerminal {
    end: OwnedFd,
    size: Size,
}

impl OwnTerminal {
    /// Makes a terminal this process's own, and its standard input and output. Standard error stays where it
    /// leads: what ocx says is not part of the program's screen.
    ///
    /// # Errors
    ///
    /// If the system has no terminal to give.
    pub(crate) fn take(size: Size) -> io::Result<Self> {
        let end = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&end)?;
        unlockpt(&end)?;
        let name = ptsname(&end, Vec::new())?;
        let terminal = open(&name, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        // Opening it may have made it this process's already.
        let _ = ioctl_tiocsctty(&terminal);
        tcsetwinsize(&end, size.winsize())?;
        dup2_stdin(&terminal)?;
        dup2_stdout(&terminal)?;
        Ok(Self { end, size })
    }

    /// Reads what is written to the terminal, from now on and in a thread of its own: what nobody reads would
    /// fill up and stop the program. `tell` gets what brings another terminal into the state of this one, such
    /// as its second screen and its mouse, whenever that changes.
    ///
    /// # Errors
    ///
    /// If the terminal cannot be read.
    pub(crate) fn watch(&self, tell: impl Fn(&[u8]) + Send + 'static) -> io::Result<()> {
        let mut end = File::from(self.end.try_clone()?);
        let cells = |count| NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN);
        let (rows, columns) = (cells(self.size.rows), cells(self.size.columns));
        let mut screen = vt100::Parser::new_with_callbacks(rows, columns, 0, Replies::default());
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            let mut told = Vec::new();
            while let Ok(count @ 1..) = end.read(&mut buffer) {
                screen.process(&buffer[..count]);
                let replies = screen.callbacks_mut().take();
                // Without an answer to its questions, a program waits before it draws.
                let _ = end.write_all(&replies);
                let modes = modes(screen.screen());
                if modes != told {
                    tell(&modes);
                    told = modes;
                }
            }
        });
        Ok(())
    }
}

/// What brings a terminal into the state of this one, but for what it shows.
fn modes(screen: &vt100::Screen) -> Vec<u8> {
    let mut modes = Vec::new();
    if screen.alternate_screen() {
        modes.extend(b"\x1b[?1049h\x1b[H\x1b[2J");
    }
    modes.extend(screen.input_mode_formatted().bytes());
    if screen.hide_cursor() {
        modes.extend(b"\x1b[?25l");
    }
    modes
}

/// What undoes that, and whatever else a program for the whole screen may have switched on: a program that goes
/// on somewhere else does not do it.
pub(crate) const LEAVE: &[u8] = b"\x1b[0m\x1b[?1l\x1b>\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\
    \x1b[?1004l\x1b[?2004l\x1b[?2026l\x1b[?2027l\x1b[?2031l\x1b[<u\x1b[>4;0m\x1b[?1049l\x1b[?25h\x1b[0 q";

/// Leaves the caller's terminal for good: its end, and its keys, are not for this process any more.
pub(crate) fn leave_terminal() {
    // It fails for the leader of a group of processes, which has left already.
    let _ = setsid();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_switched_on_is_switched_off_again() {
        let mut screen = vt100::Parser::default();
        let before = modes(screen.screen());
        screen.process(b"\x1b[?1049h\x1b[?1003h\x1b[?1006h\x1b[?2004h\x1b[?1h\x1b=\x1b[?25ltext");
        let during = modes(screen.screen());
        let mut other = vt100::Parser::default();
        other.process(&during);
        assert_eq!(modes(other.screen()), during);
        assert_ne!(during, before);
        other.process(LEAVE);
        assert_eq!(modes(other.screen()), before);
    }

    #[test]
    fn a_size_is_two_numbers() {
        let size: Size = "120x40".parse().unwrap();
        assert_eq!(size.to_string(), "120x40");
        assert_eq!((size.winsize().ws_col, size.winsize().ws_row), (120, 40));
        for text in [
            "", "80", "80x", "x24", "0x24", "80x0", "-1x2", "80x24x1", "99999x1",
        ] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
