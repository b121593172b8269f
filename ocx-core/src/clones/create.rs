//! Making a clone.

use std::{fs, fs::File, os::unix::ffi::OsStrExt, path::Path};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::{
    CloneError,
    clone_dir::{CloneDir, Record},
    config,
    git::{At, HostGit, records},
    include::{copy, exclude_lines},
    refs::{self, Refs},
    selection::Selection,
    source::{Source, layout},
};
use crate::{disk::write_json, host::Host, project::Project};

/// What a clone is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloneRequest<'a> {
    pub(crate) host: &'a Host,
    pub(crate) project: &'a Project,
    /// The project's directory among ocx's own.
    pub(crate) store: &'a Utf8Path,
    /// The session's ID.
    pub(crate) session: &'a str,
    /// Its container.
    pub(crate) container: &'a str,
    /// The key of the engine.
    pub(crate) engine: &'a str,
    /// Paths that are hidden, relative to the project's root.
    pub(crate) hidden: &'a [Utf8PathBuf],
    /// Patterns of what is hidden, in one list a layer of settings.
    pub(crate) patterns: &'a [Vec<String>],
    /// Paths that are copied although Git does not track them, relative to the project's root.
    pub(crate) include: &'a [Utf8PathBuf],
    /// Whether nothing will run in it but what somebody pastes.
    pub(crate) planned: bool,
}

/// A clone, held for as long as this lives.
#[derive(Debug)]
pub(crate) struct Clone {
    pub(crate) dir: CloneDir,
    pub(crate) record: Record,
    /// How many files of the user's have changes that are not committed, and so not in the clone.
    pub(crate) left_out: usize,
    /// Whether there are submodules, which are empty in the clone.
    pub(crate) has_submodules: bool,
    _lock: File,
}

impl Clone {
    /// Makes a clone of the project's repository: its history borrowed and not copied, its files as they
    /// are in the commit that is checked out.
    ///
    /// # Errors
    ///
    /// If the project is in no repository, or Git or the disk fails. Then nothing is left.
    pub(crate) async fn make(request: CloneRequest<'_>) -> Result<Self, CloneError> {
        layout(request.project)?;
        let dir = CloneDir::new(request.store, request.session);
        let lock = dir.make()?;
        let made = make(&request, &dir).await;
        match made {
            Ok((record, left_out, has_submodules)) => Ok(Self {
                dir,
                record,
                left_out,
                has_submodules,
                _lock: lock,
            }),
            Err(error) => {
                let _ = dir.remove();
                Err(error)
            }
        }
    }

    /// The directory that stands for the project's root.
    pub(crate) fn root(&self) -> Utf8PathBuf {
        match &self.record.below {
            Some(below) => self.dir.tree().join(below),
            None => self.dir.tree(),
        }
    }
}

async fn make(
    request: &CloneRequest<'_>,
    dir: &CloneDir,
) -> Result<(Record, usize, bool), CloneError> {
    let project = request.project;
    let layout = layout(project)?;
    let git = HostGit::neutral(request.host);
    let source = Source::read(&git, layout).await?;
    let below = project.root.strip_prefix(&layout.top_level).ok();
    let below = below.filter(|below| *below != "").map(Utf8Path::to_owned);
    let prefix = below.clone().unwrap_or_default();
    let hidden = request.hidden.iter().map(|path| prefix.join(path));
    let mut record = Record {
        created: Timestamp::now(),
        git_dir: source.git_dir.clone(),
        objects: source.objects.clone(),
        object_format: source.object_format.clone(),
        base: source.head.commit.clone(),
        branch: source.head.branch.clone(),
        below,
        hidden: hidden.collect(),
        patterns: request.patterns.to_vec(),
        shallow: source.shallow.clone(),
        partial_clone: source.partial_clone.clone(),
        exclude: source.exclude.clone(),
        container: request.container.to_owned(),
        engine: request.engine.to_owned(),
        planned: request.planned,
        kept: None,
    };
    let selection = record.selection();
    write_git_dir(dir, &source)?;
    let (checked_out, left_out) = tokio::join!(
        check_out(&git, dir, &record, &selection),
        count_changes(&git, layout)
    );
    checked_out?;
    let root = dir.tree().join(&prefix);
    fs::create_dir_all(&root).map_err(CloneError::file(&root))?;
    let included = copy(request.include, &project.root, &root, &prefix, &selection)?;
    let included: Vec<Utf8PathBuf> = included.iter().map(|path| prefix.join(path)).collect();
    record.exclude = format!("{}\n{}", record.exclude, exclude_lines(&included));
    let exclude = dir.git_dir().join("info/exclude");
    fs::write(&exclude, &record.exclude).map_err(CloneError::file(exclude))?;
    if let Ok(current) = project.current_dir.strip_prefix(&project.root) {
        // The session begins there, also if nothing in it is tracked.
        let _ = fs::create_dir_all(root.join(current));
    }
    write_json(&dir.refs(), &source.refs).map_err(CloneError::file(dir.refs()))?;
    let has_submodules = dir.tree().join(".gitmodules").is_file();
    if let Some(base) = &record.base {
        keep_base(&git, &source.git_dir, dir.session(), base).await?;
    }
    // Whatever is there without it was never complete.
    dir.remember(&record)?;
    Ok((record, left_out?, has_submodules))
}

/// A Git directory that Git would have made by `clone --shared`, but for what the user's own has in its
/// configuration.
fn write_git_dir(dir: &CloneDir, source: &Source) -> Result<(), CloneError> {
    let git_dir = dir.git_dir();
    for directory in [
        "objects/info",
        "objects/pack",
        "refs/heads",
        "refs/tags",
        "info",
    ] {
        let directory = git_dir.join(directory);
        fs::create_dir_all(&directory).map_err(CloneError::file(&directory))?;
    }
    let mut alternates = String::new();
    for (number, objects) in source.objects.iter().enumerate() {
        let link = dir.borrowed(number);
        std::os::unix::fs::symlink(objects, &link).map_err(CloneError::file(&link))?;
        let name = link.file_name().unwrap_or_default();
        // From `tree/.git/objects`, and from the same place inside.
        alternates.push_str(&format!("../../../{name}\n"));
    }
    let head = match (&source.head.branch, &source.head.commit) {
        (Some(branch), _) => format!("ref: {branch}\n"),
        (None, Some(commit)) => format!("{commit}\n"),
        (None, None) => "ref: refs/heads/main\n".to_owned(),
    };
    let write = |name: &str, text: &str| {
        let path = git_dir.join(name);
        fs::write(&path, text).map_err(CloneError::file(&path))
    };
    write("config", &config::of_clone(source))?;
    write("HEAD", &head)?;
    write("packed-refs", &packed_refs(&source.refs))?;
    write("objects/info/alternates", &alternates)?;
    write("info/exclude", &source.exclude)?;
    match &source.shallow {
        Some(shallow) => write("shallow", shallow),
        None => Ok(()),
    }
}

/// References as Git packs them.
pub(super) fn packed_refs(refs: &Refs) -> String {
    refs.iter()
        .map(|(name, object)| format!("{object} {name}\n"))
        .collect()
}

/// Checks the files out, and keeps the index of that moment.
async fn check_out(
    git: &HostGit,
    dir: &CloneDir,
    record: &Record,
    selection: &Selection,
) -> Result<(), CloneError> {
    const TASK: &str = "check out the files of the clone";
    let (git_dir, tree) = (dir.git_dir(), dir.tree());
    let at = At::git_dir(&git_dir).tree(&tree);
    match &record.base {
        None => {
            git.run(at, TASK, &["read-tree", "--empty"], b"").await?;
        }
        // The quickest way, which most take.
        Some(base) if selection.is_everything() => {
            git.run(at, TASK, &["read-tree", "-m", "-u", base], b"")
                .await?;
        }
        Some(base) => {
            git.run(at, TASK, &["read-tree", base], b"").await?;
            leave_out(git, at, selection).await?;
            let taken = entries(git, at).await?.into_iter();
            let taken = taken
                .filter(|entry| !entry.is_submodule && selection.takes(Path::new(entry.path())));
            let list: Vec<u8> = taken
                .flat_map(|entry| [entry.name, vec![0]].concat())
                .collect();
            let args = ["checkout-index", "--index", "--quiet", "-z", "--stdin"];
            git.run(at, TASK, &args, &list).await?;
        }
    }
    let index = git_dir.join("index");
    fs::copy(&index, dir.index()).map_err(CloneError::file(index))?;
    Ok(())
}

/// An entry of an index.
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) is_submodule: bool,
}

impl Entry {
    pub(super) fn path(&self) -> &std::ffi::OsStr {
        std::ffi::OsStr::from_bytes(&self.name)
    }
}

/// All that is in the index.
pub(super) async fn entries(git: &HostGit, at: At<'_>) -> Result<Vec<Entry>, CloneError> {
    let args = ["ls-files", "--stage", "-z"];
    let list = git.run(at, "list the files", &args, b"").await?;
    Ok(records(&list.stdout)
        .filter_map(|record| {
            let tab = record.iter().position(|&byte| byte == b'\t')?;
            Some(Entry {
                is_submodule: record.starts_with(b"160000 "),
                name: record[tab + 1..].to_vec(),
            })
        })
        .collect())
}

/// Marks in the index what is not checked out, so that Git takes it for unchanged.
pub(super) async fn leave_out(
    git: &HostGit,
    at: At<'_>,
    selection: &Selection,
) -> Result<(), CloneError> {
    if selection.is_everything() {
        return Ok(());
    }
    let left_out = entries(git, at).await?.into_iter();
    let list: Vec<u8> = left_out
        .filter(|entry| !selection.takes(Path::new(entry.path())))
        .flat_map(|entry| [entry.name, vec![0]].concat())
        .collect();
    let args = ["update-index", "--skip-worktree", "-z", "--stdin"];
    git.run(at, "leave hidden files out", &args, &list).await?;
    Ok(())
}

/// Keeps the commit that a session began with, whatever becomes of the user's branches.
async fn keep_base(
    git: &HostGit,
    git_dir: &Utf8Path,
    session: &str,
    base: &str,
) -> Result<(), CloneError> {
    let name = format!("{}{}", refs::directory(session), refs::BASE);
    let args = ["update-ref", "--no-deref", &name, base];
    git.run(At::git_dir(git_dir), "write a reference", &args, b"")
        .await?;
    Ok(())
}

/// How many tracked files have changes that are not committed.
async fn count_changes(
    git: &HostGit,
    layout: &crate::project::GitLayout,
) -> Result<usize, CloneError> {
    let at = At::git_dir(super::source::git_dir(layout)).tree(&layout.top_level);
    let git = config::without_filters(git, at).await?;
    let args = [
        "status",
        "--porcelain",
        "-z",
        "--untracked-files=no",
        "--no-renames",
    ];
    let changes = git.run(at, "look for changes", &args, b"").await?;
    Ok(records(&changes.stdout).count())
}
