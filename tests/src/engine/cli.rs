//! Asking a real engine through its own command line.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::System;
use crate::account::Account;

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
        if names.is_empty() {
            return Vec::new();
        }
        let mut args = vec![kind, "inspect"];
        args.extend(names.iter().map(AsRef::as_ref));
        // What is missing makes the command fail; what exists is printed nevertheless.
        serde_json::from_slice(&self.ask(&args).stdout).unwrap_or_default()
    }

    /// The lines that a command prints.
    #[must_use]
    pub fn lines(&self, args: &[&str]) -> Vec<String> {
        let output = self.ask(args);
        let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect();
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
