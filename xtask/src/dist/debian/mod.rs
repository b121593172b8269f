//! The package for Debian and what descends from it, made by `dpkg-deb`.

mod control;
mod copyright;
mod layout;

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::sandbox::find_program;

use self::control::Control;
use super::{
    OCX,
    contents::Contents,
    entry::Entry,
    moment::{self, Moment},
};
use crate::step::{Outcome, read};

/// What the package is made with, and Debian's package that has it.
const TOOLS: [(&str, &str); 3] = [
    ("dpkg-deb", "dpkg"),
    ("dpkg-shlibdeps", "dpkg-dev"),
    ("md5sum", "coreutils"),
];

/// What becomes of the files in a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// What every release of Debian and Ubuntu reads.
    Xz,
    /// None, for a package that is only tried out.
    #[cfg(test)]
    None,
}

impl Compression {
    fn flag(self) -> &'static str {
        match self {
            Self::Xz => "-Zxz",
            #[cfg(test)]
            Self::None => "-Znone",
        }
    }
}

/// A package that was made.
pub(super) struct DebianPackage {
    pub(super) path: Utf8PathBuf,
    /// As in its field `Depends`; empty if it needs nothing.
    pub(super) depends: String,
}

/// Makes a package of the contents in `directory`. `binary` is the file that is in them.
pub(super) fn pack(
    contents: &Contents,
    binary: &Utf8Path,
    version: &str,
    moment: Moment,
    compression: Compression,
    directory: &Utf8Path,
) -> Outcome<DebianPackage> {
    for (program, package) in TOOLS {
        if find_program(program).is_none() {
            return Err(format!("{program} is missing; `apt-get install {package}`"));
        }
    }
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let scratch = Utf8Path::from_path(scratch.path()).ok_or("no UTF-8")?;
    let tree = scratch.join("tree");
    let entries = layout::entries(contents)?;
    for entry in &entries {
        write(&tree, entry)?;
    }
    let sums = read(
        Command::new("md5sum")
            .arg("--")
            .args(entries.iter().map(|entry| &entry.path))
            .current_dir(&tree),
    )?;
    let control = Control {
        version: control::version(version),
        architecture: control::architecture(std::env::consts::ARCH)?,
        depends: depends(binary, scratch)?,
        installed_size: control::installed_size(&entries),
    };
    write(&tree, &Entry::text("DEBIAN/control", control.to_string()))?;
    write(&tree, &Entry::text("DEBIAN/md5sums", sums))?;
    let path = directory.join(control.file_name());
    read(
        Command::new("dpkg-deb")
            .args(["--root-owner-group", compression.flag(), "--build"])
            .args([&tree, &path])
            .env(moment::VARIABLE, moment.0.to_string()),
    )?;
    Ok(DebianPackage {
        path,
        depends: control.depends,
    })
}

/// Puts a file into a tree, with modes that do not depend on who makes it.
fn write(tree: &Utf8Path, entry: &Entry) -> Outcome {
    let path = tree.join(&entry.path);
    let parent = path.parent().expect("it lies in the tree");
    let failed = |error: std::io::Error| format!("{path}: {error}");
    fs::create_dir_all(parent).map_err(failed)?;
    for directory in parent.ancestors().take_while(|at| at.starts_with(tree)) {
        fs::set_permissions(directory, PermissionsExt::from_mode(0o755)).map_err(failed)?;
    }
    fs::write(&path, &entry.content).map_err(failed)?;
    fs::set_permissions(&path, PermissionsExt::from_mode(entry.mode.bits())).map_err(failed)
}

/// The packages with the libraries that a binary is linked with, of the versions that it needs.
fn depends(binary: &Utf8Path, scratch: &Utf8Path) -> Outcome<String> {
    let source = scratch.join("source");
    // It asks for the description of a source package.
    let description = format!("Source: {OCX}\n\nPackage: {OCX}\nArchitecture: any\n");
    write(&source, &Entry::text("debian/control", description))?;
    let answer = read(
        Command::new("dpkg-shlibdeps")
            .args(["-O", "-e"])
            .arg(binary)
            .current_dir(&source),
    )?;
    Ok(control::depends_of(&answer))
}
