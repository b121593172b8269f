//! What to type after trouble with a private clone.

use ocx_core::clones::{CloneError, Stage};

/// Hints for a failure.
pub(crate) fn of(error: &CloneError) -> Vec<String> {
    match error {
        CloneError::NotARepository { .. } => vec![
            "`git init` makes a repository here".to_owned(),
            "or work on your own files: `--set workspace=shared`".to_owned(),
        ],
        CloneError::NoGit { .. } => vec![
            "install Git, or work on your own files: `--set workspace=shared`".to_owned(),
        ],
        CloneError::OddAlternate { .. } => vec![
            "`git repack -a -d` in the repository makes it borrow nothing; remove `.git/objects/info/alternates` then"
                .to_owned(),
        ],
        CloneError::NoWork => vec![
            "`ocx --set workspace=clone run TASK` begins a session that leaves some".to_owned(),
        ],
        CloneError::NoSuchSession { .. } | CloneError::SeveralSessions { .. } => {
            vec!["`ocx changes` lists what sessions left".to_owned()]
        }
        CloneError::Running { session } => {
            vec![format!("`ocx stop {session}` ends it, and brings its work")]
        }
        CloneError::WouldOverwrite { .. } => vec![
            "commit them, or put them aside by `git stash --include-untracked`, and try again"
                .to_owned(),
        ],
        CloneError::Conflict {
            session,
            stage: Stage::Commits,
            ..
        } => vec![
            format!(
                "put the files right, `git add` and `git commit` them, and `ocx apply {session}` goes on"
            ),
            "or `git merge --abort` takes you back".to_owned(),
        ],
        CloneError::Conflict {
            session,
            stage: Stage::Uncommitted,
            ..
        } => vec![
            format!(
                "put the files right and `git add` them; `ocx discard {session}` then removes what is done with"
            ),
            "or `git checkout HEAD -- FILE` takes a file back".to_owned(),
        ],
        _ => Vec::new(),
    }
}
