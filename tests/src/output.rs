//! What a command printed and how it ended.

use std::{fmt, fs};

use serde_json::Value;

use crate::filters::Filters;

/// The outcome of a command.
#[derive(Clone, Debug)]
#[must_use = "a command may have failed"]
pub struct Output {
    pub(crate) line: String,
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) filters: Filters,
}

impl Output {
    /// The exit code, unless a signal ended the command.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.code
    }

    /// The signal that ended the command, if one did.
    #[must_use]
    pub fn signal(&self) -> Option<i32> {
        self.signal
    }

    /// Standard output as it is.
    #[must_use]
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Standard error as it is.
    #[must_use]
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// The same with only a line of standard output, for what prints an object a line.
    pub fn line(&self, line: &str) -> Self {
        Self {
            stdout: line.to_owned(),
            ..self.clone()
        }
    }

    /// Standard output as JSON; fails the test unless it has the form that `docs/json/NAME.json` promises.
    #[must_use]
    #[track_caller]
    pub fn promised(&self, name: &str) -> Value {
        let path = format!("{}/../docs/json/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let schema = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let schema: Value = serde_json::from_str(&schema).expect("schemas are JSON");
        let answer: Value = serde_json::from_str(&self.stdout).expect("it is JSON");
        let validator = jsonschema::validator_for(&schema).expect("it is a schema");
        let errors: Vec<String> = validator
            .iter_errors(&answer)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?} {self}");
        answer
    }

    /// Fails the test unless the command ended with 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exits(0)
    }

    /// Fails the test unless the command ended with `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Fails the test unless standard output contains `text`.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no {text:?} on stdout: {self}");
        self
    }

    /// Fails the test unless standard error contains `text`.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} on stderr: {self}");
        self
    }

    /// Fails the test if standard error contains `text`.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "{text:?} on stderr: {self}");
        self
    }

    /// Ends a chain of checks.
    pub fn done(self) {}

    /// The outcome for a snapshot, without what differs from run to run.
    #[must_use]
    pub fn snapshot(&self) -> String {
        self.filters.apply(&self.to_string())
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$ {}\n[", self.line)?;
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "exit code {code}")?,
            (None, Some(signal)) => write!(f, "signal {signal}")?,
            (None, None) => f.write_str("unknown end")?,
        }
        f.write_str("]\n")?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
                if !text.ends_with('\n') {
                    f.write_str("[no newline]\n")?;
                }
            }
        }
        Ok(())
    }
}
