//! What comes with the binary, wherever it is put: completions, manual pages, documents.

use std::{fs, process::Command};

use camino::{Utf8Path, Utf8PathBuf};

use crate::step::{Outcome, read, workspace};

/// The documents that an archive brings along.
const DOCUMENTS: [&str; 4] = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];

/// A shell that ocx has completions for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    pub(super) const ALL: [Self; 3] = [Self::Bash, Self::Zsh, Self::Fish];

    /// Its name, as `ocx completions` takes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }
}

/// What a file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Program,
    Completions(Shell),
    /// With its name, `ocx-build.1`.
    ManualPage(String),
    /// With its name in the workspace.
    Document(&'static str),
}

/// A file without a place.
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) content: Vec<u8>,
}

/// All files of a release.
pub(super) struct Contents(pub(super) Vec<Part>);

impl Contents {
    /// A binary with what it says about itself, and the documents of the workspace.
    pub(super) fn of(binary: &Utf8Path) -> Outcome<Self> {
        let mut parts = vec![part(Kind::Program, binary)?];
        for shell in Shell::ALL {
            let script = read(Command::new(binary).args(["completions", shell.name()]))?;
            parts.push(Part {
                kind: Kind::Completions(shell),
                content: script.into_bytes(),
            });
        }
        let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
        read(
            Command::new(binary)
                .args(["man", "--dir"])
                .arg(scratch.path()),
        )?;
        for path in files_of(scratch.path().try_into().map_err(|_| "no UTF-8")?)? {
            let name = path.file_name().unwrap_or_default().to_owned();
            parts.push(part(Kind::ManualPage(name), &path)?);
        }
        for name in DOCUMENTS {
            parts.push(part(Kind::Document(name), &workspace().join(name))?);
        }
        Ok(Self(parts))
    }
}

fn part(kind: Kind, path: &Utf8Path) -> Outcome<Part> {
    let content = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(Part { kind, content })
}

/// The files in a directory by name.
pub(super) fn files_of(directory: &Utf8Path) -> Outcome<Vec<Utf8PathBuf>> {
    let mut paths = directory
        .read_dir_utf8()
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(camino::Utf8DirEntry::into_path))
                .collect::<Result<Vec<_>, _>>()
        })
        .map_err(|error| format!("{directory}: {error}"))?;
    paths.sort();
    Ok(paths)
}
