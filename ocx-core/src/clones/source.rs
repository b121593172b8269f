//! The user's repository, as far as a clone of it needs to know.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    CloneError,
    git::{At, HostGit, records},
    refs::Refs,
};
use crate::{
    disk::read_text,
    project::{GitLayout, Project},
};

/// Git's own files of this kind are far smaller.
const LARGEST_FILE: u64 = 1 << 20;

/// Git follows no longer chain.
const MOST_ALTERNATES: usize = 16;

/// A repository with more has them for a program, not for people.
const MOST_REFS: usize = 500_000;

/// What is known of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The Git directory of the working tree, a linked worktree's own.
    pub(crate) git_dir: Utf8PathBuf,
    /// The directory that all worktrees share.
    pub(crate) common_dir: Utf8PathBuf,
    /// The directories with objects, canonical: its own, and those that it borrows from.
    pub(crate) objects: Vec<Utf8PathBuf>,
    /// The name of its hash, `sha1` or `sha256`.
    pub(crate) object_format: String,
    /// What it has checked out.
    pub(crate) head: Head,
    /// Branches, tags and remote-tracking branches.
    pub(crate) refs: Refs,
    /// Where its history was cut off, as the file says it.
    pub(crate) shallow: Option<String>,
    /// The remote that has the objects which are not here.
    pub(crate) partial_clone: Option<String>,
    /// Remotes, and what branches follow, by the full name of the variable.
    pub(crate) remotes: Vec<(String, String)>,
    /// What Git ignores here beside what the project's files say.
    pub(crate) exclude: String,
}

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The full name of the branch; none if `HEAD` is detached.
    pub(crate) branch: Option<String>,
    /// The commit; none if there is none yet.
    pub(crate) commit: Option<String>,
}

/// The Git directory of a project's own working tree.
pub(crate) fn git_dir(git: &GitLayout) -> &Utf8Path {
    git.worktree_dir.as_deref().unwrap_or(&git.common_dir)
}

/// The repository of a project.
///
/// # Errors
///
/// If there is none.
pub(crate) fn layout(project: &Project) -> Result<&GitLayout, CloneError> {
    project
        .git
        .as_ref()
        .ok_or_else(|| CloneError::NotARepository {
            root: project.root.clone(),
        })
}

impl Source {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// If Git fails, or the repository is made in a way that cannot be followed.
    pub(crate) async fn read(git: &HostGit, layout: &GitLayout) -> Result<Self, CloneError> {
        const TASK: &str = "read the repository";
        let (git_dir, common_dir) = (git_dir(layout), &layout.common_dir);
        let at = At::git_dir(git_dir);
        let objects = object_directories(common_dir)?;
        let (format, branch, commit, refs, partial, remotes) = tokio::join!(
            git.run(at, TASK, &["rev-parse", "--show-object-format"], b""),
            git.ask(at, TASK, &["symbolic-ref", "--quiet", "HEAD"], b""),
            git.ask(
                at,
                TASK,
                &["rev-parse", "--quiet", "--verify", "HEAD^{commit}"],
                b""
            ),
            read_refs(git, git_dir, &["refs/heads", "refs/tags", "refs/remotes"]),
            git.ask(
                at,
                TASK,
                &["config", "--get", "extensions.partialclone"],
                b""
            ),
            git.ask(
                at,
                TASK,
                &["config", "--null", "--get-regexp", REMOTES],
                b""
            ),
        );
        let given = |answer: super::git::Answer| Some(answer.text()).filter(|_| answer.success);
        Ok(Self {
            git_dir: git_dir.to_owned(),
            common_dir: common_dir.clone(),
            objects,
            object_format: format?.text(),
            head: Head {
                branch: given(branch?),
                commit: given(commit?),
            },
            refs: refs?,
            shallow: optional_text(&common_dir.join("shallow"))?,
            partial_clone: given(partial?),
            remotes: variables(&remotes?.stdout),
            exclude: optional_text(&common_dir.join("info/exclude"))?.unwrap_or_default(),
        })
    }
}

/// Remotes, and what branches follow. Both only name things.
const REMOTES: &str = r"^(remote\..*\.(url|pushurl|fetch)|branch\..*\.(remote|merge))$";

/// References of a repository without symbolic ones, whose names begin with one of these.
pub(crate) async fn read_refs(
    git: &HostGit,
    git_dir: &Utf8Path,
    patterns: &[&str],
) -> Result<Refs, CloneError> {
    let args: Vec<&str> = [
        "for-each-ref",
        "--format=%(objectname) %(symref) %(refname)",
    ]
    .into_iter()
    .chain(patterns.iter().copied())
    .collect();
    let answer = git
        .run(At::git_dir(git_dir), "list the references", &args, b"")
        .await?;
    let text = answer.text();
    let refs: Refs = text
        .lines()
        .filter_map(|line| {
            let (object, rest) = line.split_once(' ')?;
            let (symbolic, name) = rest.split_once(' ')?;
            symbolic
                .is_empty()
                .then(|| (name.to_owned(), object.to_owned()))
        })
        .collect();
    if refs.len() > MOST_REFS {
        return Err(CloneError::TooMuch {
            path: git_dir.to_owned(),
            what: "references",
            limit: "500000",
        });
    }
    Ok(refs)
}

/// The directory with the repository's objects, and those that it borrows from.
///
/// Both are made readable in a session, so neither may lead to anything but objects.
fn object_directories(common_dir: &Utf8Path) -> Result<Vec<Utf8PathBuf>, CloneError> {
    let own = common_dir.join("objects");
    if own.canonicalize_utf8().map_err(CloneError::file(&own))? != own {
        return Err(CloneError::OddFile { path: own });
    }
    let (mut found, mut seen) = (vec![own.clone()], BTreeSet::from([own]));
    let mut next = 0;
    while let Some(directory) = found.get(next).cloned() {
        next += 1;
        let file = directory.join("info/alternates");
        let Some(text) = optional_text(&file)? else {
            continue;
        };
        let lines = text.lines().map(str::trim_end);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let path = directory.join(line);
            // Git goes on without it as well.
            let Ok(path) = path.canonicalize_utf8() else {
                continue;
            };
            if !seen.insert(path.clone()) {
                continue;
            }
            if !is_objects(&path) {
                return Err(CloneError::OddAlternate { path });
            }
            found.push(path);
        }
        if found.len() > MOST_ALTERNATES {
            return Err(CloneError::TooMuch {
                path: file,
                what: "alternates",
                limit: "16",
            });
        }
    }
    Ok(found)
}

/// Whether a directory is the `objects` of a repository.
fn is_objects(path: &Utf8Path) -> bool {
    let repository = path.parent();
    path.file_name() == Some("objects")
        && path.is_dir()
        && repository.is_some_and(|git_dir| {
            git_dir.join("refs").is_dir() && git_dir.join("HEAD").symlink_metadata().is_ok()
        })
}

/// The text of a file that need not be there.
fn optional_text(path: &Utf8Path) -> Result<Option<String>, CloneError> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    read_text(path, LARGEST_FILE)
        .map(Some)
        .map_err(CloneError::file(path))
}

/// `key LF value NUL` records.
fn variables(list: &[u8]) -> Vec<(String, String)> {
    records(list)
        .filter_map(|record| std::str::from_utf8(record).ok()?.split_once('\n'))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::project::sandbox::Sandbox;

    #[test]
    fn objects_may_be_borrowed_from_repositories_only() {
        let sandbox = Sandbox::new();
        let own = sandbox.git_dir("a/.git");
        let mirror = sandbox.git_dir("mirror.git").join("objects");
        let far = sandbox.git_dir("far.git").join("objects");
        let alternates = |text: &str| {
            sandbox.write("a/.git/objects/info/alternates", text);
            object_directories(&own)
        };
        sandbox.write("mirror.git/objects/info/alternates", &format!("{far}\n"));
        let expected = [own.join("objects"), mirror.clone(), far];
        let text = format!("# a comment\n{mirror}\n\n{}/gone\n", sandbox.top);
        assert_eq!(alternates(&text).unwrap(), expected);
        assert_eq!(
            alternates("../../../mirror.git/objects\n").unwrap(),
            expected
        );

        let keys = sandbox.directory("home/.ssh");
        let named = sandbox.directory("home/keys/objects");
        std::os::unix::fs::symlink(&keys, sandbox.top.join("link")).unwrap();
        for odd in [keys, named, sandbox.top.join("link")] {
            let error = alternates(odd.as_str()).unwrap_err();
            assert!(
                matches!(error, CloneError::OddAlternate { .. }),
                "{odd}: {error}"
            );
        }
        // A circle ends.
        sandbox.write(
            "mirror.git/objects/info/alternates",
            &format!("{}\n", own.join("objects")),
        );
        assert_eq!(alternates(mirror.as_str()).unwrap().len(), 2);
    }

    #[test]
    fn objects_that_are_elsewhere_are_not_followed() {
        let sandbox = Sandbox::new();
        let own = sandbox.git_dir("a/.git");
        fs::remove_dir(own.join("objects")).unwrap();
        let secret = sandbox.directory("home/.ssh");
        std::os::unix::fs::symlink(secret, own.join("objects")).unwrap();
        let error = object_directories(&own).unwrap_err();
        assert!(matches!(error, CloneError::OddFile { .. }), "{error}");
    }
}
