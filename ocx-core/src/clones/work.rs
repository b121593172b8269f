//! What sessions left in the user's repository.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::{
    CloneError,
    git::{At, HostGit, records},
    refs::{self, BASE, HEAD, PREFIX, Refs, UNCOMMITTED, is_session},
};

/// What a session left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// The session.
    pub session: String,
    /// The commit that it began with; none if there was none.
    pub base: Option<String>,
    /// The commit that it was at when it ended.
    pub head: Option<String>,
    /// What it had not committed, as a commit on top of that.
    pub uncommitted: Option<String>,
    /// Its branches, tags and stashes, by their names in the user's repository. More than
    /// [`head`](Self::head) may be in them.
    pub refs: BTreeMap<String, String>,
    /// How many commits there are that it did not begin with.
    pub commits: usize,
    /// How many files of it are not committed.
    pub uncommitted_files: usize,
    /// When it last committed something, as the commits say, or its work was brought.
    pub when: Option<Timestamp>,
}

impl Work {
    /// The commit with all of the session's work in it.
    #[must_use]
    pub(crate) fn tip(&self) -> Option<&str> {
        self.uncommitted.as_deref().or(self.head.as_deref())
    }

    fn of(session: &str, all: &Refs) -> Self {
        let directory = refs::directory(session);
        let own: Refs = all
            .iter()
            .filter(|(name, _)| name.starts_with(&directory))
            .map(|(name, object)| (name.clone(), object.clone()))
            .collect();
        let named = |name: &str| own.get(&format!("{directory}{name}")).cloned();
        let special = [BASE, HEAD, UNCOMMITTED].map(|name| format!("{directory}{name}"));
        Self {
            session: session.to_owned(),
            base: named(BASE),
            head: named(HEAD).or_else(|| named(BASE)),
            uncommitted: named(UNCOMMITTED),
            refs: own
                .into_iter()
                .filter(|(name, _)| !special.contains(name))
                .collect(),
            commits: 0,
            uncommitted_files: 0,
            when: None,
        }
    }

    /// Whether it is more than a note that a session has begun.
    fn is_any(&self) -> bool {
        self.uncommitted.is_some() || self.head != self.base || !self.refs.is_empty()
    }
}

/// The work of all sessions, sorted by their names.
///
/// # Errors
///
/// If Git fails.
pub(crate) async fn all(git: &HostGit, git_dir: &Utf8Path) -> Result<Vec<Work>, CloneError> {
    let refs = super::source::read_refs(git, git_dir, &[PREFIX]).await?;
    let mut sessions: Vec<&str> = refs
        .keys()
        .filter_map(|name| name.strip_prefix(PREFIX)?.split('/').next())
        .filter(|session| is_session(session))
        .collect();
    sessions.dedup();
    let mut found = Vec::new();
    for session in sessions {
        let mut work = Work::of(session, &refs);
        if work.is_any() {
            count(git, git_dir, &mut work).await?;
            found.push(work);
        }
    }
    Ok(found)
}

async fn count(git: &HostGit, git_dir: &Utf8Path, work: &mut Work) -> Result<(), CloneError> {
    const TASK: &str = "count a session's commits";
    let at = At::git_dir(git_dir);
    let tips = work.head.iter().chain(work.refs.values());
    let mut input: String = tips.map(|tip| format!("{tip}\n")).collect();
    input.extend(work.base.iter().map(|base| format!("^{base}\n")));
    // What the user had before is no session's.
    input.push_str("--not\n--branches\n--tags\n--remotes\n");
    if work.head.is_some() || !work.refs.is_empty() {
        let args = ["rev-list", "--count", "--ignore-missing", "--stdin"];
        let count = git.ask(at, TASK, &args, input.as_bytes()).await?;
        work.commits = count.text().parse().unwrap_or_default();
    }
    if let Some(commit) = &work.uncommitted {
        work.uncommitted_files = changed_files(git, git_dir, work.head.as_deref(), commit)
            .await?
            .len();
    }
    if let Some(tip) = work.tip() {
        let args = ["log", "-1", "--format=%ct", tip];
        let when = git.ask(at, TASK, &args, b"").await?.text();
        work.when = when
            .parse()
            .ok()
            .and_then(|second| Timestamp::from_second(second).ok());
    }
    Ok(())
}

/// The files that differ between two commits; from nothing if there is no first one.
pub(crate) async fn changed_files(
    git: &HostGit,
    git_dir: &Utf8Path,
    from: Option<&str>,
    to: &str,
) -> Result<Vec<Utf8PathBuf>, CloneError> {
    const TASK: &str = "compare commits";
    let at = At::git_dir(git_dir);
    let from = from_or_nothing(git, git_dir, from).await?;
    let args = [
        "diff-tree",
        "-r",
        "-z",
        "--name-only",
        "--no-renames",
        &from,
        to,
    ];
    let list = git.run(at, TASK, &args, b"").await?;
    Ok(records(&list.stdout)
        .map(|name| String::from_utf8_lossy(name).into_owned().into())
        .collect())
}

/// A commit, or the tree without files.
pub(crate) async fn from_or_nothing(
    git: &HostGit,
    git_dir: &Utf8Path,
    commit: Option<&str>,
) -> Result<String, CloneError> {
    match commit {
        Some(commit) => Ok(commit.to_owned()),
        None => {
            let at = At::git_dir(git_dir);
            Ok(git
                .run(at, "compare commits", &["mktree"], b"")
                .await?
                .text())
        }
    }
}

/// The one that is meant: whose session begins like `wanted`, or the only one.
///
/// # Errors
///
/// If there is none, or more than one.
pub(crate) fn choose<'a>(all: &'a [Work], wanted: Option<&str>) -> Result<&'a Work, CloneError> {
    let matching: Vec<&Work> = all
        .iter()
        .filter(|work| wanted.is_none_or(|wanted| work.session.starts_with(wanted)))
        .collect();
    match (matching.as_slice(), wanted) {
        (&[one], _) => Ok(one),
        ([], None) => Err(CloneError::NoWork),
        ([], Some(session)) => Err(CloneError::NoSuchSession {
            session: session.to_owned(),
        }),
        (several, _) => Err(CloneError::SeveralSessions {
            sessions: several.iter().map(|work| work.session.clone()).collect(),
        }),
    }
}

/// Removes references, each only if it still is what is said.
///
/// # Errors
///
/// If Git fails; then none is removed.
pub(crate) async fn delete(
    git: &HostGit,
    git_dir: &Utf8Path,
    refs: &Refs,
) -> Result<(), CloneError> {
    if refs.is_empty() {
        return Ok(());
    }
    let lines: String = refs
        .iter()
        .map(|(name, object)| format!("delete {name} {object}\n"))
        .collect();
    let args = ["update-ref", "--no-deref", "--stdin"];
    let at = At::git_dir(git_dir);
    git.run(at, "remove references", &args, lines.as_bytes())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(session: &str) -> Work {
        Work::of(session, &Refs::new())
    }

    #[test]
    fn a_session_is_named_by_its_beginning_or_is_the_only_one() {
        let all = [work("abc"), work("abd"), work("x")];
        assert_eq!(choose(&all, Some("x")).unwrap().session, "x");
        assert_eq!(choose(&all, Some("abd")).unwrap().session, "abd");
        assert_eq!(choose(&all[..1], None).unwrap().session, "abc");
        let error = |wanted| choose(&all, wanted).unwrap_err().to_string();
        assert_eq!(
            error(Some("ab")),
            "several sessions have left work: abc, abd"
        );
        assert_eq!(error(None), "several sessions have left work: abc, abd, x");
        assert!(matches!(
            choose(&all, Some("q")),
            Err(CloneError::NoSuchSession { .. })
        ));
        assert!(matches!(choose(&[], None), Err(CloneError::NoWork)));
    }

    #[test]
    fn references_of_one_session() {
        let refs: Refs = [
            ("refs/ocx/a/base", "1"),
            ("refs/ocx/a/HEAD", "2"),
            ("refs/ocx/a/heads/base", "3"),
            ("refs/ocx/a/uncommitted", "4"),
            ("refs/ocx/ab/base", "5"),
        ]
        .map(|(name, object)| (name.to_owned(), object.to_owned()))
        .into();
        let found = Work::of("a", &refs);
        assert_eq!(found.base.as_deref(), Some("1"));
        assert_eq!(found.head.as_deref(), Some("2"));
        assert_eq!(found.tip(), Some("4"));
        assert_eq!(
            found.refs,
            [("refs/ocx/a/heads/base".to_owned(), "3".to_owned())].into()
        );
        let only_begun = Work::of("ab", &refs);
        assert!(!only_begun.is_any() && found.is_any());
    }
}
