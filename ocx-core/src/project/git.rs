//! Git directories of a project, found without running Git.
//!
//! The `.git` file of a linked worktree or submodule is part of the project, and so untrusted: if
//! it were believed, a project could have any directory of the host mounted. It counts only if the
//! directory that it names points back to it. How the files look is described in
//! [gitrepository-layout](https://git-scm.com/docs/gitrepository-layout).

use std::{fs::File, io::Read};

use camino::{Utf8Path, Utf8PathBuf};

/// Git's own files are far smaller.
const LARGEST_FILE: u64 = 64 * 1024;

/// The Git directories of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitLayout {
    /// The top directory of the working tree, canonical.
    pub top_level: Utf8PathBuf,
    /// The directory with objects and references, shared by all worktrees; canonical. Outside of
    /// the working tree for a linked worktree or submodule.
    pub common_dir: Utf8PathBuf,
    /// For a linked worktree, its own directory below the common one.
    pub worktree_dir: Option<Utf8PathBuf>,
}

/// Something about a project that the user should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectWarning {
    /// The `.git` file names a directory that does not prove to belong to it, so Git will not
    /// work in the container.
    #[error("the Git directory that {git_file} names is not made available: {reason}")]
    UnverifiedGitDir {
        /// The `.git` file.
        git_file: Utf8PathBuf,
        /// Why.
        reason: UnverifiedGitDir,
    },
}

/// Why the content of a `.git` file is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnverifiedGitDir {
    /// The file is not one line `gitdir: PATH`.
    #[error("it does not hold one line `gitdir: PATH`")]
    Malformed,
    /// The directory does not exist or cannot be read.
    #[error("{git_dir} is not a directory that can be read")]
    Unreadable {
        /// The directory.
        git_dir: Utf8PathBuf,
    },
    /// The directory does not point back.
    #[error("{git_dir} does not point back to it")]
    NotPointingBack {
        /// The directory.
        git_dir: Utf8PathBuf,
    },
}

/// What stands at a directory's `.git`.
pub(super) enum Found {
    Verified(GitLayout),
    Unverified(ProjectWarning),
}

/// The Git directories of the working tree whose top is `directory` (canonical); `None` if it is
/// not the top of one.
pub(super) fn at(directory: &Utf8Path) -> Option<Found> {
    let dot_git = directory.join(".git");
    // Links are followed, as Git does; what they lead to must prove itself like a `.git` file.
    let metadata = dot_git.symlink_metadata().ok()?;
    if metadata.is_dir() {
        return is_git_dir(&dot_git).then(|| {
            Found::Verified(GitLayout {
                top_level: directory.to_owned(),
                common_dir: dot_git,
                worktree_dir: None,
            })
        });
    }
    let layout = if metadata.is_file() {
        from_git_file(directory, &dot_git)
    } else {
        Err(UnverifiedGitDir::Malformed)
    };
    Some(match layout {
        Ok(layout) => Found::Verified(layout),
        Err(reason) => Found::Unverified(ProjectWarning::UnverifiedGitDir {
            git_file: dot_git,
            reason,
        }),
    })
}

fn from_git_file(top_level: &Utf8Path, git_file: &Utf8Path) -> Result<GitLayout, UnverifiedGitDir> {
    let text = read_small(git_file).ok_or(UnverifiedGitDir::Malformed)?;
    let named = text
        .strip_prefix("gitdir:")
        .map(str::trim)
        .filter(|path| !path.is_empty() && !path.contains('\n'))
        .ok_or(UnverifiedGitDir::Malformed)?;
    let named = top_level.join(named);
    let git_dir = match named.canonicalize_utf8() {
        Ok(path) if path.is_dir() => path,
        _ => return Err(UnverifiedGitDir::Unreadable { git_dir: named }),
    };
    linked_worktree(top_level, git_file, &git_dir)
        .or_else(|| submodule(top_level, &git_dir))
        .ok_or(UnverifiedGitDir::NotPointingBack { git_dir })
}

/// A linked worktree: the directory lies in `worktrees` of the common one, and its file `gitdir`
/// names this very `.git` file. Its place is checked too, because the named directory may be part
/// of the project, with a `commondir` that names anything.
fn linked_worktree(
    top_level: &Utf8Path,
    git_file: &Utf8Path,
    git_dir: &Utf8Path,
) -> Option<GitLayout> {
    let common_dir = git_dir
        .join(read_small(&git_dir.join("commondir"))?.trim_end())
        .canonicalize_utf8()
        .ok()?;
    if git_dir.parent()? != common_dir.join("worktrees") || !is_git_dir(&common_dir) {
        return None;
    }
    let back = git_dir.join(read_small(&git_dir.join("gitdir"))?.trim_end());
    (back.file_name()? == ".git"
        && back.parent()?.canonicalize_utf8().ok()?.join(".git") == *git_file)
        .then(|| GitLayout {
            top_level: top_level.to_owned(),
            common_dir,
            worktree_dir: Some(git_dir.to_owned()),
        })
}

/// A submodule: the directory lies in `.git/modules` of a directory above this one, and its
/// `core.worktree` names this one.
fn submodule(top_level: &Utf8Path, git_dir: &Utf8Path) -> Option<GitLayout> {
    let in_super_project = top_level
        .ancestors()
        .skip(1)
        .any(|above| git_dir.starts_with(above.join(".git/modules")));
    if !in_super_project || !is_git_dir(git_dir) {
        return None;
    }
    let worktree = core_worktree(&read_small(&git_dir.join("config"))?)?;
    (git_dir.join(worktree).canonicalize_utf8().ok()? == *top_level).then(|| GitLayout {
        top_level: top_level.to_owned(),
        common_dir: git_dir.to_owned(),
        worktree_dir: None,
    })
}

/// `core.worktree` of a Git configuration, as Git itself writes it for submodules. Anything more
/// involved, such as an included file, reads as absent.
fn core_worktree(config: &str) -> Option<String> {
    let mut in_core = false;
    let mut worktree = None;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_core = line.eq_ignore_ascii_case("[core]");
        } else if in_core
            && let Some((name, value)) = line.split_once('=')
            && name.trim().eq_ignore_ascii_case("worktree")
        {
            worktree = Some(value.trim().trim_matches('"').replace("\\\\", "\\"));
        }
    }
    worktree
}

/// Whether Git would take `path` for a repository: it looks for these three.
fn is_git_dir(path: &Utf8Path) -> bool {
    path.join("HEAD").symlink_metadata().is_ok()
        && path.join("objects").is_dir()
        && path.join("refs").is_dir()
}

/// The content of a regular file of a sensible size, read as text.
fn read_small(path: &Utf8Path) -> Option<String> {
    let metadata = path.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST_FILE {
        return None;
    }
    let mut text = String::new();
    File::open(path)
        .ok()?
        .take(LARGEST_FILE)
        .read_to_string(&mut text)
        .ok()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}
