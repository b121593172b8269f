//! A command in a terminal.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use camino::Utf8Path;
use portable_pty::{
    Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system,
};
use rustix::termios::{LocalModes, Termios, tcgetattr};

use crate::{running::POLL, terminal_replies::Replies};

/// How large a terminal is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            rows: 34,
            columns: 120,
        }
    }
}

type Writer = Arc<Mutex<Box<dyn Write + Send>>>;

/// A terminal with a command in it.
pub struct Terminal {
    line: String,
    master: Box<dyn MasterPty + Send>,
    // Kept open, so that the terminal's modes can still be read when the command has ended.
    _slave: Box<dyn SlavePty + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<vt100::Parser<Replies>>>,
    writer: Writer,
    modes: Modes,
}

/// What a command must leave as it found it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Modes {
    line_discipline: String,
    alternate_screen: bool,
    cursor_hidden: bool,
    bracketed_paste: bool,
    application_cursor: bool,
    mouse: String,
}

/// Keys, as a terminal sends them.
pub mod key {
    /// Enter.
    pub const ENTER: &str = "\r";
    /// Ctrl-C.
    pub const CTRL_C: &str = "\x03";
    /// Ctrl-D.
    pub const CTRL_D: &str = "\x04";
    /// Ctrl-P.
    pub const CTRL_P: &str = "\x10";
    /// Ctrl-Z.
    pub const CTRL_Z: &str = "\x1a";
    /// Escape.
    pub const ESCAPE: &str = "\x1b";
}

impl Terminal {
    pub(crate) fn start(
        argv: &[String],
        environment: &BTreeMap<String, String>,
        directory: &Utf8Path,
        line: String,
        Window { rows, columns }: Window,
    ) -> Self {
        let pair = native_pty_system()
            .openpty(size(rows, columns))
            .expect("a terminal can be made");
        let mut command = CommandBuilder::from_argv(argv.iter().map(Into::into).collect());
        command.env_clear();
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(directory);

        let writer: Writer = Arc::new(Mutex::new(
            pair.master.take_writer().expect("nobody took the writer"),
        ));
        let screen = Arc::new(Mutex::new(vt100::Parser::new_with_callbacks(
            cells(rows),
            cells(columns),
            0,
            Replies::default(),
        )));
        read_in_background(
            pair.master.try_clone_reader().expect("it can be read"),
            Arc::clone(&screen),
            Arc::clone(&writer),
        );
        let modes = modes(pair.master.as_ref(), &screen);
        let child = pair
            .slave
            .spawn_command(command)
            .unwrap_or_else(|error| panic!("cannot run `{line}`: {error}"));
        Self {
            line,
            master: pair.master,
            _slave: pair.slave,
            child,
            screen,
            writer,
            modes,
        }
    }

    /// What the screen shows.
    #[must_use]
    pub fn screen(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// The rows of the screen as they are seen. In [`screen`](Self::screen) a row that ran over into the
    /// next one is one line with that, also when a program has long drawn over both.
    #[must_use]
    pub fn rows(&self) -> Vec<String> {
        let parser = self.screen.lock().unwrap();
        let screen = parser.screen();
        let (_, columns) = screen.size();
        screen.rows(0, columns.get()).collect()
    }

    /// Whether the alternate screen is shown, as full-screen programs do.
    #[must_use]
    pub fn is_full_screen(&self) -> bool {
        self.screen.lock().unwrap().screen().alternate_screen()
    }

    /// Types keys; see [`key`].
    pub fn send(&self, keys: &str) {
        let mut writer = self.writer.lock().unwrap();
        writer
            .write_all(keys.as_bytes())
            .and_then(|()| writer.flush())
            .unwrap_or_else(|error| panic!("cannot type into `{}`: {error}", self.line));
    }

    /// Changes the size of the terminal's window.
    pub fn resize(&self, rows: u16, columns: u16) {
        self.screen
            .lock()
            .unwrap()
            .set_size(cells(rows), cells(columns));
        self.master
            .resize(size(rows, columns))
            .expect("a terminal can be resized");
    }

    /// Waits until the screen shows `text`.
    pub fn wait_for(&self, text: &str, timeout: Duration) {
        self.wait_until(&format!("{text:?} to appear"), timeout, |screen| {
            screen.contains(text)
        });
    }

    /// Waits until `condition` holds for what the screen shows.
    pub fn wait_until(&self, what: &str, timeout: Duration, condition: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + timeout;
        loop {
            let screen = self.screen();
            if condition(&screen) {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "`{}`: waited for {what}; the screen:\n{screen}",
                self.line
            );
            thread::sleep(POLL);
        }
    }

    /// Waits until the command reads single keys, which Ctrl-C then is, too. A command that reads
    /// lines gets a signal for it.
    pub fn wait_for_reader_of_keys(&self, timeout: Duration) {
        self.wait_until("keys to be read", timeout, |_| {
            let modes = line_discipline(self.master.as_ref()).local_modes;
            !modes.contains(LocalModes::ICANON)
        });
    }

    /// Waits for the command's end.
    pub fn wait(&mut self, timeout: Duration) -> ExitStatus {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "`{}` has not ended; the screen:\n{}",
                self.line,
                self.screen()
            );
            thread::sleep(POLL);
        }
    }

    /// Fails the test unless the terminal is as it was before the command: line discipline, main
    /// screen, visible cursor, no mouse reports, no bracketed paste.
    pub fn assert_restored(&self) {
        // The last of the output may still be on its way.
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.current_modes() != self.modes && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        assert_eq!(
            self.current_modes(),
            self.modes,
            "`{}` left the terminal changed; the screen:\n{}",
            self.line,
            self.screen()
        );
    }

    fn current_modes(&self) -> Modes {
        modes(self.master.as_ref(), &self.screen)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn read_in_background(
    mut reader: Box<dyn Read + Send>,
    screen: Arc<Mutex<vt100::Parser<Replies>>>,
    writer: Writer,
) {
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            let replies = {
                let mut screen = screen.lock().unwrap();
                screen.process(&buffer[..count]);
                screen.callbacks_mut().take()
            };
            if !replies.is_empty() {
                // The program that asked may be gone.
                let mut writer = writer.lock().unwrap();
                let _ = writer.write_all(&replies).and_then(|()| writer.flush());
            }
        }
    });
}

fn line_discipline(master: &dyn MasterPty) -> Termios {
    let path = master.tty_name().expect("terminals have names");
    let file = File::open(path).expect("the terminal is open");
    tcgetattr(&file).expect("it is a terminal")
}

fn modes(master: &dyn MasterPty, screen: &Mutex<vt100::Parser<Replies>>) -> Modes {
    let termios = line_discipline(master);
    let parser = screen.lock().unwrap();
    let screen = parser.screen();
    Modes {
        line_discipline: format!("{termios:?}"),
        alternate_screen: screen.alternate_screen(),
        cursor_hidden: screen.hide_cursor(),
        bracketed_paste: screen.bracketed_paste(),
        application_cursor: screen.application_cursor(),
        mouse: format!("{:?}", screen.mouse_protocol_mode()),
    }
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has rows and columns")
}
