//! What ocx did for a session.

use std::{io, process::ExitCode};

use jiff::{Timestamp, tz::TimeZone};
use ocx_core::{
    printable,
    session_log::{LogEntry, LogEvent, SessionLog},
};

use serde_json::json;

use super::{LOOK, LogsArgs};
use crate::{args::GlobalArgs, failure::Failure, output};

/// Shows the log of a session, and what is written into it until the session ends.
pub(super) async fn show(
    global: &GlobalArgs,
    log: &SessionLog,
    LogsArgs { follow, json, .. }: &LogsArgs,
) -> Result<ExitCode, Failure> {
    let mut reader = log.read()?;
    let mut lines = Lines::new(TimeZone::system());
    let began = lines.date(log.began);
    let (session, project) = (&log.session, &log.project);
    if !json {
        let ui = global.ui();
        ui.progress(&format!("session {session} of {project}, {began}:"));
    }
    loop {
        // In this order: what was written last is there when it has ended.
        let runs = log.is_of_running();
        for entry in reader.entries()? {
            let line = match json {
                true => format!("{}\n", json!(entry)),
                false => lines.of(&entry),
            };
            match output::answer(&line) {
                Ok(()) => {}
                Err(source) if source.kind() == io::ErrorKind::BrokenPipe => {
                    return Ok(ExitCode::SUCCESS);
                }
                Err(source) => return Err(Failure::Output { source }),
            }
        }
        if !runs || !*follow {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Writes entries as lines.
struct Lines {
    zone: TimeZone,
    /// The command that was told last, if nothing came after it.
    last: Option<String>,
}

impl Lines {
    fn new(zone: TimeZone) -> Self {
        Self { zone, last: None }
    }

    fn date(&self, at: Timestamp) -> String {
        let at = at.to_zoned_datetime(self.zone.clone());
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn of(&mut self, LogEntry { at, event, .. }: &LogEntry) -> String {
        let last = self.last.take();
        let text = match event {
            LogEvent::Began { command, .. } => in_words(command),
            LogEvent::Inside { command } => format!("inside it: {}", in_words(command)),
            LogEvent::Step { text } | LogEvent::Note { text } => text.clone(),
            LogEvent::Warning { text } => format!("warning: {text}"),
            LogEvent::Engine { line } => {
                self.last = Some(line.clone());
                format!("$ {line}")
            }
            LogEvent::EngineEnded {
                line,
                milliseconds,
                failure,
            } => {
                let which = match last.as_ref() == Some(line) {
                    true => String::new(),
                    // Others were given meanwhile.
                    false => format!(": {line}"),
                };
                match failure {
                    None => format!("  {milliseconds} ms{which}"),
                    Some(failure) => format!("  {milliseconds} ms, {failure}{which}"),
                }
            }
            LogEvent::Program => "the program begins".to_owned(),
            LogEvent::Ended { code } => format!("ended with {code}"),
            LogEvent::Failed { error, .. } => format!("failed: {error}"),
            // Of a newer ocx.
            _ => return String::new(),
        };
        let time = at
            .to_zoned_datetime(self.zone.clone())
            .strftime("%H:%M:%S%.3f");
        // One line each, whatever is in a name.
        format!("{time} {}\n", printable::field(&text))
    }
}

fn in_words(command: &[String]) -> String {
    let words: Vec<_> = command
        .iter()
        .map(|word| printable::shell_word(word))
        .collect();
    words.join(" ")
}
