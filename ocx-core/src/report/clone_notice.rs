//! Facts about a session's private clone.

use std::fmt;

use camino::Utf8PathBuf;

use super::Severity;

/// A fact about a session's private clone. [`fmt::Display`] says it in one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloneNotice {
    /// The user has changes that are not committed, and so not in the clone.
    LeavesOut {
        /// How many files have them.
        files: usize,
    },
    /// The repository has submodules, which are empty in the clone.
    Submodules,
    /// The repository borrows objects, which a session can read therefore.
    Borrows {
        /// From where.
        from: Vec<Utf8PathBuf>,
    },
    /// A session has left work, which is in the user's repository now.
    Work {
        /// The session.
        session: String,
        /// How many commits.
        commits: usize,
        /// How many files with changes that it had not committed.
        uncommitted_files: usize,
    },
    /// A clone stays, since something of it is not in the user's repository.
    Kept {
        /// The session.
        session: String,
        /// Its files.
        directory: Utf8PathBuf,
        /// Why.
        reason: String,
    },
}

impl CloneNotice {
    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::Kept { .. } => Severity::Warning,
            Self::LeavesOut { .. }
            | Self::Submodules
            | Self::Borrows { .. }
            | Self::Work { .. } => Severity::Note,
        }
    }
}

impl fmt::Display for CloneNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeavesOut { files } => write!(
                f,
                "the session works on a clone of the last commit: your changes to {} are not in it, since they are not committed",
                counted(*files, "file")
            ),
            Self::Submodules => {
                f.write_str("submodules are empty in the clone that the session works on")
            }
            Self::Borrows { from } => {
                let from: Vec<&str> = from.iter().map(|path| path.as_str()).collect();
                write!(
                    f,
                    "the repository borrows objects, which the session can read: {}",
                    from.join(", ")
                )
            }
            Self::Work {
                session,
                commits,
                uncommitted_files,
            } => {
                let commits = (*commits > 0).then(|| counted(*commits, "commit"));
                let files = (*uncommitted_files > 0)
                    .then(|| format!("changes to {}", counted(*uncommitted_files, "file")));
                let work: Vec<String> = commits.into_iter().chain(files).collect();
                let work = if work.is_empty() {
                    "references".to_owned()
                } else {
                    work.join(" and ")
                };
                write!(f, "session {session} has left {work}")
            }
            Self::Kept {
                session,
                directory,
                reason,
            } => write!(
                f,
                "the clone of session {session} is kept in {directory}: {reason}"
            ),
        }
    }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_session_has_left() {
        let left = |commits, uncommitted_files| {
            let session = "1a2b".to_owned();
            CloneNotice::Work {
                session,
                commits,
                uncommitted_files,
            }
            .to_string()
        };
        assert_eq!(left(1, 0), "session 1a2b has left 1 commit");
        assert_eq!(
            left(2, 1),
            "session 1a2b has left 2 commits and changes to 1 file"
        );
        assert_eq!(left(0, 3), "session 1a2b has left changes to 3 files");
        assert_eq!(left(0, 0), "session 1a2b has left references");
    }
}
