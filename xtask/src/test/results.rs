//! What the tests on engines showed, as a table of promises.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use ocx_tests::{engine::Lane, skip::SKIPPED};
use tempfile::NamedTempFile;

use super::selection;
use crate::step::{Outcome, line, say};

/// What is promised, and the tests that show it, without the engine's name.
const PROMISES: [(&str, &[&str]); 12] = [
    (
        "main job: a custom base, the real opencode, a file changed by the agent",
        &["main_job::an_ordinary_users_file"],
    ),
    (
        "files belong to the user, inside and outside",
        &["hardening::the_user_is_the_hosts_and_can_write_at_home"],
    ),
    (
        "hidden paths",
        &["hardening::forbidden_paths_are_hidden_from_the_agent"],
    ),
    ("hardening", &["hardening::a_running_opencode_is_confined"]),
    (
        "every flag, and the conformance suite",
        &["conformance::an_engine_conforms_and_takes_every_flag"],
    ),
    (
        "the program's own exit codes",
        &["exit_codes::exit_codes_of_the_program_come_back"],
    ),
    (
        "failures of the engine",
        &["exit_codes::failures_of_the_engine_are_told_apart"],
    ),
    (
        "an up-to-date build does nothing",
        &["freshness::a_second_build_does_nothing"],
    ),
    ("no dangling image", &["leftovers::"]),
    ("a base from a registry", &["base_from_registry::"]),
    ("a terminal", &["terminal::"]),
    (
        "signals end a session",
        &["stdio::termination_and_hang_up_end_the_container"],
    ),
];

/// How much of what failed tests printed is said again at the end, in characters. It is what a reader of
/// the last lines of a long log can take in.
const SAID_AGAIN: usize = 900;

/// How each test of a run ended.
#[derive(Debug, Default)]
pub(crate) struct Results {
    ended: BTreeMap<String, Ended>,
    /// What each failed test printed before it ended.
    printed: BTreeMap<String, String>,
    /// Why tests were skipped, which the harness counts as passed.
    skipped: BTreeMap<String, String>,
    /// The test whose output is being read.
    current: Option<String>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Passed,
    Failed,
    Ignored,
    Skipped,
}

impl Results {
    /// Runs tests, shows what they print, and keeps how each of them ended. The second value is
    /// whether all went well.
    pub(crate) fn of(command: &mut Command) -> Outcome<(Self, bool)> {
        say(&format!("$ {}", shortened(&line(command))));
        let skipped = NamedTempFile::new()
            .map_err(|error| format!("a temporary file cannot be made: {error}"))?;
        // Tests run as other users, too, but not what writes it.
        command.env(SKIPPED, skipped.path());
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the tests cannot be run: {error}"))?;
        let mut results = Self::default();
        let output = BufReader::new(child.stdout.take().expect("it is a pipe"));
        for line in output.lines().map_while(Result::ok) {
            println!("{line}");
            results.read(&line);
        }
        let status = child
            .wait()
            .map_err(|error| format!("the tests cannot be waited for: {error}"))?;
        let skipped = fs::read_to_string(skipped.path())
            .map_err(|error| format!("what was skipped cannot be read: {error}"))?;
        skipped.lines().for_each(|line| results.skip(line));
        for (name, reason) in &results.skipped {
            say(&format!("skipped: {name}: {reason}"));
        }
        Ok((results, status.success()))
    }

    /// The tests that failed.
    pub(crate) fn failed(&self) -> Vec<String> {
        let failed = self.ended.iter();
        let failed = failed.filter(|(_, ended)| **ended == Ended::Failed);
        failed.map(|(name, _)| name.clone()).collect()
    }

    /// Takes how tests ended that were run again.
    pub(crate) fn replace_by(&mut self, again: Self) {
        for name in again.ended.keys() {
            self.printed.remove(name);
        }
        self.ended.extend(again.ended);
    }

    /// Why tests failed, in few characters: of each what it printed when it failed.
    pub(crate) fn failures(&self) -> Vec<String> {
        let share = SAID_AGAIN / self.printed.len().max(1);
        self.printed
            .iter()
            .map(|(name, printed)| {
                // What a test says before it fails is of no interest here.
                let (_, reason) = printed.split_once(" panicked at ").unwrap_or(("", printed));
                let words: Vec<&str> = reason.split_whitespace().collect();
                let reason: String = words.join(" ").chars().take(share).collect();
                format!("{name}: {reason}")
            })
            .collect()
    }

    /// Reads `test NAME ... ok`, and what tests printed that failed.
    fn read(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("---- ") {
            self.current = rest.strip_suffix(" stdout ----").map(str::to_owned);
            return;
        }
        if line == "failures:" || line.starts_with("test result: ") {
            self.current = None;
        }
        if let Some(name) = &self.current {
            let printed = self.printed.entry(name.clone()).or_default();
            *printed += line;
            printed.push('\n');
            return;
        }
        let Some((name, how)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        else {
            return;
        };
        let ended = match how.split([' ', ',']).next() {
            Some("ok") => Ended::Passed,
            Some("ignored") => Ended::Ignored,
            _ => Ended::Failed,
        };
        self.ended.insert(name.to_owned(), ended);
    }

    /// Takes a line about a skipped test: its name, a tabulator, and why.
    fn skip(&mut self, line: &str) {
        let Some((name, reason)) = line.split_once('\t') else {
            return;
        };
        self.skipped.insert(name.to_owned(), reason.to_owned());
        if let Some(ended @ Ended::Passed) = self.ended.get_mut(name) {
            *ended = Ended::Skipped;
        }
    }

    /// The table of promises: a row for each, a column for each engine, every cell a test. `engines`
    /// has the engines with what they are called.
    pub(crate) fn table(&self, engines: &[(Lane, String)]) -> String {
        let mut table = "| promise | ".to_owned();
        let names: Vec<&str> = engines.iter().map(|(_, name)| name.as_str()).collect();
        table += &names.join(" | ");
        table += " |\n|---|";
        table += &"---|".repeat(engines.len());
        for (promise, tests) in PROMISES {
            table += &format!("\n| {promise} |");
            for (lane, _) in engines {
                table += &format!(" {} |", self.cell(tests, *lane));
            }
        }
        table + "\n"
    }

    fn cell(&self, prefixes: &[&str], lane: Lane) -> String {
        let found: Vec<(&String, Ended)> = self
            .ended
            .iter()
            .filter(|(name, _)| selection::lane(name) == Some(lane))
            .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
            .map(|(name, ended)| (name, *ended))
            .collect();
        let Some((first, _)) = found.first() else {
            return "–".to_owned();
        };
        let more = match found.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let that = |is: fn(Ended) -> bool| found.iter().find(|(_, ended)| is(*ended));
        let failed = that(|ended| matches!(ended, Ended::Failed | Ended::Ignored));
        let skipped = that(|ended| ended == Ended::Skipped);
        match (failed, skipped) {
            (None, None) => format!("`{first}`{more}"),
            (Some((name, _)), _) => format!("**failed**: `{name}`"),
            (None, Some((name, _))) => format!("skipped: `{name}`"),
        }
    }
}

/// A command line without the list of hundreds of tests.
fn shortened(line: &str) -> String {
    match line.split_once(" --exact ") {
        None => line.to_owned(),
        Some((start, tests)) => {
            let count = tests.split(' ').count();
            format!("{start} --exact … ({count} tests)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_tests_printed_is_told_in_few_characters() {
        let mut results = Results::default();
        let long = "x".repeat(5_000);
        for line in [
            "test a::docker ... FAILED",
            "",
            "failures:",
            "",
            "---- a::docker stdout ----",
            "",
            "thread 'a::docker' panicked at tests/e2e/a.rs:7:5:",
            "  no such word",
            &long,
            "---- b::podman stdout ----",
            "test c ... ok",
            "",
            "failures:",
            "    a::docker",
            "",
            "test result: FAILED. 1 passed; 2 failed",
        ] {
            results.read(line);
        }
        let failures = results.failures();
        assert!(
            failures[0].starts_with("a::docker: tests/e2e/a.rs:7:5: no such word xxx"),
            "{failures:?}"
        );
        assert!(failures[0].len() < 500);
        assert_eq!(failures[1], "b::podman: test c ... ok");
    }

    #[test]
    fn tests_that_pass_the_second_time_have_passed() {
        let mut first = Results::default();
        let mut again = Results::default();
        for line in [
            "test a::docker ... FAILED",
            "test b::docker ... ok",
            "---- a::docker stdout ----",
            "no answer",
        ] {
            first.read(line);
        }
        assert_eq!(first.failed(), ["a::docker"]);
        again.read("test a::docker ... ok");
        first.replace_by(again);
        assert_eq!(first.failed(), Vec::<String>::new());
        assert_eq!(first.failures(), Vec::<String>::new());
    }

    #[test]
    fn the_table_has_a_test_in_every_cell() {
        let mut results = Results::default();
        for line in [
            "test main_job::an_ordinary_users_file::docker ... ok",
            "test main_job::an_ordinary_users_file::podman ... FAILED",
            "test leftovers::a::docker ... ok",
            "test leftovers::b::docker ... ok",
            "test a_terminal ... ok",
            "test terminal::c::podman ... ok",
            "test result: ok. 3 passed",
        ] {
            results.read(line);
        }
        results.skip("terminal::c::podman\tthere is none");
        let engines = [
            (Lane::Docker, "Docker 1".to_owned()),
            (Lane::Podman, "Podman 2".to_owned()),
        ];
        let table = results.table(&engines);
        let row = |promise: &str| table.lines().find(|line| line.contains(promise)).unwrap();
        assert!(table.starts_with("| promise | Docker 1 | Podman 2 |\n|---|---|---|\n"));
        assert!(row("main job").ends_with(
            "| `main_job::an_ordinary_users_file::docker` | **failed**: `main_job::an_ordinary_users_file::podman` |"
        ));
        // What was skipped has shown nothing.
        assert!(row("a terminal").ends_with("| – | skipped: `terminal::c::podman` |"));
        assert!(row("dangling").contains("| `leftovers::a::docker` and 1 more | – |"));
    }
}
