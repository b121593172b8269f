//! Files of the project that programs of the host run or read on their own.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{file_state::FileState, held_dir::HeldDir};

/// What runs by itself comes first, what waits for a command of the user's after it.
const FILES: &[&str] = &[
    ".envrc",
    ".env",
    "mise.toml",
    ".mise.toml",
    "mise.local.toml",
    ".tool-versions",
    ".nvmrc",
    "flake.nix",
    "shell.nix",
    "devenv.nix",
    "rust-toolchain.toml",
    "rust-toolchain",
    ".pre-commit-config.yaml",
    "lefthook.yml",
    ".lefthook.yml",
    "lefthook.yaml",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pnpmfile.cjs",
    "bunfig.toml",
    ".gitattributes",
    ".gitmodules",
    ".lfsconfig",
    ".editorconfig",
    ".vimrc",
    ".nvim.lua",
    ".exrc",
    ".dir-locals.el",
    ".tmuxinator.yml",
    ".gdbinit",
    ".lldbinit",
    ".pryrc",
    ".irbrc",
    ".bazelrc",
    "conftest.py",
    "sitecustomize.py",
    "setup.py",
    "build.rs",
    "Makefile",
    "GNUmakefile",
    "makefile",
    "Justfile",
    "justfile",
    ".justfile",
    "Taskfile.yml",
    "Rakefile",
    "Gemfile",
    "package.json",
    "build.gradle",
    "settings.gradle",
    "gradlew",
    "mvnw",
];

/// Directories whose files count, those right in them.
const DIRECTORIES: &[&str] = &[
    ".vscode",
    ".idea",
    ".husky",
    ".husky/_",
    ".devcontainer",
    ".cargo",
    ".config/mise",
    ".mise",
    ".mvn",
    ".mvn/wrapper",
    ".run",
    ".zed",
    ".fleet",
    ".claude",
    ".cursor",
    ".opencode",
];

/// No directory has more files that are worth a look.
const MOST: usize = 100;

/// A file as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fingerprint {
    size: i64,
    changed: (i64, i64),
    inode: u64,
    hash: [u8; 32],
}

/// The files as they were when the session began.
#[derive(Debug)]
pub(super) struct HostRunFiles {
    root: Utf8PathBuf,
    programs: Vec<Utf8PathBuf>,
    before: BTreeMap<PathBuf, Fingerprint>,
}

impl HostRunFiles {
    /// `programs` are further files, relative to the root.
    pub(super) fn look(root: &Utf8Path, programs: &[Utf8PathBuf]) -> Self {
        let before = HeldDir::top(root)
            .map(|top| {
                paths(&top, programs)
                    .into_iter()
                    .filter_map(|path| Some((path.clone(), fingerprint(&top, &path, None)?)))
                    .collect()
            })
            .unwrap_or_default();
        Self {
            root: root.to_owned(),
            programs: programs.to_vec(),
            before,
        }
    }

    /// The files that are new or have another content, in the order of the list.
    pub(super) fn changed(&self) -> Vec<Utf8PathBuf> {
        let Ok(top) = HeldDir::top(&self.root) else {
            return Vec::new();
        };
        paths(&top, &self.programs)
            .into_iter()
            .filter(|path| {
                let before = self.before.get(path);
                match fingerprint(&top, path, before) {
                    // What is gone runs nowhere.
                    None => false,
                    Some(now) => before.is_none_or(|before| before.hash != now.hash),
                }
            })
            .filter_map(|path| Utf8PathBuf::from_path_buf(path).ok())
            .collect()
    }
}

fn paths(top: &HeldDir, programs: &[Utf8PathBuf]) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = programs.iter().map(Into::into).collect();
    for directory in DIRECTORIES {
        let Ok(Some(held)) = top.dir(Path::new(directory)) else {
            continue;
        };
        let mut names = held.entries().unwrap_or_default();
        names.sort_by(|one, other| one.0.cmp(&other.0));
        paths.extend(
            names
                .into_iter()
                .take(MOST)
                .map(|(name, _)| Path::new(directory).join(name)),
        );
    }
    paths.extend(FILES.iter().map(PathBuf::from));
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    paths
}

/// `None` if there is no such file. The content is read only if the file is not the one it was.
fn fingerprint(top: &HeldDir, path: &Path, before: Option<&Fingerprint>) -> Option<Fingerprint> {
    let stat = top.stat(path).ok()??;
    let (size, inode) = (stat.st_size, stat.st_ino);
    let changed = (
        stat.st_ctime,
        i64::try_from(stat.st_ctime_nsec).unwrap_or(i64::MAX),
    );
    if let Some(before) = before
        && (before.size, before.changed, before.inode) == (size, changed, inode)
    {
        return Some(before.clone());
    }
    let hash = match top.state(path).ok()? {
        FileState::File { content, .. } => Sha256::digest(&content).into(),
        FileState::Link { target } => Sha256::digest(&target).into(),
        // A directory, or a file that is too large to be one of these.
        FileState::Absent | FileState::Other => return None,
    };
    Some(Fingerprint {
        size,
        changed,
        inode,
        hash,
    })
}
