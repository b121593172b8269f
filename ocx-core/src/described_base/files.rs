//! Reading a project's files: bounded, and none that lies outside of it.

use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::disk;

/// Nobody writes larger ones.
const LARGEST: u64 = 256 << 10;

/// The files of a project.
#[derive(Debug)]
pub(crate) struct ProjectFiles {
    /// The top directory, as the caller named it.
    root: Utf8PathBuf,
    canonical: Utf8PathBuf,
}

impl ProjectFiles {
    /// `None` if there is no such directory.
    pub(crate) fn of(root: &Utf8Path) -> Option<Self> {
        Some(Self {
            root: root.to_owned(),
            canonical: root.canonicalize_utf8().ok()?,
        })
    }

    pub(crate) fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The text of a file; `path` is relative to the project. `None` if there is none.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or if it, or a directory on the way, is a link out of the project.
    pub(crate) fn text(&self, path: &Utf8Path) -> Result<Option<String>, String> {
        match self.inside(path) {
            Ok(real) => match disk::read_text(&real, LARGEST) {
                Ok(text) => Ok(Some(text)),
                Err(error) => Err(error.to_string()),
            },
            Err(Outside::NotThere) => Ok(None),
            Err(Outside::Elsewhere) => Err("it is a link out of the project".to_owned()),
            Err(Outside::Error(error)) => Err(error.to_string()),
        }
    }

    /// Whether there is a regular file of the project's.
    pub(crate) fn has(&self, path: &Utf8Path) -> bool {
        self.inside(path).is_ok_and(|real| real.is_file())
    }

    /// Whether there is a directory of the project's, itself among them.
    pub(crate) fn has_directory(&self, path: &Utf8Path) -> bool {
        self.inside(path).is_ok_and(|real| real.is_dir())
    }

    /// The names of the directories in a directory of the project, sorted, at most `most`.
    pub(crate) fn directories(&self, path: &Utf8Path, most: usize) -> Vec<String> {
        let Ok(real) = self.inside(path) else {
            return Vec::new();
        };
        let entries = real.read_dir_utf8().into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .take(1000)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.file_name().to_owned())
            .collect();
        names.sort();
        names.truncate(most);
        names
    }

    fn inside(&self, path: &Utf8Path) -> Result<Utf8PathBuf, Outside> {
        let real = self
            .canonical
            .join(path)
            .canonicalize_utf8()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Outside::NotThere,
                _ => Outside::Error(error),
            })?;
        if real.starts_with(&self.canonical) {
            Ok(real)
        } else {
            Err(Outside::Elsewhere)
        }
    }

    /// Where `path`, which a file in `folder` names, lies, relative to the project; `None` if that is
    /// outside.
    pub(crate) fn below(&self, folder: &Utf8Path, path: &str) -> Option<Utf8PathBuf> {
        let path = Utf8Path::new(path);
        let joined = match path.strip_prefix(&self.root) {
            Ok(inside) => inside.to_owned(),
            Err(_) if path.is_absolute() => return None,
            Err(_) => folder.join(path),
        };
        let mut below = Utf8PathBuf::new();
        for component in joined.components() {
            match component {
                Utf8Component::CurDir => {}
                Utf8Component::Normal(name) => below.push(name),
                Utf8Component::ParentDir if below.pop() => {}
                _ => return None,
            }
        }
        Some(below)
    }
}

/// Why a path is no file of the project's.
#[derive(Debug)]
enum Outside {
    NotThere,
    Elsewhere,
    Error(io::Error),
}
