//! The pages of the guide, in the terminal: `ocx help TOPIC`.

use std::{ffi::OsString, process::ExitCode};

use crate::{failure::Failure, ui::Ui};

/// A page of the guide.
pub(crate) struct Page {
    /// What is typed; no command has that name.
    topic: &'static str,
    text: &'static str,
}

/// The topic that lists the topics.
const TOPICS: &str = "topics";

macro_rules! page {
    ($topic:literal, $file:literal) => {
        Page {
            topic: $topic,
            // By a link, so that they are in the package of this crate too.
            text: include_str!(concat!("../docs/", $file)),
        }
    };
}

/// In the order in which people need them.
const PAGES: &[Page] = &[
    page!("first-steps", "first-steps.md"),
    page!("errors", "errors.md"),
    page!("bases", "custom-base.md"),
    page!("settings", "settings.md"),
    page!("models", "models.md"),
    page!("inside", "inside.md"),
    page!("sessions", "sessions.md"),
    page!("networks", "network.md"),
    page!("keys", "keys.md"),
    page!("git", "git.md"),
    page!("clones", "clone.md"),
    page!("editors", "editors.md"),
    page!("disk", "disk.md"),
    page!("cases", "cases.md"),
    page!("companies", "companies.md"),
    page!("ci", "ci.md"),
    page!("exit-codes", "exit-codes.md"),
    page!("json", "json.md"),
    page!("security", "security.md"),
    page!("engines", "engines.md"),
    page!("library", "library.md"),
];

/// What of the guide is asked for.
pub(crate) enum Asked {
    Topics,
    Page(&'static Page),
}

impl Asked {
    /// By a command line that is `ocx help TOPIC` and nothing else; the rest is the parser's.
    pub(crate) fn of(args: &[OsString]) -> Option<Self> {
        let [_, help, topic] = args else {
            return None;
        };
        if help != "help" {
            return None;
        }
        if topic == TOPICS {
            return Some(Self::Topics);
        }
        PAGES
            .iter()
            .find(|page| topic == page.topic)
            .map(Self::Page)
    }

    pub(crate) fn show(&self, ui: Ui) -> Result<ExitCode, Failure> {
        match self {
            Self::Topics => ui.answer(&list())?,
            Self::Page(page) => ui.answer(page.text)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The names of all topics.
pub(crate) fn topics() -> impl Iterator<Item = &'static str> {
    [TOPICS]
        .into_iter()
        .chain(PAGES.iter().map(|page| page.topic))
}

/// All topics, each with what it is about.
pub(crate) fn titles() -> impl Iterator<Item = (&'static str, &'static str)> {
    let pages = PAGES.iter().map(|page| (page.topic, title(page.text)));
    [(TOPICS, "The pages of the guide")]
        .into_iter()
        .chain(pages)
}

fn list() -> String {
    let line = |page: &Page| format!("  {:<12} {}\n", page.topic, title(page.text));
    let lines: String = PAGES.iter().map(line).collect();
    format!("Pages of the guide, `ocx help TOPIC`:\n{lines}")
}

fn title(text: &'static str) -> &'static str {
    let first = text.lines().next().unwrap_or_default();
    first.trim_start_matches(['#', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Option<&'static str> {
        let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Asked::of(&args).map(|asked| match asked {
            Asked::Topics => TOPICS,
            Asked::Page(page) => page.topic,
        })
    }

    #[test]
    fn a_topic_is_no_command() {
        let definition = crate::args::definition();
        for topic in topics() {
            assert!(definition.find_subcommand(topic).is_none(), "{topic}");
            assert_eq!(asked(&format!("ocx help {topic}")), Some(topic));
        }
        for other in [
            "ocx help network",
            "ocx help",
            "ocx topics",
            "ocx help git x",
        ] {
            assert_eq!(asked(other), None, "{other}");
        }
        insta::assert_snapshot!(list());
    }
}
