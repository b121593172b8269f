//! A command line as a value.

use std::{collections::BTreeMap, fmt};

use camino::{Utf8Path, Utf8PathBuf};

/// A program with arguments and the variables that its process gets on top of the caller's own.
///
/// [`fmt::Display`] writes it quoted for a shell. The values of variables are secrets and are never
/// shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program, by path or by name.
    pub program: Utf8PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables of its process.
    pub environment: BTreeMap<String, String>,
    /// Whether it changes anything.
    pub kind: CommandKind,
}

/// Whether a command changes anything in the engine that outlives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// It only looks, or cleans up after itself.
    Query,
    /// It changes something, so a dry run leaves it out.
    Change,
}

impl Invocation {
    /// A command that only looks.
    #[must_use]
    pub fn query(program: &Utf8Path, args: &[&str]) -> Self {
        Self::new(program, args, CommandKind::Query)
    }

    /// A command that changes something.
    #[must_use]
    pub fn change(program: &Utf8Path, args: &[&str]) -> Self {
        Self::new(program, args, CommandKind::Change)
    }

    fn new(program: &Utf8Path, args: &[&str], kind: CommandKind) -> Self {
        Self {
            program: program.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            environment: BTreeMap::new(),
            kind,
        }
    }

    /// Adds one argument.
    pub fn arg(&mut self, arg: impl Into<String>) -> &mut Self {
        self.args.push(arg.into());
        self
    }

    /// Adds an option and its value as two arguments.
    pub fn option(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.arg(name).arg(value)
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shell_words::quote(self.program.as_str()))?;
        for arg in &self.args {
            write!(f, " {}", shell_words::quote(arg))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("command", &self.to_string())
            .field("environment", &self.environment.keys().collect::<Vec<_>>())
            .field("kind", &self.kind)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_as_a_shell_would_read_it_and_keeps_secrets() {
        let mut invocation = Invocation::change("docker".into(), &["run"]);
        invocation.option("--name", "it's a test").arg("");
        invocation
            .environment
            .insert("KEY".to_owned(), "hunter2".to_owned());
        assert_eq!(
            invocation.to_string(),
            r"docker run --name 'it'\''s a test' ''"
        );
        assert!(!format!("{invocation:?}").contains("hunter2"));
    }
}
