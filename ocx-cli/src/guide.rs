//! The pages of the guide, in the terminal: `ocx help TOPIC`.

use std::{ffi::OsString, process::ExitCode};

use crate::{failure::Failure, output, page, ui::Ui};

/// A page of the guide.
pub(crate) struct Page {
    /// What is typed; no command has that name.
    topic: &'static str,
    /// Its file in `docs`, as other pages name it.
    file: &'static str,
    text: &'static str,
}

/// The topic that lists the topics.
const TOPICS: &str = "topics";

macro_rules! page {
    ($topic:literal, $file:literal) => {
        Page {
            topic: $topic,
            file: $file,
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
    page!("extending", "extending.md"),
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
            Self::Page(page) => ui.page(&page.shown(output::page_width()))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Page {
    /// The page in lines of a width.
    fn shown(&self, width: usize) -> String {
        page::rendered(self.text, width, &|file| {
            let page = PAGES.iter().find(|page| page.file == file)?;
            Some(page.topic)
        })
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
    fn pages_fit_the_width_and_have_no_marks() {
        for page in PAGES {
            for width in [40, 80, 100] {
                let shown = anstream::adapter::strip_str(&page.shown(width)).to_string();
                for line in shown.lines() {
                    // Code is as it is, and so are addresses.
                    if line.trim_start_matches(' ').len() + 4 <= line.len() {
                        continue;
                    }
                    let columns = line.chars().count();
                    let is_one_word = !line.trim().contains(' ') || line.contains("://");
                    assert!(
                        columns <= width || is_one_word,
                        "{} {width}: {line}",
                        page.topic
                    );
                    let told = line.split('`').step_by(2).collect::<String>();
                    for mark in ["**", "](", "|--"] {
                        assert!(!told.contains(mark), "{}: {line}", page.topic);
                    }
                }
            }
        }
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
