//! Taking a session's work over into the user's branch.

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    CloneError, Work,
    config::without_filters,
    error::Stage,
    git::{Answer, At, HostGit, records},
    refs::{self, Refs},
    source::git_dir,
    work::{changed_files, delete},
};
use crate::{host::Host, project::GitLayout};

/// What was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TakenOver {
    /// The session.
    pub session: String,
    /// How many commits are in the branch now that were not before.
    pub commits: usize,
    /// How many files are changed now and not committed.
    pub files: usize,
    /// References of the session's that hold more than was taken over, and stay.
    pub left: Vec<String>,
    /// The commit that held what is not committed; Git keeps it for some weeks.
    pub uncommitted: Option<String>,
}

/// Merges a session's commits into the current branch and puts what it had not committed into the
/// working tree, not committed either. Then all of the session's references go that hold nothing else.
///
/// Git runs as the user would run it, so that the user's identity and settings count, but without hooks,
/// and without the filters and drivers of the repository's own configuration: they may lie in the working
/// tree, where the session's are by then.
///
/// # Errors
///
/// If changes of the user's own would be overwritten, in which case nothing is changed, or at conflicts,
/// which are left in the working tree as Git leaves them.
pub(crate) async fn take_over(
    host: &Host,
    layout: &GitLayout,
    work: &Work,
) -> Result<TakenOver, CloneError> {
    const TASK: &str = "take the work over";
    let neutral = HostGit::neutral(host);
    let git_dir = git_dir(layout);
    let at = At::git_dir(git_dir).tree(&layout.top_level);
    let git = without_filters(&HostGit::as_user(host), at).await?;
    refuse_to_overwrite(&git, at, work).await?;

    let before = commit(&git, at, "HEAD").await?;
    if let Some(head) = &work.head
        && before.as_ref() != Some(head)
    {
        let message = format!("Merge the work of ocx session {}", work.session);
        let args = ["merge", "--no-edit", "--no-stat", "-m", &message, head];
        let merged = git.ask(at, TASK, &args, b"").await?;
        judge(&git, at, work, Stage::Commits, &merged).await?;
    }
    let after = commit(&git, at, "HEAD").await?;
    let commits = match (&before, &after) {
        (Some(before), Some(after)) => {
            let range = format!("{before}..{after}");
            let args = ["rev-list", "--count", &range];
            git.run(at, TASK, &args, b"")
                .await?
                .text()
                .parse()
                .unwrap_or_default()
        }
        (None, Some(after)) => {
            let args = ["rev-list", "--count", after];
            git.run(at, TASK, &args, b"")
                .await?
                .text()
                .parse()
                .unwrap_or_default()
        }
        (_, None) => 0,
    };
    let mut files = 0;
    if let Some(uncommitted) = &work.uncommitted {
        let changed = changed_files(&neutral, git_dir, work.head.as_deref(), uncommitted).await?;
        files = changed.len();
        let picked = if after.is_some() {
            let args = ["cherry-pick", "--no-commit", "--allow-empty", uncommitted];
            git.ask(at, TASK, &args, b"").await?
        } else {
            // On a branch without a commit there is nothing to pick onto.
            git.ask(at, TASK, &["read-tree", "-m", "-u", uncommitted], b"")
                .await?
        };
        judge(&git, at, work, Stage::Uncommitted, &picked).await?;
        unstage(&git, at, &changed).await?;
    }
    let left = forget_what_arrived(&neutral, at, work).await?;
    Ok(TakenOver {
        session: work.session.clone(),
        commits,
        files,
        left,
        uncommitted: work.uncommitted.clone(),
    })
}

/// Leaves files changed and not staged, as a session without a clone does; a merge of the next session's
/// work would be refused otherwise.
async fn unstage(git: &HostGit, at: At<'_>, files: &[Utf8PathBuf]) -> Result<(), CloneError> {
    let list: String = files.iter().map(|file| format!("{file}\0")).collect();
    let args = [
        "--literal-pathspecs",
        "reset",
        "--quiet",
        "--pathspec-from-file=-",
        "--pathspec-file-nul",
    ];
    git.ask(at, "take the work over", &args, list.as_bytes())
        .await?;
    Ok(())
}

/// Git refuses to overwrite as well, but not in each step, and a step may have been done by then.
async fn refuse_to_overwrite(git: &HostGit, at: At<'_>, work: &Work) -> Result<(), CloneError> {
    let Some(tip) = work.tip() else {
        return Ok(());
    };
    let args = [
        "status",
        "--porcelain",
        "-z",
        "--no-renames",
        "--untracked-files=all",
    ];
    let status = git.run(at, "look for changes", &args, b"").await?;
    let own: Vec<String> = records(&status.stdout)
        .filter_map(|record| Some(String::from_utf8_lossy(record.get(3..)?).into_owned()))
        .collect();
    if own.is_empty() {
        return Ok(());
    }
    let current = commit(git, at, "HEAD").await?;
    let base = match (&current, &work.base) {
        (Some(current), Some(_)) => {
            let args = ["merge-base", current, tip];
            let base = git.ask(at, "look for changes", &args, b"").await?;
            Some(base.text()).filter(|_| base.success)
        }
        _ => None,
    };
    let theirs = changed_files(git, at.git_dir, base.as_deref(), tip).await?;
    let paths: Vec<String> = own
        .into_iter()
        .filter(|own| theirs.iter().any(|path| path == own.as_str()))
        .collect();
    if paths.is_empty() {
        Ok(())
    } else {
        Err(CloneError::WouldOverwrite { paths })
    }
}

async fn commit(git: &HostGit, at: At<'_>, name: &str) -> Result<Option<String>, CloneError> {
    let name = format!("{name}^{{commit}}");
    let args = ["rev-parse", "--quiet", "--verify", &name];
    let answer = git.ask(at, "read a commit", &args, b"").await?;
    Ok(Some(answer.text()).filter(|_| answer.success))
}

/// What a step that did not succeed has come to: conflicts are in the index, and else nothing was done.
async fn judge(
    git: &HostGit,
    at: At<'_>,
    work: &Work,
    stage: Stage,
    answer: &Answer,
) -> Result<(), CloneError> {
    const TASK: &str = "take the work over";
    if answer.success {
        return Ok(());
    }
    let args = ["diff", "--name-only", "--diff-filter=U", "-z"];
    let conflicts = git.run(at, TASK, &args, b"").await?;
    let paths: Vec<String> = records(&conflicts.stdout)
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    if paths.is_empty() {
        return Err(answer.failure(TASK));
    }
    Err(CloneError::Conflict {
        session: work.session.clone(),
        stage,
        paths,
    })
}

/// Removes the session's references that hold nothing which is not in the current branch now, and
/// returns the others.
async fn forget_what_arrived(
    git: &HostGit,
    at: At<'_>,
    work: &Work,
) -> Result<Vec<String>, CloneError> {
    let mut arrived = Refs::new();
    let mut left = Vec::new();
    for (name, object) in &work.refs {
        if is_in_branch(git, at.git_dir, object).await? {
            arrived.insert(name.clone(), object.clone());
        } else {
            left.push(name.clone());
        }
    }
    let directory = refs::directory(&work.session);
    let special = [
        (refs::UNCOMMITTED, &work.uncommitted),
        (refs::HEAD, &work.head),
        (refs::BASE, &work.base),
    ];
    let known = super::source::read_refs(git, at.git_dir, &[&directory]).await?;
    for (name, object) in special {
        let name = format!("{directory}{name}");
        // What is left is shown against what the session began with.
        let stays = name.ends_with(refs::BASE) && !left.is_empty();
        if let (Some(object), false) = (object, stays)
            && known.contains_key(&name)
        {
            arrived.insert(name, object.clone());
        }
    }
    delete(git, at.git_dir, &arrived).await?;
    Ok(left)
}

async fn is_in_branch(git: &HostGit, git_dir: &Utf8Path, object: &str) -> Result<bool, CloneError> {
    let args = ["merge-base", "--is-ancestor", object, "HEAD"];
    let answer = git
        .ask(At::git_dir(git_dir), "compare commits", &args, b"")
        .await?;
    Ok(answer.success)
}
