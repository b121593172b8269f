//! Notifications on the desktop, for what cannot be said on a terminal that the session's program has.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use camino::Utf8Path;
use ocx_core::{host::Host, printable};

use crate::host_program;

/// More are not sent: it is the session that brings them about.
const MOST: usize = 10;

/// The program of libnotify's that sends one.
const PROGRAM: &str = "notify-send";

/// Sends notifications, if the host has a program for that.
#[derive(Debug, Default)]
pub(crate) struct Desktop {
    sent: Mutex<BTreeSet<String>>,
}

impl Desktop {
    /// Tells that a session asks for `destination`, once for each. Nothing hangs on whether it is seen, so
    /// a failure is none.
    pub(crate) fn session_asks(&self, host: &Host, destination: &str) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= MOST || !sent.insert(destination.to_owned()) {
            return;
        }
        drop(sent);
        host_program::start(host, PROGRAM, arguments(destination));
    }
}

/// Tells that a session has ended which nobody may be looking at.
pub(crate) fn session_ended(host: &Host, session: &str, project: &Utf8Path, code: u8) {
    let project = project.file_name().unwrap_or(project.as_str());
    let title = format!("Session {session} of {} has ended", as_text(project));
    let text = format!("Exit code {code}. ocx logs {session}");
    host_program::start(host, PROGRAM, ["--app-name=ocx", "--", &title, &text]);
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
    use ocx_core::host::HostUser;

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
        // One without a program, so that nobody is told.
        let user = HostUser {
            name: "ann".to_owned(),
            group: "ann".to_owned(),
            uid: 1000,
            gid: 1000,
            groups: Vec::new(),
        };
        let host = Host::new(user, "/home/ann".into(), "/home/ann".into());
        let desktop = Desktop::default();
        for number in [1, 1, 2] {
            desktop.session_asks(&host, &format!("h{number}.example:443"));
        }
        assert_eq!(desktop.sent.lock().unwrap().len(), 2);
        for number in 0..100 {
            desktop.session_asks(&host, &format!("h{number}.example:443"));
        }
        assert_eq!(desktop.sent.lock().unwrap().len(), MOST);
    }
}
