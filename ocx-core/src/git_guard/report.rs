//! What a guard found and did.

use std::{fmt, io};

use camino::Utf8PathBuf;

/// What came of guarding a repository in a session.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct GitReport {
    /// What was put back, in the order in which it was found.
    pub reverted: Vec<Reverted>,
    /// The directory with everything that was taken out of the repository; nothing is lost.
    pub kept_aside: Option<Utf8PathBuf>,
    /// Files of the project that the session changed and that programs of the host run or read on
    /// their own: editors, shells, package managers, Git's own hooks. Relative to the project.
    pub host_run_files: Vec<Utf8PathBuf>,
    /// Remotes that were there before and lead elsewhere now.
    pub moved_remotes: Vec<MovedRemote>,
    /// What could not be looked at or put back.
    pub gaps: Vec<Gap>,
}

impl GitReport {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reverted.is_empty()
            && self.host_run_files.is_empty()
            && self.moved_remotes.is_empty()
            && self.gaps.is_empty()
    }

    /// Adds what another guard found.
    pub fn append(&mut self, mut other: Self) {
        self.reverted.append(&mut other.reverted);
        self.kept_aside = other.kept_aside.or_else(|| self.kept_aside.take());
        self.moved_remotes.append(&mut other.moved_remotes);
        self.gaps.append(&mut other.gaps);
        for file in other.host_run_files {
            if !self.host_run_files.contains(&file) {
                self.host_run_files.push(file);
            }
        }
    }
}

/// How many names of files the report's one line holds.
const NAMED: usize = 8;

impl GitReport {
    /// What there is to tell, one thing a line. Names of files are the session's own: whoever prints
    /// them makes them printable.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.reverted.iter().map(ToString::to_string).collect();
        if let Some(directory) = self
            .kept_aside
            .as_ref()
            .filter(|_| !self.reverted.is_empty())
        {
            lines.push(format!("what was taken out is kept in {directory}"));
        }
        lines.extend(self.moved_remotes.iter().map(ToString::to_string));
        if !self.host_run_files.is_empty() {
            let named: Vec<&str> = self
                .host_run_files
                .iter()
                .take(NAMED)
                .map(|file| file.as_str())
                .collect();
            let more = self.host_run_files.len() - named.len();
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            lines.push(format!(
                "changed, and run or read by programs of this machine on their own: {}{more}",
                named.join(", ")
            ));
        }
        lines.extend(self.gaps.iter().map(ToString::to_string));
        lines
    }
}

impl fmt::Display for GitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

/// Something that the session changed and that was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reverted {
    /// The file or directory.
    pub path: Utf8PathBuf,
    /// What was put back.
    pub change: Change,
}

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Variables of a configuration file. All else that was changed in it stays.
    Keys(Vec<String>),
    /// A configuration file that Git could not have read, or would never have written.
    Malformed,
    /// It was not there before, and is not there now.
    Added,
    /// It has its former content again.
    Altered,
    /// It is there again.
    Removed,
    /// It was put into the session's own copy, which never became the host's.
    OnlyInside,
    /// Git runs it and does not any more: it may not be executed. Its content stays.
    Disarmed,
}

impl fmt::Display for Reverted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.change {
            Change::Keys(keys) => write!(f, "{path}: put back {}", keys.join(", ")),
            Change::Malformed => write!(f, "{path}: put back, it was broken"),
            Change::Added => write!(f, "{path}: taken out"),
            Change::Altered => write!(f, "{path}: put back"),
            Change::Removed => write!(f, "{path}: restored"),
            Change::OnlyInside => write!(f, "{path}: was changed inside only"),
            Change::Disarmed => write!(
                f,
                "{path}: changed, and Git would run it: it is not executable any more"
            ),
        }
    }
}

/// A remote that leads elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedRemote {
    /// The configuration file.
    pub file: Utf8PathBuf,
    /// The remote.
    pub name: String,
    /// Where it leads now; the last URL if there are several, nothing if it is gone.
    pub url: Option<String>,
}

impl fmt::Display for MovedRemote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, name, url } = self;
        match url {
            Some(url) => write!(f, "{file}: the remote `{name}` is {url} now"),
            None => write!(f, "{file}: the remote `{name}` is gone"),
        }
    }
}

/// Something that could not be looked at or put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Gap {
    /// The system refused it.
    #[error("`{path}` cannot be guarded: {source}")]
    Refused {
        /// The file or directory.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is too large to be compared, or is no file.
    #[error("`{path}` is not a file that can be compared")]
    NotComparable {
        /// The file.
        path: Utf8PathBuf,
    },
    /// There is more below a directory than is looked at.
    #[error("not everything below `{path}` was looked at")]
    TooMuch {
        /// The directory.
        path: Utf8PathBuf,
    },
}
