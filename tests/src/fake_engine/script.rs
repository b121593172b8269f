//! Rules and records.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

/// Which engine is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flavour {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
}

impl Flavour {
    /// The name of its program.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// What the fake engine goes by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Script {
    pub(super) flavour: Flavour,
    pub(super) rules: Vec<Rule>,
}

/// How calls of one kind are answered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[must_use = "a rule does nothing before an engine has it"]
pub struct Rule {
    words: Vec<String>,
    contains: Vec<String>,
    times: Option<usize>,
    pub(super) stdout: Option<String>,
    pub(super) stderr: String,
    pub(super) exit: Option<u8>,
    pub(super) waits_for: Option<Utf8PathBuf>,
    pub(super) hangs: bool,
    pub(super) starts_container: Option<bool>,
    pub(super) shell: Option<String>,
}

impl Rule {
    /// A rule for the calls whose arguments begin with `words`; for all calls if there are none.
    ///
    /// A rule that only waits leaves the answer to the engine. Any other one is the whole answer;
    /// for `run` that means a failure before a container is made, unless [`starts`](Self::starts) or
    /// [`creates_only`](Self::creates_only) says otherwise.
    pub fn on(words: &[&str]) -> Self {
        Self {
            words: words.iter().map(|&word| word.to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Only for calls with an argument that contains `text`.
    pub fn containing(mut self, text: &str) -> Self {
        self.contains.push(text.to_owned());
        self
    }

    /// Only for the first `count` such calls.
    pub fn times(mut self, count: usize) -> Self {
        self.times = Some(count);
        self
    }

    /// Prints `text`.
    pub fn stdout(mut self, text: &str) -> Self {
        self.stdout = Some(text.to_owned());
        self
    }

    /// Prints `text` to standard error.
    pub fn stderr(mut self, text: &str) -> Self {
        self.stderr = text.to_owned();
        self
    }

    /// Ends with `code`.
    pub fn exit(mut self, code: u8) -> Self {
        self.exit = Some(code);
        self
    }

    /// Does nothing before there is this file.
    pub fn waits_for(mut self, file: &Utf8Path) -> Self {
        self.waits_for = Some(file.to_owned());
        self
    }

    /// Never ends by itself.
    pub fn hangs(mut self) -> Self {
        self.hangs = true;
        self
    }

    /// For `run`: makes the container, but
    /// never starts the program: the exit code is the engine's own.
    pub fn creates_only(mut self) -> Self {
        self.starts_container = Some(false);
        self
    }

    /// For `run`: makes and starts the container, so that the exit code is the program's.
    pub fn starts(mut self) -> Self {
        self.starts_container = Some(true);
        self
    }

    /// Runs a script with `/bin/sh`, which gets the call's arguments and standard streams. Its exit
    /// code is the call's, unless the rule sets another.
    pub fn shell(mut self, script: &str) -> Self {
        self.shell = Some(script.to_owned());
        self
    }

    /// Whether this rule answers a call, of which it has answered `before` already.
    pub(super) fn answers(&self, args: &[String], before: usize) -> bool {
        args.starts_with(&self.words)
            && self
                .contains
                .iter()
                .all(|text| args.iter().any(|arg| arg.contains(text)))
            && self.times.is_none_or(|times| before < times)
    }

    /// Whether the rule leaves the answer to the engine.
    pub(super) fn leaves_the_answer(&self) -> bool {
        self.stdout.is_none()
            && self.stderr.is_empty()
            && self.exit.is_none()
            && !self.hangs
            && self.shell.is_none()
            && self.starts_container.is_none()
    }
}

/// One call of the fake engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The arguments.
    pub args: Vec<String>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// The variables of the container, wherever their values came from.
    pub variables: BTreeMap<String, String>,
    /// The working directory.
    pub current_dir: String,
    /// Index of the rule that answered.
    pub(super) rule: Option<usize>,
}

impl Call {
    /// Whether the arguments begin with `words`.
    #[must_use]
    pub fn starts_with(&self, words: &[&str]) -> bool {
        self.args.len() >= words.len() && self.args.iter().zip(words).all(|(arg, word)| arg == word)
    }

    /// Whether one of the arguments is `arg`.
    #[must_use]
    pub fn has(&self, arg: &str) -> bool {
        self.args.iter().any(|have| have == arg)
    }

    /// The values of an option, written as `--name=value` or `--name value`.
    #[must_use]
    pub fn values(&self, option: &str) -> Vec<&str> {
        let joined = format!("{option}=");
        let apart = self
            .args
            .windows(2)
            .filter(|pair| pair[0] == option)
            .map(|pair| pair[1].as_str());
        self.args
            .iter()
            .filter_map(|arg| arg.strip_prefix(&joined))
            .chain(apart)
            .collect()
    }

    /// The arguments as a line for snapshots.
    #[must_use]
    pub fn line(&self) -> String {
        self.args.join(" ")
    }
}
