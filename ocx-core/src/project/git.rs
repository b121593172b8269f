//! Git directories of a project, found without running Git.
//!
//! The `.git` file of a linked worktree or submodule is part of the project, and so untrusted: if
//! it were believed, a project could have any directory of the host mounted. It counts only if the
//! directory that it names points back to it. How the files look is described in
//! [gitrepository-layout](https://git-scm.com/docs/gitrepository-layout).

use camino::{Utf8Path, Utf8PathBuf};

use crate::disk::read_text;

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
    /// It is a symbolic link, say, which points to nothing that could point back.
    #[error("it is neither a file nor a directory")]
    NeitherFileNorDirectory,
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
        Err(UnverifiedGitDir::NeitherFileNorDirectory)
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
    let text = read_text(path, LARGEST_FILE).ok()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{super::sandbox::Sandbox, *};
    use crate::testing::{corpus, fuzz};

    fn verified(directory: &Utf8Path) -> GitLayout {
        match at(directory) {
            Some(Found::Verified(layout)) => layout,
            Some(Found::Unverified(warning)) => panic!("{warning}"),
            None => panic!("no repository"),
        }
    }

    fn reason(directory: &Utf8Path) -> UnverifiedGitDir {
        match at(directory) {
            Some(Found::Unverified(ProjectWarning::UnverifiedGitDir { reason, .. })) => reason,
            Some(Found::Verified(layout)) => panic!("believed: {layout:?}"),
            None => panic!("no repository"),
        }
    }

    /// The repository `main` with the linked worktree `tree`, as `git worktree add` makes it.
    fn worktree(sandbox: &Sandbox) -> Utf8PathBuf {
        let top = &sandbox.top;
        sandbox.git_dir("main/.git");
        sandbox.write("main/.git/worktrees/tree/commondir", "../..\n");
        sandbox.write("main/.git/worktrees/tree/HEAD", "ref: refs/heads/x\n");
        sandbox.write(
            "main/.git/worktrees/tree/gitdir",
            &format!("{top}/tree/.git\n"),
        );
        sandbox.write(
            "tree/.git",
            &format!("gitdir: {top}/main/.git/worktrees/tree\n"),
        );
        top.join("tree")
    }

    #[test]
    fn plain_repository() {
        let sandbox = Sandbox::new();
        sandbox.git_dir("main/.git");
        assert_eq!(
            verified(&sandbox.top.join("main")),
            GitLayout {
                top_level: sandbox.top.join("main"),
                common_dir: sandbox.top.join("main/.git"),
                worktree_dir: None,
            }
        );
        assert!(at(&sandbox.top).is_none());
        // Git itself takes no notice of an empty one.
        assert!(at(sandbox.directory("empty/.git").parent().unwrap()).is_none());
    }

    #[test]
    fn linked_worktree_with_absolute_and_relative_paths() {
        let sandbox = Sandbox::new();
        let tree = worktree(&sandbox);
        let expected = GitLayout {
            top_level: tree.clone(),
            common_dir: sandbox.top.join("main/.git"),
            worktree_dir: Some(sandbox.top.join("main/.git/worktrees/tree")),
        };
        assert_eq!(verified(&tree), expected);

        // As with `worktree.useRelativePaths`.
        sandbox.write("tree/.git", "gitdir: ../main/.git/worktrees/tree\n");
        sandbox.write("main/.git/worktrees/tree/gitdir", "../../../../tree/.git\n");
        assert_eq!(verified(&tree), expected);
    }

    #[test]
    fn another_worktrees_directory_is_not_believed() {
        let sandbox = Sandbox::new();
        worktree(&sandbox);
        let text = format!("gitdir: {}/main/.git/worktrees/tree\n", sandbox.top);
        sandbox.write("thief/.git", &text);
        assert!(matches!(
            reason(&sandbox.top.join("thief")),
            UnverifiedGitDir::NotPointingBack { .. }
        ));
        // Nor the repository itself.
        sandbox.write("thief/.git", &format!("gitdir: {}/main/.git", sandbox.top));
        assert!(matches!(
            reason(&sandbox.top.join("thief")),
            UnverifiedGitDir::NotPointingBack { .. }
        ));
    }

    /// A project may bring a directory that points back, and name any repository as the common one.
    #[test]
    fn a_directory_of_the_projects_own_is_not_believed() {
        let sandbox = Sandbox::new();
        sandbox.git_dir("victim/.git");
        sandbox.write("thief/.git", "gitdir: fake/worktrees/x\n");
        sandbox.write("thief/fake/worktrees/x/gitdir", "../../../.git\n");
        sandbox.write(
            "thief/fake/worktrees/x/commondir",
            &format!("{}/victim/.git\n", sandbox.top),
        );
        assert!(matches!(
            reason(&sandbox.top.join("thief")),
            UnverifiedGitDir::NotPointingBack { .. }
        ));
    }

    #[test]
    fn submodule() {
        let sandbox = Sandbox::new();
        sandbox.git_dir("super/.git");
        sandbox.git_dir("super/.git/modules/lib");
        let config = "[core]\n\trepositoryformatversion = 0\n\tworktree = ../../../vendor/lib\n";
        sandbox.write("super/.git/modules/lib/config", config);
        sandbox.write("super/vendor/lib/.git", "gitdir: ../../.git/modules/lib\n");
        assert_eq!(
            verified(&sandbox.top.join("super/vendor/lib")),
            GitLayout {
                top_level: sandbox.top.join("super/vendor/lib"),
                common_dir: sandbox.top.join("super/.git/modules/lib"),
                worktree_dir: None,
            }
        );

        // Another directory that names the same one.
        sandbox.write("super/thief/.git", "gitdir: ../.git/modules/lib\n");
        assert!(matches!(
            reason(&sandbox.top.join("super/thief")),
            UnverifiedGitDir::NotPointingBack { .. }
        ));
    }

    #[test]
    fn nonsense() {
        let sandbox = Sandbox::new();
        let tree = sandbox.directory("tree");
        for text in ["", "gitdir:", "gitdir: a\nb", "../main/.git"] {
            sandbox.write("tree/.git", text);
            assert_eq!(reason(&tree), UnverifiedGitDir::Malformed, "{text:?}");
        }
        sandbox.write("tree/.git", "gitdir: /does/not/exist");
        assert!(matches!(reason(&tree), UnverifiedGitDir::Unreadable { .. }));
        std::fs::remove_file(tree.join(".git")).unwrap();
        let victim = sandbox.git_dir("victim/.git");
        std::os::unix::fs::symlink(victim, tree.join(".git")).unwrap();
        assert_eq!(reason(&tree), UnverifiedGitDir::NeitherFileNorDirectory);
    }

    #[test]
    fn worktree_setting() {
        for (config, expected) in [
            ("[core]\nworktree = ../x\n", Some("../x")),
            ("[CORE]\n  WorkTree=\"../a b\"\n", Some("../a b")),
            ("[core]\nbare = false\n[other]\nworktree = x\n", None),
            ("worktree = x\n", None),
        ] {
            assert_eq!(core_worktree(config).as_deref(), expected, "{config}");
        }
    }

    #[test]
    fn fuzz_files_of_git() {
        let sandbox = Sandbox::new();
        let top = sandbox.top.clone();
        sandbox.git_dir("main/.git");
        sandbox.git_dir("main/.git/modules/part");
        sandbox.git_dir("victim/.git");
        let tree = sandbox.directory("tree");
        let files = [
            "tree/.git",
            "main/.git/worktrees/tree/commondir",
            "main/.git/worktrees/tree/gitdir",
            "main/part/.git",
            "main/.git/modules/part/config",
        ];
        let seeds: Vec<Vec<u8>> = corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/git"))
            .into_iter()
            .map(|seed| {
                String::from_utf8(seed)
                    .unwrap()
                    .replace("TOP", top.as_str())
            })
            .map(String::into_bytes)
            .collect();
        fuzz(&seeds, |input| {
            // A line of dashes is between two of the files.
            let text = String::from_utf8_lossy(input);
            for (file, content) in files.iter().zip(text.split("-----\n")) {
                sandbox.write(file, content);
            }
            for directory in [&tree, &top.join("main/part")] {
                if let Some(Found::Verified(layout)) = at(directory) {
                    assert!(layout.common_dir.starts_with(top.join("main/.git")));
                    assert_eq!(&layout.top_level, directory);
                }
            }
        });
    }
}
