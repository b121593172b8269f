//! Running Git on the host.
//!
//! A repository's configuration can name programs, and a clone's was written by a session. So Git is
//! never run with a session's configuration at all ([`quarantine`](super::quarantine)), and with the
//! user's repository only so that hooks, the monitor of files, transports and whatever else that names
//! are switched off. Variables of the caller's that steer Git are left out.

use std::{ffi::OsStr, process::Stdio, time::Duration};

use camino::Utf8Path;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
};

use super::{
    CloneError,
    neutral::{AS_USER, IDENTITY, NEUTRAL, VARIABLES, WITHOUT_FILES},
};
use crate::host::Host;

/// How long Git may take for anything: the files of a large repository are checked out in minutes.
const PATIENCE: Duration = Duration::from_secs(900);

/// No list of files or references is longer, in bytes.
const LONGEST_ANSWER: u64 = 256 << 20;

/// As much as is shown of what Git says about a failure, in bytes.
const LONGEST_COMPLAINT: usize = 600;

/// Git with an environment.
#[derive(Clone, Debug)]
pub(crate) struct HostGit {
    environment: Vec<(String, String)>,
    settings: &'static [&'static str],
    /// Further variables of the configuration, whose names may hold anything.
    overrides: Vec<(String, String)>,
    /// Whether it is out of reach of the terminal's signals: what ends a session must not end this.
    is_apart: bool,
}

/// Which repository Git works on, in so many words: nothing is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    /// The Git directory.
    pub(crate) git_dir: &'a Utf8Path,
    /// The working tree; none for what needs none.
    pub(crate) work_tree: Option<&'a Utf8Path>,
    /// Another index than the Git directory's.
    pub(crate) index: Option<&'a Utf8Path>,
}

impl<'a> At<'a> {
    /// A Git directory by itself.
    pub(crate) fn git_dir(git_dir: &'a Utf8Path) -> Self {
        Self {
            git_dir,
            work_tree: None,
            index: None,
        }
    }

    /// With this working tree.
    pub(crate) fn tree(self, work_tree: &'a Utf8Path) -> Self {
        Self {
            work_tree: Some(work_tree),
            ..self
        }
    }

    /// With this index.
    pub(crate) fn index(self, index: &'a Utf8Path) -> Self {
        Self {
            index: Some(index),
            ..self
        }
    }
}

/// How Git ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) success: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Answer {
    /// The answer, without the line's end.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end().to_owned()
    }

    /// That Git failed, as an error.
    pub(crate) fn failure(&self, task: &'static str) -> CloneError {
        // Merges tell on standard output what is wrong.
        let stdout = String::from_utf8_lossy(&self.stdout);
        CloneError::Git {
            task,
            said: shortened(&format!("{}\n{stdout}", self.stderr)),
        }
    }
}

impl HostGit {
    /// Git that executes nothing that is set anywhere.
    pub(crate) fn neutral(host: &Host) -> Self {
        let variables = VARIABLES.iter().chain(WITHOUT_FILES);
        Self {
            environment: ["PATH", "SUDO_UID"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), host.variable(name)?.to_owned())))
                .chain(variables.map(|&(name, value)| (name.to_owned(), value.to_owned())))
                .collect(),
            settings: NEUTRAL,
            overrides: Vec::new(),
            is_apart: true,
        }
    }

    /// Git as the user would type it, without hooks.
    pub(crate) fn as_user(host: &Host) -> Self {
        let is_kept = |name: &str| !name.starts_with("GIT_") || IDENTITY.contains(&name);
        let own = host.environment.iter().filter(|(name, _)| is_kept(name));
        let variables = VARIABLES.iter();
        Self {
            environment: own
                .map(|(name, value)| (name.clone(), value.clone()))
                .chain(variables.map(|&(name, value)| (name.to_owned(), value.to_owned())))
                .collect(),
            settings: AS_USER,
            overrides: Vec::new(),
            is_apart: false,
        }
    }

    /// The same, and these variables of the configuration have these values.
    pub(crate) fn overriding(self, overrides: Vec<(String, String)>) -> Self {
        Self { overrides, ..self }
    }

    /// Runs Git and returns what it printed.
    ///
    /// # Errors
    ///
    /// If it cannot be run, fails, or takes too long.
    pub(crate) async fn run<T: AsRef<OsStr>>(
        &self,
        at: At<'_>,
        task: &'static str,
        args: &[T],
        input: &[u8],
    ) -> Result<Answer, CloneError> {
        let answer = self.ask(at, task, args, input).await?;
        if answer.success {
            Ok(answer)
        } else {
            Err(answer.failure(task))
        }
    }

    /// Runs Git, whose exit code may be the answer.
    ///
    /// # Errors
    ///
    /// If it cannot be run, or takes too long.
    pub(crate) async fn ask<T: AsRef<OsStr>>(
        &self,
        at: At<'_>,
        task: &'static str,
        args: &[T],
        input: &[u8],
    ) -> Result<Answer, CloneError> {
        let running = self.go(at, args, input);
        match tokio::time::timeout(PATIENCE, running).await {
            Ok(answer) => answer.map_err(|source| CloneError::NoGit { source }),
            Err(_) => Err(CloneError::TooSlow {
                task,
                seconds: PATIENCE.as_secs(),
            }),
        }
    }

    async fn go<T: AsRef<OsStr>>(
        &self,
        at: At<'_>,
        args: &[T],
        input: &[u8],
    ) -> std::io::Result<Answer> {
        let mut command = Command::new("git");
        for setting in self.settings {
            command.arg("-c").arg(setting);
        }
        command
            .args(args)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("GIT_DIR", at.git_dir)
            .env("GIT_CONFIG_COUNT", self.overrides.len().to_string())
            .current_dir(at.work_tree.unwrap_or(at.git_dir))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for (number, (name, value)) in self.overrides.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{number}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        if self.is_apart {
            command.process_group(0);
        }
        if let Some(work_tree) = at.work_tree {
            command.env("GIT_WORK_TREE", work_tree);
        }
        if let Some(index) = at.index {
            command.env("GIT_INDEX_FILE", index);
        }
        let mut git = command.spawn()?;
        let mut stdin = git.stdin.take().expect("it is piped");
        let mut stdout = git.stdout.take().expect("it is piped").take(LONGEST_ANSWER);
        let mut stderr = git.stderr.take().expect("it is piped").take(LONGEST_ANSWER);
        let (mut answer, mut complaint) = (Vec::new(), Vec::new());
        let write = async {
            // A Git that has failed reads no more; its exit code tells.
            let _ = stdin.write_all(input).await;
            drop(stdin);
        };
        let ((), read, complained) = tokio::join!(
            write,
            stdout.read_to_end(&mut answer),
            stderr.read_to_end(&mut complaint)
        );
        read?;
        complained?;
        let status = git.wait().await?;
        Ok(Answer {
            // What is longer was cut off.
            success: status.success() && (answer.len() as u64) < LONGEST_ANSWER,
            stdout: answer,
            stderr: String::from_utf8_lossy(&complaint).into_owned(),
        })
    }
}

/// The end of what Git said, where it gives the reason, in one line.
fn shortened(said: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let text = lines.join("; ");
    if text.is_empty() {
        return "it gave no reason".to_owned();
    }
    let mut from = text.len().saturating_sub(LONGEST_COMPLAINT);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text[from..].to_owned()
}

/// The elements of a list that ends each with a NUL.
pub(super) fn records(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == 0)
        .filter(|record| !record.is_empty())
}
