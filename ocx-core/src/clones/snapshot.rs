//! What a session did not commit, as a commit.
//!
//! Git is told which files to take, one by one, by commands that run neither filters nor hooks and do
//! not look into repositories within the working tree: those could name a program.

use std::{
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use camino::Utf8Path;
use rustix::fs::FileType;

use super::{
    CloneError,
    clone_dir::{CloneDir, Record},
    create::{entries, leave_out},
    git::{At, HostGit, records},
    quarantine::Quarantine,
};
use crate::git_guard::HeldDir;

/// What is not committed is hashed file by file; more is not a session's work any more, in bytes.
const LARGEST_CHANGE: u64 = 4 << 30;

/// A tree with more directories is not walked.
const MOST_DIRECTORIES: usize = 1_000_000;

/// What a session had in its working tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// The commit that the session was at.
    pub(crate) head: Option<String>,
    /// All that it had not committed, as a commit on top of that.
    pub(crate) uncommitted: Option<String>,
    /// Repositories within the working tree, whose content is in neither.
    pub(crate) repositories: Vec<String>,
}

impl Snapshot {
    /// Takes it, in the quarantine.
    ///
    /// # Errors
    ///
    /// If Git fails, or there is too much.
    pub(crate) async fn take(
        git: &HostGit,
        dir: &CloneDir,
        record: &Record,
        quarantine: &Quarantine,
    ) -> Result<Self, CloneError> {
        const TASK: &str = "take what is not committed";
        refuse_pipes(&dir.tree())?;
        let (tree, index) = (dir.tree(), dir.path().join("index.now"));
        fs::copy(dir.index(), &index).map_err(CloneError::file(dir.index()))?;
        let at = At::git_dir(&quarantine.git_dir).tree(&tree).index(&index);
        let args = ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"];
        let head = git.ask(at, TASK, &args, b"").await?;
        let head = Some(head.text()).filter(|_| head.success);
        match (&record.base, &head) {
            // What is unchanged keeps what the index knows of it, so that it is not read again.
            (Some(base), Some(head)) if base != head => {
                git.run(at, TASK, &["read-tree", "-m", "-i", base, head], b"")
                    .await?;
            }
            (None, Some(head)) => {
                git.run(at, TASK, &["read-tree", head], b"").await?;
            }
            (Some(_), None) => {
                git.run(at, TASK, &["read-tree", "--empty"], b"").await?;
            }
            _ => {}
        }
        leave_out(git, at, &record.selection()).await?;
        let repositories = add_changes(git, at, &tree).await?;
        let written = git.run(at, TASK, &["write-tree"], b"").await?.text();
        let before = match &head {
            Some(head) => {
                let tree = format!("{head}^{{tree}}");
                git.run(at, TASK, &["rev-parse", "--verify", &tree], b"")
                    .await?
                    .text()
            }
            None => git.run(at, TASK, &["mktree"], b"").await?.text(),
        };
        let mut snapshot = Self {
            head,
            uncommitted: None,
            repositories,
        };
        if written != before {
            let message = format!("Not committed in ocx session {}", dir.session());
            let mut args = vec!["commit-tree", &written, "-m", &message];
            if let Some(head) = &snapshot.head {
                args.extend(["-p", head]);
            }
            let commit = git.run(at, TASK, &args, b"").await?.text();
            snapshot.uncommitted = Some(commit);
        }
        Ok(snapshot)
    }
}

/// Adds to the index all that was changed, made and removed, and returns the repositories that are left
/// out.
async fn add_changes(
    git: &HostGit,
    at: At<'_>,
    tree: &Utf8Path,
) -> Result<Vec<String>, CloneError> {
    const TASK: &str = "take what is not committed";
    let submodules: Vec<Vec<u8>> = entries(git, at)
        .await?
        .into_iter()
        .filter(|entry| entry.is_submodule)
        .map(|entry| entry.name)
        .collect();
    let args = [
        "ls-files",
        "-z",
        "--modified",
        "--deleted",
        "--others",
        "--exclude-standard",
    ];
    let list = git.run(at, TASK, &args, b"").await?;
    let (mut repositories, mut changed, mut size) = (Vec::new(), Vec::new(), 0);
    for name in records(&list.stdout) {
        let path = tree.as_std_path().join(std::ffi::OsStr::from_bytes(name));
        let is_submodule = submodules.iter().any(|known| known == name);
        if name.ends_with(b"/") || is_submodule && path.join(".git").symlink_metadata().is_ok() {
            repositories.push(String::from_utf8_lossy(name).into_owned());
            continue;
        }
        if is_submodule {
            continue;
        }
        size += path.symlink_metadata().map_or(0, |metadata| metadata.len());
        changed.extend_from_slice(name);
        changed.push(0);
    }
    for name in submodules {
        let git_file = tree
            .as_std_path()
            .join(std::ffi::OsStr::from_bytes(&name))
            .join(".git");
        let name = String::from_utf8_lossy(&name).into_owned();
        if git_file.symlink_metadata().is_ok() && !repositories.contains(&name) {
            repositories.push(name);
        }
    }
    if size > LARGEST_CHANGE {
        return Err(CloneError::TooMuch {
            path: tree.to_owned(),
            what: "changes that are not committed",
            limit: "4 GiB",
        });
    }
    let args = [
        "update-index",
        "--add",
        "--remove",
        "--replace",
        "-z",
        "--stdin",
    ];
    git.run(at, TASK, &args, &changed).await?;
    Ok(repositories)
}

/// Git opens the files in which it looks for patterns and attributes, and would wait at a pipe.
fn refuse_pipes(tree: &Utf8Path) -> Result<(), CloneError> {
    let top = HeldDir::top(tree).map_err(CloneError::file(tree))?;
    let mut queue = vec![PathBuf::new()];
    let mut walked = 0;
    while let Some(path) = queue.pop() {
        walked += 1;
        if walked > MOST_DIRECTORIES {
            return Err(CloneError::TooMuch {
                path: tree.to_owned(),
                what: "directories",
                limit: "1000000",
            });
        }
        // Where nobody may look, Git does not either.
        let Ok(Some(directory)) = top.dir(&path) else {
            continue;
        };
        for (name, file_type) in directory.entries().unwrap_or_default() {
            let is_read = name == ".gitignore" || name == ".gitattributes";
            match file_type {
                FileType::Directory if path == Path::new("") && name == ".git" => {}
                FileType::Directory => queue.push(path.join(name)),
                FileType::RegularFile | FileType::Symlink => {}
                _ if is_read => {
                    let odd = path.join(name);
                    return Err(CloneError::OddFile {
                        path: tree.join(odd.to_string_lossy().as_ref()),
                    });
                }
                _ => {}
            }
        }
    }
    Ok(())
}
