//! Why a clone cannot be made, or its work not be brought.

use std::io;

use camino::Utf8PathBuf;

use crate::disk::PrivateDirError;

/// Why a clone cannot be made, or its work not be brought or taken over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloneError {
    /// The project has no repository that could be cloned.
    #[error("`{root}` is in no Git repository, so there is nothing to make a clone of")]
    NotARepository {
        /// The project's root.
        root: Utf8PathBuf,
    },
    /// Git is not installed, or cannot be run.
    #[error("a clone needs Git on this machine, and `git` cannot be run")]
    NoGit {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Git failed.
    #[error("Git could not {task}: {said}")]
    Git {
        /// What it was asked to do, such as `check out the files`.
        task: &'static str,
        /// What it said, shortened.
        said: String,
    },
    /// Git took too long.
    #[error("Git did not {task} within {seconds} s and was stopped")]
    TooSlow {
        /// What it was asked to do.
        task: &'static str,
        /// The limit.
        seconds: u64,
    },
    /// There is more of something than is worth a try.
    #[error("`{path}` has more {what} than ocx takes over, {limit}")]
    TooMuch {
        /// Where.
        path: Utf8PathBuf,
        /// Of what there is too much.
        what: &'static str,
        /// The limit, with its unit.
        limit: &'static str,
    },
    /// Something is at the place of a file or directory of Git's that is none.
    #[error("`{path}` is not what Git makes there")]
    OddFile {
        /// The path.
        path: Utf8PathBuf,
    },
    /// The repository borrows objects from a place that does not look like a repository.
    #[error(
        "the repository borrows objects from `{path}`, which is not the `objects` of a repository"
    )]
    OddAlternate {
        /// The place.
        path: Utf8PathBuf,
    },
    /// What arrived is not what was sent.
    #[error("the work of session {session} did not arrive as a whole")]
    Incomplete {
        /// The session.
        session: String,
    },
    /// A file or directory cannot be used.
    #[error("cannot use `{path}`")]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A directory of ocx's own is unusable.
    #[error(transparent)]
    Directory(#[from] PrivateDirError),
    /// No session has left work.
    #[error("no session has left work in this repository")]
    NoWork,
    /// No session of this name has left work.
    #[error("no session `{session}` has left work in this repository")]
    NoSuchSession {
        /// What was asked for.
        session: String,
    },
    /// Several sessions have left work, and none was named.
    #[error("several sessions have left work: {}", .sessions.join(", "))]
    SeveralSessions {
        /// Those that could be meant.
        sessions: Vec<String>,
    },
    /// A session is still running.
    #[error("session {session} is still running")]
    Running {
        /// The session.
        session: String,
    },
    /// Files of the user's, not committed, would be overwritten.
    #[error("changes of your own that are not committed would be overwritten: {}", .paths.join(", "))]
    WouldOverwrite {
        /// The files, relative to the top of the repository.
        paths: Vec<String>,
    },
    /// A merge stopped at conflicts, which are in the working tree now.
    #[error("the work of session {session} conflicts with yours in {}", .paths.join(", "))]
    Conflict {
        /// The session.
        session: String,
        /// What conflicts.
        stage: Stage,
        /// The files, relative to the top of the repository.
        paths: Vec<String>,
    },
}

/// What of a session's work is being taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its commits, by a merge.
    Commits,
    /// What it did not commit.
    Uncommitted,
}

impl CloneError {
    pub(super) fn file(path: impl Into<Utf8PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
