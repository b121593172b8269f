//! A command line as a value.

use std::{collections::BTreeMap, fmt, time::Duration};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{printable, runtime::CommandLine};

/// A program with arguments and the variables that its process gets on top of the caller's own.
///
/// [`fmt::Display`] writes it quoted for a shell, in one line and without what a terminal would obey.
/// The values of variables are secrets and are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program, by path or by name.
    pub program: Utf8PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables of its process.
    pub environment: BTreeMap<String, String>,
    /// Variables of a container that the arguments only name, as `--env NAME`. Where their values would
    /// change what the program itself does, they reach it in another way than its environment.
    pub variables: BTreeMap<String, String>,
    /// Whether it changes anything.
    pub kind: CommandKind,
    /// How long it may take where its output is captured.
    pub limit: Duration,
}

/// How long a question may take. A loaded engine takes seconds; one that takes this long hangs.
const QUESTION: Duration = Duration::from_secs(30);

/// How long it may take to change something, such as to remove the files of a large image.
const CHANGE: Duration = Duration::from_secs(5 * 60);

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
        Self::new(program, args, CommandKind::Query, QUESTION)
    }

    /// A command that changes something.
    #[must_use]
    pub fn change(program: &Utf8Path, args: &[&str]) -> Self {
        Self::new(program, args, CommandKind::Change, CHANGE)
    }

    fn new(program: &Utf8Path, args: &[&str], kind: CommandKind, limit: Duration) -> Self {
        Self {
            program: program.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            environment: BTreeMap::new(),
            variables: BTreeMap::new(),
            kind,
            limit,
        }
    }

    /// The same, with another time that it may take.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
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
        f.write_str(&printable::shell_word(self.program.as_str()))?;
        for arg in &self.args {
            write!(f, " {}", printable::shell_word(arg))?;
        }
        Ok(())
    }
}

/// Words behind which the second one is a command's name, too.
const GROUPS: [&str; 6] = [
    "builder",
    "container",
    "image",
    "network",
    "system",
    "volume",
];

impl Invocation {
    /// The program and the words that name its command, such as `docker image inspect`.
    fn brief(&self) -> String {
        let program = self.program.file_name().unwrap_or(self.program.as_str());
        let named = match self.args.first() {
            Some(first) if GROUPS.contains(&first.as_str()) => 2,
            _ => 1,
        };
        let words = self.args.iter().take(named).map(String::as_str);
        let words: Vec<_> = [program]
            .into_iter()
            .chain(words)
            .map(printable::shell_word)
            .collect();
        words.join(" ")
    }
}

impl From<&Invocation> for CommandLine {
    fn from(invocation: &Invocation) -> Self {
        Self::new(invocation.brief(), invocation.to_string())
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("command", &self.to_string())
            .field("environment", &self.environment.keys().collect::<Vec<_>>())
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("kind", &self.kind)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_named_in_brief_in_errors() {
        for (args, brief) in [
            (
                &["build", "--file", "/x/Dockerfile", "/x"][..],
                "docker build",
            ),
            (&["image", "inspect", "team"], "docker image inspect"),
            (&["network", "ls"], "docker network ls"),
            (&["pull", "team"], "docker pull"),
            (&[], "docker"),
        ] {
            let command = CommandLine::from(&Invocation::query("/usr/bin/docker".into(), args));
            assert_eq!(command.to_string(), brief);
            let whole = ["/usr/bin/docker"].iter().chain(args).copied();
            assert_eq!(command.whole(), whole.collect::<Vec<_>>().join(" "));
        }
    }

    #[test]
    fn is_shown_as_a_shell_would_read_it_and_keeps_secrets() {
        let mut invocation = Invocation::change("docker".into(), &["run"]);
        invocation.option("--name", "it's a test").arg("");
        invocation
            .environment
            .insert("KEY".to_owned(), "hunter2".to_owned());
        invocation
            .variables
            .insert("OTHER".to_owned(), "hunter2".to_owned());
        assert_eq!(
            invocation.to_string(),
            r"docker run --name 'it'\''s a test' ''"
        );
        assert!(!format!("{invocation:?}").contains("hunter2"));
        invocation.arg("a\nb\x1b[2J");
        assert!(invocation.to_string().ends_with(r" $'a\nb\x1b[2J'"));
    }
}
