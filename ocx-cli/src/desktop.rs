//! Notifications on the desktop, for what cannot be said on a terminal that the session's program has.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

use camino::Utf8PathBuf;
use ocx_core::{host::Host, printable};

/// More are not sent: it is the session that brings them about.
const MOST: usize = 10;

/// The program of libnotify's that sends one.
const PROGRAM: &str = "notify-send";

/// Sends notifications, if the host has a program for that.
#[derive(Debug)]
pub(crate) struct Desktop {
    program: Option<Utf8PathBuf>,
    environment: BTreeMap<String, String>,
    sent: Mutex<BTreeSet<String>>,
}

impl Desktop {
    pub(crate) fn of(host: &Host) -> Self {
        Self {
            program: host.find_program(PROGRAM),
            environment: host.environment.clone(),
            sent: Mutex::default(),
        }
    }

    /// Tells that a session asks for `destination`, once for each. Nothing hangs on whether it is seen, so
    /// a failure is none.
    pub(crate) fn session_asks(&self, destination: &str) {
        let Some(program) = &self.program else {
            return;
        };
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= MOST || !sent.insert(destination.to_owned()) {
            return;
        }
        drop(sent);
        let mut command = Command::new(program);
        command
            .args(arguments(destination))
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Ok(mut child) = command.spawn() {
            // It may wait for a desktop that does not answer.
            thread::spawn(move || child.wait());
        }
    }
}

fn arguments(destination: &str) -> [String; 4] {
    let destination = as_text(destination);
    [
        "--app-name=ocx".to_owned(),
        "--".to_owned(),
        format!("A session asks for {destination}"),
        format!("ocx network allow '{destination}'"),
    ]
}

/// Bodies of notifications have markup, as in HTML.
fn as_text(text: &str) -> String {
    printable::field(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_is_text_and_no_option() {
        let words = arguments("-x.example:1</b>\u{1b}[2J&");
        assert_eq!(words[1], "--");
        let host = "-x.example:1&lt;/b&gt;\\x1b[2J&amp;";
        assert_eq!(words[2], format!("A session asks for {host}"));
        assert_eq!(words[3], format!("ocx network allow '{host}'"));
    }

    #[test]
    fn a_session_sends_only_so_many_and_one_for_each_host() {
        let desktop = Desktop {
            program: Some("/no/such/program".into()),
            environment: BTreeMap::new(),
            sent: Mutex::default(),
        };
        for number in [1, 1, 2] {
            desktop.session_asks(&format!("h{number}.example:443"));
        }
        assert_eq!(desktop.sent.lock().unwrap().len(), 2);
        for number in 0..100 {
            desktop.session_asks(&format!("h{number}.example:443"));
        }
        assert_eq!(desktop.sent.lock().unwrap().len(), MOST);
    }
}
