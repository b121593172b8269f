//! Finding the project.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    GitLayout, ProjectError, ProjectId, ProjectWarning, config_file, find_config_file, git,
    refusal::refusal,
};
use crate::host::Host;

/// The project that ocx works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its top directory, canonical.
    pub root: Utf8PathBuf,
    /// The current directory, canonical, if it lies in the root; else the root.
    pub current_dir: Utf8PathBuf,
    /// A name for it that no other project has.
    pub id: ProjectId,
    /// Its configuration files: one, or none.
    pub config_files: Vec<Utf8PathBuf>,
    /// Its Git directories; `None` without Git, or if they could not be verified.
    pub git: Option<GitLayout>,
    /// What the user should know.
    pub warnings: Vec<ProjectWarning>,
}

/// Finds the project: at `explicit` if given (relative to the current directory, a leading `~` is
/// the home directory), else around the current directory.
///
/// # Errors
///
/// If the directory does not exist, may not be a project, or its configuration file is ambiguous
/// or somebody else's.
pub fn discover(host: &Host, explicit: Option<&Utf8Path>) -> Result<Project, ProjectError> {
    let (root, current_dir) = match explicit {
        Some(directory) => {
            let root = canonical_directory(&host.current_dir.join(host.expand_home(directory)))?;
            // Where ocx was called does not matter for a project elsewhere, even if it is gone.
            let current = canonical_directory(&host.current_dir)
                .ok()
                .filter(|current| current.starts_with(&root))
                .unwrap_or_else(|| root.clone());
            (root, current)
        }
        None => {
            let current = canonical_directory(&host.current_dir)?;
            (root_around(&current, host)?, current)
        }
    };
    if let Some(refusal) = refusal(&root, host) {
        return Err(ProjectError::Refused { root, refusal });
    }

    let config_file = find_config_file(&root)?;
    if let Some(path) = &config_file {
        refuse_foreign(path, host)?;
    }
    let mut warnings = Vec::new();
    let git = git_around(&root, host).and_then(|(_, found)| match found {
        git::Found::Verified(layout) => Some(layout),
        git::Found::Unverified(warning) => {
            warnings.push(warning);
            None
        }
    });
    Ok(Project {
        id: ProjectId::of(&root),
        config_files: config_file.into_iter().collect(),
        root,
        current_dir,
        git,
        warnings,
    })
}

fn root_around(current: &Utf8Path, host: &Host) -> Result<Utf8PathBuf, ProjectError> {
    let top_level = git_around(current, host).map(|(top_level, _)| top_level);
    for directory in candidates(current, host) {
        if find_config_file(directory)?.is_some() {
            return Ok(directory.to_owned());
        }
        if top_level.as_deref() == Some(directory) {
            break;
        }
    }
    Ok(top_level.unwrap_or_else(|| current.to_owned()))
}

fn git_around(directory: &Utf8Path, host: &Host) -> Option<(Utf8PathBuf, git::Found)> {
    candidates(directory, host)
        .find_map(|candidate| Some((candidate.to_owned(), git::at(candidate)?)))
}

/// `directory` and what lies above it, up to the first that may not be a project. So a repository
/// of dotfiles in the home directory, or a file that somebody put into `/tmp`, is not found.
fn candidates<'a>(
    directory: &'a Utf8Path,
    host: &'a Host,
) -> impl Iterator<Item = &'a Utf8Path> + 'a {
    directory
        .ancestors()
        .take_while(|candidate| refusal(candidate, host).is_none())
}

fn canonical_directory(path: &Utf8Path) -> Result<Utf8PathBuf, ProjectError> {
    let missing = |kind| matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let canonical = path.canonicalize_utf8().map_err(|source| {
        if missing(source.kind()) {
            ProjectError::Missing {
                path: path.to_owned(),
            }
        } else {
            ProjectError::Unreadable {
                path: path.to_owned(),
                source,
            }
        }
    })?;
    if canonical.is_dir() {
        Ok(canonical)
    } else {
        Err(ProjectError::NotADirectory {
            path: path.to_owned(),
        })
    }
}

fn refuse_foreign(path: &Utf8Path, host: &Host) -> Result<(), ProjectError> {
    match config_file::foreign_owner(path, host) {
        Ok(None) => Ok(()),
        Ok(Some(owner)) => Err(ProjectError::ForeignConfigFile {
            path: path.to_owned(),
            owner,
        }),
        Err(source) => Err(ProjectError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}
