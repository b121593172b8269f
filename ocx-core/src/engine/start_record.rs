//! The engine's own record of a container's start.

use serde::Deserialize;

use super::{CliRuntime, Dialect};
use crate::runtime::RuntimeError;

/// What the engine has recorded of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartRecord {
    /// That it was started.
    Started,
    /// Something, but no start.
    NotStarted,
    /// Nothing: there never was such a container, or the engine keeps no record.
    Nothing,
}

/// One line of `events --format '{{json .}}'`.
#[derive(Deserialize)]
struct Event {
    /// Docker's word (20.10 to 28.5).
    #[serde(default, rename = "Action")]
    action: Option<String>,
    /// Podman's word (4.3 to 5.8).
    #[serde(default, rename = "Status")]
    status: Option<String>,
}

impl<D: Dialect> CliRuntime<D> {
    /// Asks for the events of a container, by its name or ID.
    pub(super) async fn start_record(
        &self,
        container: &str,
        since: jiff::Timestamp,
    ) -> Result<StartRecord, RuntimeError> {
        let since = format!("{}", since.as_second() - 1);
        // A moment to come: Podman leaves events out of a time that is over when it begins to look
        // (4.3 to 5.4, seen with a filter for `start`).
        let until = format!("{}", jiff::Timestamp::now().as_second() + 1);
        let mut invocation = self.query(&["events", "--since", &since, "--until", &until]);
        invocation.option("--filter", format!("container={container}"));
        invocation.option("--format", "{{json .}}");
        let captured = self.ask(&invocation).await?;
        // Podman without a logger for events fails; with one that nobody listens to, such as a
        // journal in a container, it prints nothing (4.3 to 5.8).
        if captured.failure.is_some() {
            return Ok(StartRecord::Nothing);
        }
        Ok(read(&captured.stdout))
    }
}

fn read(stdout: &[u8]) -> StartRecord {
    let mut record = StartRecord::Nothing;
    for event in serde_json::Deserializer::from_slice(stdout)
        .into_iter::<Event>()
        .map_while(Result::ok)
    {
        record = StartRecord::NotStarted;
        if event.action.or(event.status).as_deref() == Some("start") {
            return StartRecord::Started;
        }
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_engines_have_recorded() {
        // Docker 20.10, then Podman 4.3.1.
        let docker = |action: &str| {
            format!(r#"{{"status":"{action}","id":"0884","Type":"container","Action":"{action}"}}"#)
        };
        let podman = |status: &str| {
            format!(r#"{{"ID":"440e","Name":"x","Status":"{status}","Type":"container"}}"#)
        };
        let events: [&dyn Fn(&str) -> String; 2] = [&docker, &podman];
        for event in events {
            let lines = |words: &[&str]| {
                let lines: Vec<String> = words.iter().map(|word| event(word)).collect();
                read(lines.join("\n").as_bytes())
            };
            assert_eq!(lines(&["create", "start", "die"]), StartRecord::Started);
            assert_eq!(lines(&["create", "remove"]), StartRecord::NotStarted);
            assert_eq!(lines(&[]), StartRecord::Nothing);
        }
        assert_eq!(read(b"<html>"), StartRecord::Nothing);
    }
}
