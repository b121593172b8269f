//! Asking a real engine through its own command line.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::System;
use crate::{account::Account, running::POLL};

/// How often a question is asked that may fail because something goes away meanwhile.
const ATTEMPTS: u32 = 5;

/// A container engine's command line, as the harness uses it for itself.
#[derive(Clone, Debug)]
pub struct EngineCli {
    program: Utf8PathBuf,
    environment: Vec<(String, String)>,
    owner: Option<Owner>,
    system: System,
}

/// The user whose engine it is, and a home for the command.
#[derive(Clone, Debug)]
struct Owner {
    account: Account,
    home: Utf8PathBuf,
}

impl EngineCli {
    /// The engine behind `program`, with these variables set.
    #[must_use]
    pub fn new(program: Utf8PathBuf, environment: Vec<(String, String)>) -> Self {
        Self {
            program,
            environment,
            owner: None,
            system: System::Machine,
        }
    }

    /// Commands are run by `account`, whose engine it is, with `home` as its home.
    #[must_use]
    pub(super) fn run_by(self, account: Account, home: Utf8PathBuf) -> Self {
        Self {
            owner: Some(Owner { account, home }),
            ..self
        }
    }

    /// Commands are run in `system`, where the program's path is meant.
    #[must_use]
    pub(super) fn in_system(self, system: System) -> Self {
        Self { system, ..self }
    }

    /// Where commands are run.
    #[must_use]
    pub(super) fn system(&self) -> System {
        self.system
    }

    /// Path of the program.
    #[must_use]
    pub fn program(&self) -> &Utf8Path {
        &self.program
    }

    /// What the program needs to find the engine.
    #[must_use]
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Runs a command to its end, however it ends.
    #[must_use]
    pub fn ask<S: AsRef<str>>(&self, args: &[S]) -> Output {
        self.ask_with_input(args, b"")
    }

    /// Whether a command ends within this time, however it ends.
    pub(super) fn answers(&self, args: &[&str], patience: Duration) -> bool {
        let child = self
            .command(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{}: {error}", self.program));
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return true;
            }
            thread::sleep(POLL);
        }
        let _ = child.kill();
        let _ = child.wait();
        false
    }

    /// The user whose engine it is, if that is another than the tests' own.
    pub(super) fn owner_uid(&self) -> Option<u32> {
        self.owner.as_ref().map(|owner| owner.account.uid)
    }

    /// Like [`ask`](Self::ask), with something on standard input.
    #[must_use]
    pub fn ask_with_input<S: AsRef<str>>(&self, args: &[S], input: &[u8]) -> Output {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program));
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // The engine tells by its exit code what it made of it.
                let _ = stdin.write_all(input);
            });
            child.wait_with_output()
        })
        .unwrap_or_else(|error| panic!("{}: {error}", self.program))
    }

    /// Runs a command that must go well, and returns what it printed, trimmed.
    pub fn require<S: AsRef<str>>(&self, args: &[S]) -> String {
        self.require_with_input(args, b"")
    }

    /// Like [`require`](Self::require), with something on standard input.
    pub fn require_with_input<S: AsRef<str>>(&self, args: &[S], input: &[u8]) -> String {
        let output = self.ask_with_input(args, input);
        let line = args.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(" ");
        assert!(
            output.status.success(),
            "`{} {line}` failed with {}:\n{}{}",
            self.program,
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// `KIND inspect NAMES` for those of the names that exist. `kind` is `container`, `image` or
    /// `volume`.
    #[must_use]
    pub fn inspect<S: AsRef<str>>(&self, kind: &str, names: &[S]) -> Vec<Value> {
        // One that is missing makes the command fail for all, as does an engine that is not there.
        self.try_inspect(kind, names).unwrap_or_else(|_| {
            let one = |name: &S| self.inspect_one(kind, name.as_ref());
            names.iter().flat_map(one).collect()
        })
    }

    /// `KIND inspect NAMES` for names that all have to exist, or what was said.
    pub(super) fn try_inspect<S: AsRef<str>>(
        &self,
        kind: &str,
        names: &[S],
    ) -> Result<Vec<Value>, String> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut args = vec![kind, "inspect"];
        args.extend(names.iter().map(AsRef::as_ref));
        let output = self.ask(&args);
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
    }

    /// Nothing, if the engine's list has no such name; a question that failed for another reason is
    /// asked again.
    fn inspect_one(&self, kind: &str, name: &str) -> Vec<Value> {
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            match self.try_inspect(kind, &[name]) {
                Ok(found) => return found,
                Err(_) if !self.lists(kind, name) => return Vec::new(),
                Err(again) => said = again,
            }
        }
        panic!(
            "`{} {kind} inspect {name}` fails although it is listed:\n{said}",
            self.program
        );
    }

    /// Whether the list of all that the engine has names this.
    fn lists(&self, kind: &str, name: &str) -> bool {
        let all: &[&str] = match kind {
            "image" => &[
                "image",
                "ls",
                "--all",
                "--no-trunc",
                "--format={{.ID}} {{.Repository}}:{{.Tag}}",
            ],
            "container" => &["ps", "--all", "--no-trunc", "--format={{.ID}} {{.Names}}"],
            "volume" => &["volume", "ls", "--format={{.Name}}"],
            _ => panic!("{kind} is nothing that is listed"),
        };
        let name = name.trim_start_matches("sha256:");
        let with_tag = format!("{name}:latest");
        self.lines(all)
            .iter()
            .flat_map(|line| line.split(' '))
            .any(|listed| {
                let listed = listed.trim_start_matches("sha256:");
                // A part of an ID, and a name without its registry, are names as well.
                listed.starts_with(name) || listed.ends_with(name) || listed.ends_with(&with_tag)
            })
    }

    /// The lines that a list of the engine's has. One that fails is asked for again, since what is
    /// listed may go away meanwhile; it must never look like an empty one.
    #[must_use]
    pub fn lines(&self, args: &[&str]) -> Vec<String> {
        let listed = (0..ATTEMPTS).find_map(|_| {
            let output = self.ask(args);
            output.status.success().then_some(output.stdout)
        });
        let listed = match listed {
            Some(listed) => String::from_utf8_lossy(&listed).into_owned(),
            None => self.require(args),
        };
        let mut lines: Vec<String> = listed.lines().map(str::to_owned).collect();
        lines.sort();
        lines.dedup();
        lines
    }

    fn command<S: AsRef<str>>(&self, args: &[S]) -> Command {
        let mut words = self.system.prefix("/".into());
        if let Some(owner) = &self.owner {
            words.extend(owner.account.prefix(&[]));
        }
        words.push(self.program.to_string());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(args.iter().map(AsRef::as_ref))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("LC_ALL", "C");
        if let Some(owner) = &self.owner {
            // Neither the caller's home nor the current directory need be open to that user.
            command
                .env("HOME", &owner.home)
                .env_remove("XDG_CONFIG_HOME")
                .env_remove("XDG_DATA_HOME")
                .current_dir("/");
        }
        command
    }
}

#[cfg(test)]
pub(in crate::engine) mod tests {
    use super::*;

    /// Writes a program, from another process: what a test that runs beside this one starts meanwhile
    /// would have the file open for writing, and nothing can be run that is.
    pub(in crate::engine) fn write_program(path: &std::path::Path, text: &str) {
        let mut install = Command::new("install")
            .args(["--mode=755", "/dev/stdin"])
            .arg(path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = install.stdin.take().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        drop(stdin);
        assert!(install.wait().unwrap().success());
    }

    /// An engine that is a script.
    fn engine(script: &str) -> (tempfile::TempDir, EngineCli) {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("engine");
        write_program(&program, &format!("#!/bin/sh\n{script}\n"));
        let program = Utf8PathBuf::try_from(program).unwrap();
        (directory, EngineCli::new(program, Vec::new()))
    }

    #[test]
    fn an_engine_that_hangs_is_told_from_one_that_fails() {
        let (_directory, cli) = engine("[ $1 = fails ] && exit 1; exec sleep 1000");
        assert!(cli.answers(&["fails"], Duration::from_secs(60)));
        assert!(!cli.answers(&["hangs"], Duration::from_millis(50)));
    }

    #[test]
    #[should_panic(expected = "cannot connect")]
    fn an_engine_that_fails_has_no_empty_list() {
        let (_directory, cli) = engine("echo cannot connect >&2; exit 1");
        let _ = cli.lines(&["ps"]);
    }

    #[test]
    #[should_panic(expected = "cannot connect")]
    fn nor_are_things_missing_in_it() {
        // Docker prints the empty list, too.
        let (_directory, cli) = engine("echo '[]'; echo cannot connect >&2; exit 1");
        let _ = cli.inspect("container", &["a", "b"]);
    }

    #[test]
    fn what_is_missing_is_left_out() {
        let (_directory, cli) = engine(
            "case \"$*\" in
             'container inspect a') echo '[{\"Id\":\"a\"}]' ;;
             ps*) echo 'a name' ;;
             *) echo '[]'; exit 1 ;;
             esac",
        );
        let found = cli.inspect("container", &["a", "b"]);
        assert_eq!(found, [serde_json::json!({ "Id": "a" })]);
    }

    #[test]
    fn a_list_that_fails_once_is_asked_for_again() {
        let (directory, cli) = engine("mkdir \"$0.asked\" && exit 1; echo a");
        assert_eq!(cli.lines(&["ps"]), ["a"]);
        drop(directory);
    }
}
